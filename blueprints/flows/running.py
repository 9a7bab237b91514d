"""What runs and what is stuck; one run on its diagram; the step that waits for a person; beginning a flow."""

from uuid import UUID

from flask import request, url_for
from flask_login import current_user

from blueprints.flows import bp
from blueprints.flows.forms import BeginForDocumentForm, BeginForm, GiveForm, ReasonForm, SkipForm, StepDoneForm
from blueprints.flows.words import PANEL
from portal.cases import service as cases
from portal.documents import policy as documents_policy
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import _, _l
from portal.kernel.web import flash_done, go_to, is_htmx, needs, render, signed_in
from portal.workflow import policy
from portal.workflow import service as workflow
from portal.workflow.model import BAD, GOOD

ABOUT = {"document": ("documents.show", "document_id"), "case": ("cases.show", "case_id")}
OUTCOMES = {GOOD: _l("Done"), BAD: _l("Refused")}


@bp.app_template_filter("outcome_words")
def outcome_words(outcome):
    """An answer as people read it."""
    return OUTCOMES.get(outcome, outcome)


@bp.app_context_processor
def diagram_words():
    """The words that stand on a diagram's steps."""
    return {"diagram_words": {name: PANEL[name] for name in ("now", "done", "problem", "broken")}}


def about_link(run):
    """The page of what a run is about, None when it has none of its own."""
    endpoint, name = ABOUT.get(run.about_kind, (None, None))
    return url_for(endpoint, **{name: run.about_id}) if endpoint else None


@bp.route("/flows")
@signed_in
def home():
    """Running flows: what is stuck on top, with what to do (12.3)."""
    key = request.args.get("flow", "")
    page = workflow.open_steps(current_user, key, request.args.get("after"))
    tasks = workflow.tasks_of_steps(page.rows)
    pairs = [(row, tasks.get((row.run_id, row.ready_id))) for row in page]
    context = {"page": page, "pairs": pairs, "holders": workflow.holders_of(pairs), "key": key}
    if request.args.get("after") and is_htmx():
        return render("flows/_open_rows.html", **context)
    return render(
        "flows/home.html",
        counts=workflow.count_open(current_user),
        names=workflow.flow_choices(current_user),
        **context,
    )


@bp.route("/flows/runs/<uuid:run_id>")
@signed_in
def run(run_id):
    """One run: where it stands on the diagram and in words (12.3)."""
    return _show_run(run_id)


def _show_run(run_id, status=200, step_id=None, name="", failed=None):
    found = workflow.get_run(current_user, run_id)
    pairs = workflow.steps_of_run(found)
    can_mend = policy.can_mend(current_user, found)
    forms = {}
    if can_mend:
        people = identity.list_people(current_user)
        for row, _task in pairs:
            if row.done_at is None:
                forms[row.id] = _forms_of(found, row, people)
    if step_id in forms and failed is not None:
        forms[step_id][name] = failed
        _offer(forms[step_id], found, _row_of(pairs, step_id), identity.list_people(current_user))
    return render(
        "flows/run.html",
        run=found,
        pairs=pairs,
        holders=workflow.holders_of(pairs),
        marks=workflow.marks(found),
        can_mend=can_mend,
        forms=forms,
        cancel_form=failed if name == "cancel" else ReasonForm(formdata=None),
        link=about_link(found),
        status=status,
    )


def _row_of(pairs, step_id):
    return next(row for row, _task in pairs if row.id == step_id)


def _forms_of(found, row, people):
    forms = {"give": GiveForm(formdata=None), "skip": SkipForm(formdata=None)}
    return _offer(forms, found, row, people)


def _offer(forms, found, row, people):
    """Fill in what may be chosen. A step that follows an act elsewhere cannot be skipped here."""
    forms["give"].person_id.choices = [("", "–"), *((str(one.id), one.name) for one in people)]
    ways = workflow.step_in(found, row).ways
    forms["skip"].outcome.choices = [(way, outcome_words(way)) for way in ways]
    forms["ways"], forms["may_skip"] = ways, row.kind != "message"
    return forms


@bp.route("/flows/runs/steps/<uuid:step_id>/give", methods=["POST"])
@signed_in
def give(step_id):
    """Put a step into another person's list."""
    row, form = workflow.get_step(current_user, step_id), GiveForm()
    if form.validate_on_submit():
        try:
            workflow.give_step(current_user, step_id, form.person_id.data, form.reason.data)
            flash_done(_("The step is now in the other person's list"))
            return go_to("flows.run", run_id=row.run_id)
        except Invalid as error:
            form.attach(error)
    return _show_run(row.run_id, 422, step_id, "give", form)


