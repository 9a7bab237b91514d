"""A task opens the page where its work is done; simple ones are finished here."""

from flask import current_app, request, url_for
from flask_login import current_user

from blueprints.workflow import bp
from blueprints.workflow.forms import DoneForm
from portal.council import service as council
from portal.identity import service as identity
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, is_htmx, render, signed_in
from portal.workflow import policy
from portal.workflow import service as workflow

# kind of task -> page and the name of its parameter, which gets the id of what the task is about
TASK_PAGES = {
    "case.assign": ("cases.assign", "case_id"),
    "case.prepare": ("cases.draft", "case_id"),
    "case.deliver": ("cases.deliver", "case_id"),
    "case.refuse": ("cases.refuse", "case_id"),
    "case.hand_over": ("cases.hand_over", "case_id"),
    "signing.sign": ("signing.show", "request_id"),
    "signing.approve": ("signing.approval", "round_id"),
    "council.improve": ("council.matter", "matter_id"),
    "council.invitation": ("council.session", "session_id"),
    "council.regulation": ("council.regulation", "regulation_id"),
    "council.recording": ("council.recording", "session_id"),
    "council.statement": ("council.statement", "statement_id"),
    "document.access": ("documents.access_request", "request_id"),
    "resolution.write": ("control.write", "document_id"),
    "resolution.accept": ("control.resolution", "resolution_id"),
}


def _to_place(actor, matter_id):
    """The waiting matters of the next session of the matter's body, or the form that plans one."""
    body_id = council.get_matter(actor, matter_id).body_id
    coming = (one for one in council.coming_sessions(actor, 50) if one.body_id == body_id and one.state in OPEN_AGENDA)
    session = next(coming, None)
    if session is not None:
        return "council.pool", {"session_id": session.id}
    return "council.new_session", {"body": body_id}


def _to_minutes(actor, session_id):
    """The minutes, or before they are drawn up the session, where the button for it stands."""
    minutes = council.minutes_of(actor, session_id)
    if minutes is not None:
        return "council.minutes", {"minutes_id": minutes.id}
    return "council.session", {"session_id": session_id}


def _to_part(actor, part_id):
    part, _document = workflow.get_part(actor, part_id)
    return "control.resolution", {"resolution_id": part.resolution_id}


def _to_extension(actor, extension_id):
    extension, _document = workflow.get_extension(actor, extension_id)
    return "control.resolution", {"resolution_id": extension.resolution_id}


OPEN_AGENDA = ("planned", "invited")
# kinds whose page has to be looked for: a function of the actor and the id of what the task is about
FINDERS = {
    "council.place": _to_place,
    "council.minutes": _to_minutes,
    "council.publish": lambda _actor, decision_id: (
        "council.public_paper",
        {"kind": "decision", "paper_id": decision_id},
    ),
    "council.publish_minutes": lambda _actor, minutes_id: (
        "council.public_paper",
        {"kind": "minutes", "paper_id": minutes_id},
    ),
    "council.publish_drafts": lambda _actor, session_id: ("council.open_drafts", {"session_id": session_id}),
    "resolution.execute": _to_part,
    "resolution.extend": _to_extension,
    "council.repeat": lambda _actor, session_id: ("council.new_session", {"repeat_of": session_id}),
}
# done outside the system: the task shows itself, with a link to its thing and the button that finishes it
DONE_ELSEWHERE = (
    "case.correction",
    "control.late",
    "council.minister",
    "council.reexamine",
    "document.access_answer",
    "document.read",
    "document.restriction",
    "identity.sealed_used",
    "resolution.notice",
    "storage.damaged",
    "storage.quarantined",
)
# for the kinds that have no page of their own: the page of the thing
ABOUT_PAGES = {
    "case": ("cases.show", "case_id"),
    "document": ("documents.show", "document_id"),
    "matter": ("council.matter", "matter_id"),
    "council_session": ("council.session", "session_id"),
    "minutes": ("council.minutes", "minutes_id"),
    "signature_request": ("signing.show", "request_id"),
    "fixity_run": ("storage.home", "run"),
    "blob": ("storage.home", "file"),
    "approval_round": ("signing.approval", "round_id"),
}


@bp.route("/tasks/<uuid:task_id>")
@signed_in
def task(task_id):
    """Go to the page of the task; a task without one shows itself, with a note to finish it."""
    found = workflow.get_task(current_user, task_id)
    if found.is_open:
        behind = workflow.done_for(current_user, found)
        if behind is not None:
            return render("workflow/of_another.html", task=found, person_id=behind[0], name=behind[1])
        endpoint, values = _page(found)
        if endpoint:
            return go_to(endpoint, **values)
    return _show(found, DoneForm())


@bp.route("/tasks/<uuid:task_id>/done", methods=["POST"])
@signed_in
def done(task_id):
    """Finish a task that asks for nothing but to be done."""
    form = DoneForm()
    if not form.validate_on_submit():
        return _show(workflow.get_task(current_user, task_id), form, status=422)
    workflow.complete(current_user, task_id, note=form.note.data)
    flash_done(_("The task is finished"))
    return go_to("workplace.home")


@bp.route("/tasks/<uuid:task_id>/claim", methods=["POST"])
@signed_in
def claim(task_id):
    """Take a task of one's role, so that colleagues see whose it is."""
    workflow.claim(current_user, task_id)
    return _work_list(_("The task is now yours"))


@bp.route("/tasks/<uuid:task_id>/release", methods=["POST"])
@signed_in
def release(task_id):
    """Give a taken task back."""
    workflow.release(current_user, task_id)
    return _work_list(_("The task is given back"))


def _work_list(message):
    if is_htmx():
        return render("workflow/_work.html", partial="workflow/_work.html", work=workflow.my_work(current_user))
    flash_done(message)
    return go_to("workplace.home")


def _page(found):
    if found.kind == workflow.OWN_TASK:
        return "flows.step", {"task_id": found.id}
    if found.kind in DONE_ELSEWHERE:
        return None, {}
    if found.kind in FINDERS:
        return FINDERS[found.kind](current_user, found.about_id)
    endpoint, name = TASK_PAGES.get(found.kind) or ABOUT_PAGES.get(found.about_kind) or (None, None)
    return (endpoint, {name: found.about_id}) if endpoint in current_app.view_functions else (None, {})


def _show(found, form, status=200):
    thing, name = ABOUT_PAGES.get(found.about_kind, (None, None))
    link = url_for(thing, **{name: found.about_id}) if thing in current_app.view_functions else None
    if found.document_id:
        link = url_for("documents.show", document_id=found.document_id)
    people = [i for i in (found.person_id, found.claimed_by_id, found.done_by_id) if i]
    return render(
        "workflow/task.html",
        task=found,
        form=form,
        link=link,
        names=identity.names_of(people),
        can_complete=policy.can_complete(current_user, found),
        can_claim=policy.can_claim(current_user, found),
        back=request.referrer,
        status=status,
    )
