"""Flows as they stand on a working day: one begun, one further on, one stuck; a rule that chooses one."""

from portal.demo.orders import letter
from portal.workflow import service as workflow


def begin(town):
    """Begin flows about letters and about an action, and do some of their steps."""
    anna, bruno, edgars = (town.actors[name] for name in ("anna", "bruno", "edgars"))
    workflow.add_flow_rule(edgars, "invoice", keyword="rēķins")
    new = letter(town, 2, "Par bērnu rotaļu laukumu Liepu ielā", "Biedrība „Liepas”")
    old = letter(town, 3, "Par datu apmaiņu ar novada slimnīcu", "SIA „Novada slimnīca”")
    workflow.start_for_document(anna, new, "incoming")
    moved = workflow.start_for_document(anna, old, "incoming")
    workflow.answer(bruno, _task(bruno, moved).id, "Nodot izpildei")  # nobody is responsible yet: it is stuck
    workflow.start_action(anna, "invoice", "Apmaksāt bibliotēkas žurnālu abonementu", "Abonements 2027. gadam")


def _task(actor, run):
    return next(task for task in workflow.list_tasks(actor) if task.run_id == run.id)
