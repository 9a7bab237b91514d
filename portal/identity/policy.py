"""Who may do what with people and sessions."""

from portal.kernel.access import ALLOWED, refuse
from portal.kernel.i18n import _


def can_manage_people(actor):
    """IT administrators."""
    return ALLOWED if actor.can("admin.people") else refuse(_("Only IT administrators manage people"))


def can_end_session(actor, session):
    """The person whose session it is, and IT administrators."""
    if session.person_id == actor.person_id or actor.can("admin.people"):
        return ALLOWED
    return refuse(_("Only the person and IT administrators end a session"))
