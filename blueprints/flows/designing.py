"""Flows as staff make them: listed or drawn, checked, tried, published, taken back."""

from uuid import UUID

from flask import request, url_for
from flask_login import current_user

from blueprints.flows import bp
from blueprints.flows.forms import BODIES, WHATS, DrawForm, ListForm, NewForm, ReasonForm, who_choices, who_words
from blueprints.flows.words import DRAWING, PANEL
from portal.documents import service as documents
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render
from portal.workflow import engine
from portal.workflow import service as workflow
from portal.workflow.fields import FIELDS

EMPTY_ROWS = 2


@bp.route("/flows/kinds", methods=["GET", "POST"])
@needs("flows.design")
def list():
    """All flows: what is published, what is a draft; make a new one (12.3)."""
    form = NewForm()
    if form.validate_on_submit():
        draft = workflow.create(current_user, form.name.data, form.listed.data == "list")
        return go_to("flows.edit" if draft.steps is not None else "flows.draw", key=draft.key)
    return render(
        "flows/list.html", flows=workflow.list_flows(current_user), form=form, status=422 if form.errors else 200
    )


@bp.route("/flows/kinds/<key>")
@needs("flows.design")
def show(key):
    """A flow: its diagram and steps, what is wrong with it, its versions and how long its steps take."""
    return _show(key)


def _show(key, status=200, form=None):
    draft = workflow.get_draft(current_user, key)
    versions = workflow.versions_of(current_user, key)
    return render(
        "flows/show.html",
        draft=draft,
        steps=_safe_steps(draft.xml),
        findings=workflow.check(current_user, key),
        versions=versions,
        in_force=next((one for one in versions if one.withdrawn_at is None), None),
        times=workflow.times_of(key),
        words=who_words(current_user),
        whats=WHATS,
        form=form or ReasonForm(formdata=None),
        status=status,
    )


def _safe_steps(xml):
    try:
        return engine.steps(xml)
    except engine.FlowError:
        return ()


@bp.route("/flows/kinds/<key>/steps", methods=["GET", "POST"])
@needs("flows.design")
def edit(key):
    """A simple flow as an ordered list, by an ordinary form (12.3)."""
    draft = workflow.get_draft(current_user, key)
    rows = [_row(step, n) for n, step in enumerate(draft.steps or [], 1)] + [{} for _n in range(EMPTY_ROWS)]
    form = ListForm(name=draft.name, purpose=draft.purpose, version=draft.version, steps=rows)
    if "more" in request.form:
        form.steps.append_entry({})
    form.offer(current_user)
    if "more" not in request.form and form.validate_on_submit():
        values = (form.name.data, form.purpose.data, form.rows(), _int(form.version.data))
        try:
            workflow.save_steps(current_user, key, *values)
            flash_done(_("The draft is saved"))
            return go_to("flows.show", key=key)
        except Invalid as error:
            form.attach(error)
    return render(
        "flows/edit.html",
        draft=draft,
        form=form,
        fields=workflow.condition_fields(),
        status=422 if form.errors else 200,
    )


def _row(step, n):
    return {**step, "order": n, "answers": " | ".join(step["answers"])}


@bp.route("/flows/kinds/<key>/drawing", methods=["GET", "POST"])
@needs("flows.design")
def draw(key):
    """A flow drawn in the browser; saving checks it (12.3)."""
    draft = workflow.get_draft(current_user, key)
    form = DrawForm(xml=draft.xml, purpose=draft.purpose, version=draft.version)
    if form.validate_on_submit():
        xml, version = form.xml.data.replace("\r\n", "\n"), _int(form.version.data)
        try:
            workflow.save_drawing(current_user, key, xml, purpose=form.purpose.data, version=version)
            if "publish" in request.form:
                return _publish(key, "flows.draw")
            flash_done(_("The draft is saved"))
            return go_to("flows.draw", key=key)
        except Invalid as error:
            form.attach(error)
    return render(
        "flows/draw.html",
        draft=draft,
        form=form,
        findings=workflow.check(current_user, key),
        config=_config(key),
        fields=workflow.condition_fields(),
        status=422 if form.errors else 200,
    )


