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


# --- resolutions -----------------------------------------------------------------------------------------------------


def is_person(actor, person_id):
    """Is the actor this person, or acting for them?"""
    return actor.is_system or (person_id is not None and f"person:{person_id}" in actor.keys)


def gives_to_everyone(actor, heads_units):
    """Clerks write down what the head has ordered, and the chair leads everybody; heads give downwards only."""
    return actor.has_role("clerk") or actor.can("council.lead") or (actor.can("documents.register") and not heads_units)


def can_resolve(actor, document, *, heads_units, may_assign, is_called):
    """Whoever may name the person responsible, whom a clerk asked for a resolution, and the head who is to carry out
    a resolution and gives it on. heads_units: does the actor head a unit; is_called: is it one of these."""
    if not document.is_open:
        return refuse(_("The document is not in work"))
    if not heads_units and not gives_to_everyone(actor, heads_units):
        return refuse(_("Resolutions are written by heads of units; ask the head of your unit"))
    return ALLOWED if is_called or actor.can("council.lead") else may_assign


def can_report(actor, part):
    """The executor whose turn it is."""
    if not is_person(actor, part.person_id):
        return refuse(_("Only the executor can report that their part is done"))
    if part.state == "waiting":
        return refuse(_("It is not your turn yet; another executor goes first"))
    if part.state != "open" or part.resolution.state != "open":
        return refuse(_("This part of the resolution is finished already"))
    return ALLOWED


def can_accept(actor, resolution):
    """The author agrees that it is carried out, or returns it."""
    if resolution.state != "reported":
        return refuse(_("Nothing waits for acceptance here"))
    if not is_person(actor, resolution.author_id):
        return refuse(_("A resolution is accepted or returned by its author"))
    return ALLOWED


def can_manage(actor, resolution, heads_executor):
    """Withdraw, extend, pause, give to another: the author, and the head above the responsible executor."""
    if not resolution.is_open:
        return refuse(_("The resolution is closed"))
    if is_person(actor, resolution.author_id) or heads_executor:
        return ALLOWED
    return refuse(_("This is decided by the author of the resolution or by the head above the executor"))


def can_ask_extension(actor, resolution):
    """Those who still have to carry it out."""
    if not resolution.is_open or resolution.due_on is None or resolution.paused_on:
        return refuse(_("The resolution has no running term"))
    if any(is_person(actor, part.person_id) and part.state == "open" for part in resolution.executors):
        return ALLOWED
    return refuse(_("An extension is asked for by an executor whose part is not done"))


def can_control(actor):
    """Clerks and heads keep watch over the carrying out of documents."""
    if actor.can("documents.register"):
        return ALLOWED
    return refuse(_("Documents are put under control by clerks and heads of units"))


def can_set_rules(actor):
    """Reminders and what follows a breach: clerks, and IT staff."""
    if actor.has_role("clerk") or actor.can("admin.state"):
        return ALLOWED
    return refuse(_("Reminders are set up by clerks and IT staff"))


def can_design(actor):
    """Those who may draw flows, publish them and set the rules that choose one."""
    if actor.can("flows.design"):
        return ALLOWED
    return refuse(_("Flows are made by clerks and IT administrators"))


def can_mend(actor, run):
    """Who started the run, heads, and those who make flows: give a step to somebody else, skip it, cancel the run."""
    if not run.is_open:
        return refuse(_("The flow has ended"))
    if actor.can("flows.design") or actor.has_role("head") or (run.starter_id and run.starter_id == actor.person_id):
        return ALLOWED
    return refuse(_("A flow is mended by who started it, a head of unit, a clerk or an IT administrator"))
