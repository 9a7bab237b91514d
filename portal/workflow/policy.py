"""Who may do a task. Seeing a task means that it stands in one's own list; there is no other way to it."""

from portal.kernel.access import ALLOWED, refuse
from portal.kernel.i18n import _


def is_mine(actor, task):
    """Is the task the actor's own, somebody's they stand in for, or one of their role and unit that nobody took?"""
    holder = task.claimed_by_id or task.person_id
    if holder:
        return f"person:{holder}" in actor.keys
    in_role = task.role is None or f"role:{task.role}" in actor.keys
    in_unit = task.unit_id is None or f"unit:{task.unit_id}" in actor.keys
    return in_role and in_unit


def can_complete(actor, task):
    """The person it is for (or who claimed it); for a role's task everyone in the role; the system."""
    if not task.is_open:
        return refuse(_("This task is already finished"))
    if actor.is_system or is_mine(actor, task):
        return ALLOWED
    if task.claimed_by_id:
        return refuse(_("A colleague has taken this task; only they can finish it"))
    return refuse(_("This task is meant for another person"))


def can_claim(actor, task):
    """A task of a role or unit that nobody has taken yet, by one of those it is meant for."""
    verdict = can_complete(actor, task)
    if not verdict:
        return verdict
    if task.person_id or task.claimed_by_id:
        return refuse(_("This task already has its person"))
    return ALLOWED if actor.person_id else refuse(_("Only a person can take a task"))