def _config(key):
    """What the editor in the browser offers, in words."""
    return {
        "who": [[group, [[*choice] for choice in choices]] for group, choices in who_choices(current_user).items()],
        "acts": [[act, str(words)] for act, words in WHATS.items() if act not in ("task", "wait")],
        "bodies": [[body, str(words)] for body, words in BODIES.items()],
        "flows": [[*choice] for choice in workflow.flow_choices(current_user) if choice[0] != key],
        "fields": [[name, str(words)] for name, words in workflow.condition_fields().items()],
        "words": {name: str(words) for name, words in PANEL.items()},
        "drawing": {name: str(words) for name, words in DRAWING.items()},
    }


@bp.route("/flows/kinds/<key>/publish", methods=["POST"])
@needs("flows.design")
def publish(key):
    """Make the draft the version that new runs take."""
    return _publish(key, "flows.show")


def _publish(key, back):
    try:
        definition = workflow.publish(current_user, key)
    except Invalid:
        flash_done(_("The draft is saved, but it cannot be published yet; see what is wrong"))
        return go_to(back, key=key)
    flash_done(_("Version %(number)s is published; running flows keep their own", number=definition.version))
    return go_to("flows.show", key=key)


@bp.route("/flows/kinds/<key>/take-back", methods=["POST"])
@needs("flows.design")
def take_back(key):
    """The version in force serves no new runs any more."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _show(key, 422, form)
    definition = workflow.take_back(current_user, key, form.reason.data)
    flash_done(_("Version %(number)s is taken back", number=definition.version))
    return go_to("flows.show", key=key)


@bp.route("/flows/kinds/<key>/restore/<int:number>", methods=["POST"])
@needs("flows.design")
def restore(key, number):
    """Put an earlier version into the draft."""
    workflow.restore(current_user, key, number)
    flash_done(_("Version %(number)s is now the draft", number=number))
    return go_to("flows.show", key=key)


@bp.route("/flows/kinds/<key>/trial")
@needs("flows.design")
def trial(key):
    """Try the draft on an example: the path is shown, each step is answered, nothing is kept (12.3)."""
    draft = workflow.get_draft(current_user, key)
    answers, chosen, amount = (
        request.args.getlist("a"),
        request.args.get("document", ""),
        request.args.get("amount", ""),
    )
    data = _example(chosen, amount)
    return render(
        "flows/trial.html",
        draft=draft,
        trial=workflow.walk(current_user, draft.xml, key, data, answers, who_words(current_user)),
        answers=answers,
        chosen=chosen,
        amount=amount,
        given=[(FIELDS[name][0], data[name]) for name in ("title", "register", "author", "amount") if data.get(name)],
        documents=_some_documents(),
        here=lambda steps: url_for("flows.trial", key=key, document=chosen or None, amount=amount or None, a=steps),
    )


def _some_documents():
    """The latest documents, to try something on; IT staff may see none."""
    if not current_user.can("documents.read"):
        return []
    return documents.list_documents(current_user, documents.DocumentFilters.from_query({}), None).rows[:20]


def _example(chosen, amount):
    """The data of the trial: those of a document, or made-up ones; the amount as typed."""
    data = {"kind": "letter", "title": _("Example")}
    if chosen:
        try:
            data = workflow.example_of(current_user, UUID(chosen))
        except ValueError as error:
            raise NotFound(_("There is no such document")) from error
    plain = amount.replace("\u00a0", "").replace(" ", "").replace(",", ".")
    if plain:
        try:
            data["amount"] = float(plain)
        except ValueError as error:
            raise Invalid(_("The amount is a number"), field="amount") from error
    return data


def _int(text):
    return int(text) if str(text or "").isdecimal() else 0
