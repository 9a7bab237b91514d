"""Restricted access: setting and lifting it, what is asked before opening, why something is not seen (LAW-100..103)."""

from flask import request
from flask_login import current_user
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice

from blueprints.documents import bp
from blueprints.documents.purposes import purpose_of, remember_purpose
from portal.documents import policy
from portal.documents import service as documents
from portal.documents.models import AccessLevel, Ground
from portal.documents.words import GROUNDS, LEVELS
from portal.identity import service as identity
from portal.identity.roles import ROLES
from portal.kernel import clock
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.forms import BaseForm, DataRequired, LatvianDateField, Length
from portal.kernel.i18n import _, _l
from portal.kernel.web import flash_done, go_to, needs, render, undo_request

USUAL_DAYS = 30  # for which access is given, unless another day is chosen


class RestrictForm(BaseForm):
    """Ground, term and readers."""

    ground = SelectField(_l("Ground"), choices=[(g.value, word) for g, word in GROUNDS.items()])
    basis = StringField(_l("Law and section, or order"), [DataRequired(), Length(max=300)])
    until = LatvianDateField(
        _l("Until"), description=_l("At most a year from today; empty only where a law or a trade secret sets no term")
    )
    level = SelectField(_l("Level"), choices=[(level.value, word) for level, word in LEVELS.items()])
    readers = SelectMultipleField(
        _l("Who needs it for their work"),
        description=_l("You and the person responsible are among them always"),
        render_kw={"size": 8},
    )

    team = BooleanField(
        _l("And the case's team"),
        description=_l(
            "Its responsible employee, the head of the unit and the executors of resolutions, as they change"
        ),
    )

    def offer(self, units, people):
        """Fill the pick list."""
        units_group, people_group = _("Units"), _("People")
        self.readers.choices = [
            SelectChoice(f"person:{one.id}", one.name, optgroup=people_group) for one in people if one.active
        ]
        self.readers.choices += [SelectChoice(f"unit:{one.id}", one.name, optgroup=units_group) for one in units]
        return self


class ReasonForm(BaseForm):
    """Why."""

    reason = StringField(_l("Reason"), [DataRequired(), Length(max=500)])


class AskAccessForm(BaseForm):
    """What access is needed for."""

    reason = StringField(_l("What do you need the document for?"), [Length(max=500)])


class AnswerAccessForm(BaseForm):
    """Until when, or why not."""

    until = LatvianDateField(_l("Until"))
    reason = StringField(_l("Why it is refused"), [Length(max=500)])


class BeforeForm(BaseForm):
    """What is said before opening."""

    purpose = StringField(
        _l("Why do you open it?"),
        [Length(max=500)],
        description=_l("The task or legal ground; it stays in the audit record"),
    )
    confirmed = BooleanField(
        _l(
            "I know that this information may be used for work duties only and may not be disclosed, and that "
            "disclosing it is punishable"
        )
    )


@bp.errorhandler(documents.NotYet)
def _first_say(error):
    """To the page that asks, and from there back to the document."""
    undo_request()
    return go_to("documents.before", document_id=error.document_id or request.view_args["document_id"])


@bp.route("/documents/<uuid:document_id>/before", methods=["GET", "POST"])
@needs("documents.read")
def before(document_id):
    """Say why the document is opened, and confirm the duty of secrecy."""
    document = documents.get_document(current_user, document_id)
    asks, secret = documents.needed_before(current_user, document, purpose_of(document_id))
    form = BeforeForm()
    if form.validate_on_submit():
        purpose = " ".join((form.purpose.data or "").split())
        if asks and not purpose:
            form.purpose.errors = [*form.purpose.errors, _("Fill in this field")]
        if secret and not form.confirmed.data:
            form.confirmed.errors = [*form.confirmed.errors, _("Without this the document stays closed")]
        if not form.errors:
            if secret:
                documents.confirm_secrecy(current_user)
            if asks:
                remember_purpose(document_id, purpose)
            return go_to("documents.show", document_id=document_id)
    return render(
        "documents/before.html",
        document=document,
        form=form,
        asks=asks,
        secret=secret,
        status=422 if form.errors else 200,
    )


@bp.route("/documents/<uuid:document_id>/why")
@needs("documents.read")
def why(document_id):
    """Why the reader does not see a document: its level and who can open it, nothing of its content."""
    try:
        found = documents.why_not(current_user, document_id)
    except NotFound:
        found = None
    return _why_page(document_id, found, AskAccessForm())


def _why_page(document_id, found, form):
    waiting = documents.open_request_of(current_user, document_id) if found and not found.sees else None
    return render(
        "documents/why.html",
        found=found,
        document_id=document_id,
        levels=LEVELS,
        form=form,
        waiting=waiting,
        status=422 if form.errors else 200,
    )


