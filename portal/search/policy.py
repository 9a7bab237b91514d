"""Who may search. What a person finds is decided by the access sets of the entries, not here."""

from portal.kernel.access import ALLOWED, refuse
from portal.kernel.i18n import _


def can_search(actor):
    """Whoever works in the portal; council members and employees alike; applications whose token says so."""
    allowed = actor.can("search.use") or "scope:search:read" in actor.keys
    return ALLOWED if allowed else refuse(_("Your role does not include search"))


def can_put_items(actor):
    """Applications whose token says so, for themselves."""
    if actor.person_id is None and "scope:search:write" in actor.keys:
        return ALLOWED
    return refuse(_("An application puts its items here by itself, with a token of its own"))


def can_keep_synonyms(actor):
    """Record-keepers and IT staff: who knows how people call things."""
    if actor.is_system or actor.can("search.words"):
        return ALLOWED
    return refuse(_("Words that mean the same are kept by record-keepers and IT staff"))


def can_rebuild(actor):
    """The system itself (the command line) and IT staff."""
    if actor.is_system or actor.can("admin.state"):
        return ALLOWED
    return refuse(_("Only IT administrators rebuild the index"))