@bp.route("/flows/runs/steps/<uuid:step_id>/skip", methods=["POST"])
@signed_in
def skip(step_id):
    """Go on as if the step had been done, with a reason."""
    row, form = workflow.get_step(current_user, step_id), SkipForm()
    if form.validate_on_submit():
        try:
            workflow.skip(current_user, step_id, form.reason.data, form.outcome.data or "")
            flash_done(_("The step is skipped"))
            return go_to("flows.run", run_id=row.run_id)
        except Invalid as error:
            form.attach(error)
    return _show_run(row.run_id, 422, step_id, "skip", form)


@bp.route("/flows/runs/steps/<uuid:step_id>/again", methods=["POST"])
@signed_in
def again(step_id):
    """Have an automatic step tried once more."""
    row = workflow.get_step(current_user, step_id)
    workflow.try_again(current_user, step_id)
    flash_done(_("The system tries the step again"))
    return go_to("flows.run", run_id=row.run_id)


@bp.route("/flows/runs/<uuid:run_id>/cancel", methods=["POST"])
@signed_in
def cancel(run_id):
    """End a run before its end, with a reason."""
    form = ReasonForm()
    if form.validate_on_submit():
        workflow.cancel_run(current_user, run_id, form.reason.data)
        flash_done(_("The flow is cancelled"))
        return go_to("flows.run", run_id=run_id)
    return _show_run(run_id, 422, name="cancel", failed=form)


@bp.route("/flows/steps/<uuid:task_id>", methods=["GET", "POST"])
@signed_in
def step(task_id):
    """The step that waits for a person: what it is about, and its answers as buttons (12.3)."""
    task = workflow.get_task(current_user, task_id)
    found = workflow.step_of_task(task)
    form = StepDoneForm()
    if form.validate_on_submit():
        try:
            workflow.answer(current_user, task_id, form.outcome.data or "", form.note.data or "")
            flash_done(_("The step is done"))
            return go_to("workplace.home")
        except Invalid as error:
            form.attach(error)
    run = workflow.get_run(current_user, task.run_id)
    return render(
        "flows/step.html",
        task=task,
        step=found,
        run=run,
        form=form,
        link=about_link(run),
        action=workflow.get_action(current_user, run.about_id) if run.about_kind == "action" else None,
        said=[row for row, _task in workflow.steps_of_run(run) if row.done_at and (row.outcome or row.note)],
        marks=workflow.marks(run),
        can_complete=policy.can_complete(current_user, task),
        status=422 if form.errors else 200,
    )


@bp.route("/flows/documents/<uuid:document_id>", methods=["GET", "POST"])
@needs("documents.read")
def of_document(document_id):
    """The flow of a document: where it stands, or which one to begin."""
    document = documents.get_document(current_user, document_id)
    form = BeginForDocumentForm()
    form.flow.choices = workflow.flow_choices(current_user)
    if form.validate_on_submit():
        try:
            workflow.start_for_document(current_user, document_id, form.flow.data)
            flash_done(_("The flow has begun"))
            return go_to("flows.of_document", document_id=document_id)
        except Invalid as error:
            form.attach(error)
    runs = workflow.runs_about("document", document_id)
    current = runs[0] if runs and runs[0].is_open else None
    pairs = workflow.steps_of_run(current) if current else []
    return render(
        "flows/document.html",
        document=document,
        names=identity.names_of([document.responsible_id]),
        annulment=documents.annulment_of(document),
        runs=runs,
        current=current,
        pairs=pairs,
        holders=workflow.holders_of(pairs),
        marks=workflow.marks(current) if current else {},
        form=form,
        can_begin=documents_policy.can_edit(current_user, document),
        status=422 if form.errors else 200,
    )


@bp.route("/flows/begin", methods=["GET", "POST"])
@signed_in
def begin():
    """Begin a flow about an action without a document, or about a case (7.2)."""
    case = _case(request.values.get("case"))
    form = BeginForm(case=case.id if case else None, flow=request.args.get("flow"))
    form.flow.choices = workflow.flow_choices(current_user)
    if request.method == "GET" and case is not None:
        form.title.data = f"{case.number} {case.title}"[:400]
    if form.validate_on_submit():
        values = (form.flow.data, form.title.data, form.details.data)
        about = {"case_id": case.id, "access_set_id": case.access_set_id} if case else {}
        try:
            run = workflow.start_action(current_user, *values, **about)
            flash_done(_("The flow has begun"))
            return go_to("flows.run", run_id=run.id)
        except Invalid as error:
            form.attach(error)
    flows = {line.key: line for line in workflow.list_flows(current_user)}
    return render(
        "flows/begin.html",
        form=form,
        case=case,
        flows=[flows[key] for key, _name in form.flow.choices],
        status=422 if form.errors else 200,
    )


def _case(text):
    """The case that a flow is begun for; None without one. Raises NotFound for one that the actor may not see."""
    if not text:
        return None
    try:
        return cases.get_case(current_user, UUID(text))
    except ValueError as error:
        raise NotFound(_("There is no such case")) from error
