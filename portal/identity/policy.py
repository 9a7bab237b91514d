"""Who may do what with people and sessions."""

from portal.kernel.access import ALLOWED, refuse
from portal.kernel.i18n import _


def can_manage_people(actor):
    """IT administrators."""
    return ALLOWED if actor.can("admin.people") else refuse(_("Only IT administrators manage people"))


def can_change_factors(actor, person_id):
    """The person whose factors they are, and IT administrators."""
    if person_id == actor.person_id or actor.can("admin.people"):
        return ALLOWED
    return refuse(_("Only the person and IT administrators change what somebody signs in with"))


def can_see_sessions(actor, person_id):
    """The person whose they are, and IT administrators."""
    if person_id == actor.person_id or actor.can("admin.people"):
        return ALLOWED
    return refuse(_("Only the person and IT administrators see where somebody is signed in"))


def can_end_session(actor, session):
    """The person whose session it is, and IT administrators."""
    if session.person_id == actor.person_id or actor.can("admin.people"):
        return ALLOWED
    return refuse(_("Only the person and IT administrators end a session"))


def can_reveal_code(actor, person):
    """The person themselves, and IT administrators with a purpose."""
    if person.id == actor.person_id or actor.can("admin.people"):
        return ALLOWED
    return refuse(_("Only the person and IT administrators see the personal code"))


def can_arrange_substitute(actor, person, head_id):
    """The person, the head of their unit, and IT administrators decide who stands in for somebody."""
    if actor.person_id in (person.id, head_id) or actor.can("admin.people"):
        return ALLOWED
    return refuse(_("A substitute is appointed by the person, the head of the unit or an IT administrator"))


def can_manage_clients(actor):
    """IT administrators."""
    if actor.can("admin.sign_on"):
        return ALLOWED
    return refuse(_("Only IT administrators manage applications that sign people in"))


def can_manage_federation(actor):
    """IT administrators."""
    if actor.can("admin.sign_on"):
        return ALLOWED
    return refuse(_("Only IT administrators manage sign-in through other services"))


def can_unlink(actor, link):
    """The person whose link it is, and IT administrators."""
    if link.person_id == actor.person_id or actor.can("admin.sign_on"):
        return ALLOWED
    return refuse(_("Only the person and IT administrators remove a link"))
