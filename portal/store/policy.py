"""Who may do what in the store. Reading is data: see service/rights.py."""

from portal.kernel.access import ALLOWED, refuse
from portal.kernel.i18n import _


def can_keep(actor):
    """Applications with the scope to write, acting by themselves; and the portal."""
    if actor.is_system or (own_key(actor) in actor.keys and "scope:store:write" in actor.keys):
        return ALLOWED
    return refuse(_("Only an application that acts by itself keeps documents in the store"))


def can_grant(actor, owner):
    """The owner, and IT staff."""
    if actor.can("admin.store") or (actor.client == owner and can_keep(actor)):
        return ALLOWED
    return refuse(_("Only the owner gives others access to its documents"))


def can_set_up(actor):
    """IT staff."""
    return ALLOWED if actor.can("admin.store") else refuse(_("Only IT staff set up the document store"))


def own_key(actor):
    """The key of access that the application itself holds."""
    return f"client:{actor.client}"