@bp.route("/documents/<uuid:document_id>/ask-access", methods=["POST"])
@needs("documents.read")
def ask_access(document_id):
    """Ask for access to a document that one does not see."""
    form = AskAccessForm()
    if form.validate_on_submit():
        try:
            documents.ask_access(current_user, document_id, form.reason.data)
            flash_done(_("Your request is sent; the answer comes to your task list"))
            return go_to("documents.why", document_id=document_id)
        except Invalid as error:
            form.attach(error)
    return _why_page(document_id, documents.why_not(current_user, document_id), form)


@bp.route("/documents/access-requests/<uuid:request_id>", methods=["GET", "POST"])
@needs("documents.read")
def access_request(request_id):
    """Answer a request for access: until a day, or no with the reason."""
    asked, document = documents.get_access_request(current_user, request_id)
    form = AnswerAccessForm()
    if not form.is_submitted():
        form.until.data = clock.today() + clock.timedelta(days=USUAL_DAYS)
    if form.validate_on_submit():
        try:
            if "refuse" in request.form:
                documents.refuse_access(current_user, request_id, form.reason.data)
                flash_done(_("Access is refused; the person is told why"))
            else:
                documents.grant_access(current_user, request_id, form.until.data)
                flash_done(_("Access is given; the person is told"))
            return go_to("documents.access", document_id=document.id)
        except Invalid as error:
            form.attach(error)
    return render(
        "documents/access_request.html",
        asked=asked,
        document=document,
        names=identity.names_of([asked.person_id, asked.answered_by_id]),
        form=form,
        status=422 if form.errors else 200,
    )


@bp.route("/documents/<uuid:document_id>/restrict", methods=["GET", "POST"])
@needs("documents.read")
def restrict(document_id):
    """Restrict the access to a document, or set a new term."""
    document = documents.get_document(current_user, document_id)
    ensure(policy.can_restrict(current_user, document))
    now = document.restriction
    begun = {"until": documents.latest_term(clock.today()), "ground": Ground.PRIVATE_LIFE.value}
    if now is not None:
        begun |= {"ground": now.ground.value, "basis": now.basis, "level": now.level.value}
        begun["readers"] = [
            reader.key
            for reader in documents.readers_of(current_user, document)
            if reader.key not in (now.team or ()) and (reader.until is None or reader.until >= clock.today())
        ]
        begun["team"] = now.team is not None
    form = RestrictForm(**begun)
    if document.case_id is None:
        del form.team
    form.offer(identity.list_units(current_user), identity.list_people(current_user))
    if form.validate_on_submit():
        try:
            documents.restrict(
                current_user,
                document_id,
                ground=form.ground.data,
                basis=form.basis.data,
                until=form.until.data,
                level=form.level.data,
                readers=form.readers.data,
                team=bool(form.team and form.team.data),
            )
            flash_done(_("The access is restricted; only those on the list see the document"))
            return go_to("documents.access", document_id=document_id)
        except Invalid as error:
            form.attach(error)
    return render(
        "documents/restrict.html",
        document=document,
        form=form,
        reason_form=ReasonForm(),
        status=422 if form.errors else 200,
    )


@bp.route("/documents/<uuid:document_id>/lift", methods=["POST"])
@needs("documents.read")
def lift(document_id):
    """Lift the restriction early."""
    documents.lift(current_user, document_id, _reason())
    flash_done(_("The restriction is lifted"))
    return go_to("documents.access", document_id=document_id)


@bp.route("/documents/<uuid:document_id>/close-to", methods=["POST"])
@needs("documents.read")
def close_to(document_id):
    """Take a reader off the list."""
    documents.close_to(current_user, document_id, request.form.get("key", ""), _reason())
    flash_done(_("The document is closed to them"))
    return go_to("documents.access", document_id=document_id)


def _reason():
    form = ReasonForm()
    if not form.validate_on_submit():
        raise Invalid(_("Say why; the reason stays in the history"), field="reason")
    return form.reason.data


@bp.route("/documents/restricted")
@needs("documents.read")
def restricted():
    """The list of restricted information (LAW-100), and the documents of it that the reader sees."""
    return render(
        "documents/restricted.html",
        kinds=documents.restricted_kinds(),
        page=documents.list_restricted(current_user, request.args.get("after")),
        grounds=GROUNDS,
        levels=LEVELS,
    )


@bp.route("/documents/levels", methods=["GET", "POST"])
@needs("admin.state")
def levels():
    """Which roles open documents of a level."""
    if request.method == "POST" and BaseForm().validate_on_submit():
        for level in AccessLevel:
            chosen = [role for role in request.form.getlist(level.value) if role in ROLES]
            documents.set_level_roles(current_user, level, chosen)
        flash_done(_("The levels are saved"))
        return go_to("documents.levels")
    return render("documents/levels.html", levels=LEVELS, roles=ROLES, chosen=documents.roles_of_levels())
