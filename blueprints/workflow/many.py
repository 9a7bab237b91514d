"""Several tasks of the work list at once."""

import uuid

from flask import request
from flask_login import current_user

from blueprints.workflow import bp
from blueprints.workflow.views import DONE_ELSEWHERE
from portal.kernel.errors import Invalid, PortalError
from portal.kernel.i18n import _, ngettext
from portal.kernel.web import by_itself, flash_done, go_to, signed_in
from portal.signing import service as signing
from portal.workflow import service as workflow

# what a button does to a task of a kind
DONE = {"resolution.execute": lambda actor, task: workflow.report(actor, task.about_id)} | dict.fromkeys(
    DONE_ELSEWHERE, lambda actor, task: workflow.complete(actor, task.id)
)
AGREE = {
    "resolution.accept": lambda actor, task: workflow.accept(actor, task.about_id),
    "resolution.extend": lambda actor, task: workflow.grant(actor, task.about_id),
    "signing.approve": lambda actor, task: signing.answer_approval(actor, task.about_id, signing.Answer.APPROVED, ""),
}
# a task without a line here is done on its page and has no box to tick
PICKED = {**dict.fromkeys(DONE, "done"), **dict.fromkeys(AGREE, "agree"), "signing.sign": "sign"}


@bp.app_context_processor
def picked():
    """Which kinds of tasks can be ticked in the work list."""
    return {"picked_kinds": PICKED}


@bp.route("/tasks/many", methods=["POST"])
@signed_in
def many():
    """Do the ticked tasks that the button is meant for; to sign, go on to the page that asks for the PIN."""
    tasks = [workflow.get_task(current_user, task_id) for task_id in _ids()]
    act = request.form.get("act", "")
    if act == "sign":
        papers = [task.about_id for task in tasks if task.kind == "signing.sign" and task.is_open]
        if papers:
            return go_to("signing.many", request=papers)
    acts = {"done": DONE, "agree": AGREE}.get(act, {})
    meant = [task for task in tasks if task.kind in acts and task.is_open]
    if not meant:
        raise Invalid(_("Tick tasks that this button can do"))
    flash_done(_said(meant, [_tried(acts[task.kind], task) for task in meant]))
    return go_to("workplace.home")


def _tried(act, task):
    """Why it could not be done; "" when it was."""
    try:
        with by_itself():
            act(current_user, task)
    except PortalError as error:
        return f"{task.title}: {error.message}"
    return ""


def _said(meant, problems):
    problems = [one for one in problems if one]
    count = len(meant) - len(problems)
    words = ngettext("%(num)s task is done", "%(num)s tasks are done", count)
    return ". ".join([words, *problems])


def _ids():
    found = []
    for text in request.form.getlist("task"):
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
