"""Resolutions: write one, carry it out, accept it, extend its term."""

from flask import request
from flask_login import current_user

from blueprints.control import bp
from blueprints.control.forms import (
    AnswerForm,
    AskForm,
    ExtendForm,
    GiveForm,
    NoteForm,
    PhraseForm,
    ReasonForm,
    RemarkForm,
    TermForm,
    WriteForm,
)
from blueprints.control.looks import of_document, term_said
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel.errors import Invalid, ensure
from portal.kernel.i18n import _, date_short
from portal.kernel.web import flash_done, go_to, is_htmx, needs, render, signed_in
from portal.workflow import policy
from portal.workflow import service as workflow


@bp.route("/documents/<uuid:document_id>/resolutions/new", methods=["GET", "POST"])
@needs("documents.read")
def write(document_id):
    """Write a resolution on a document, or hand it to the head who will (12.5)."""
    document = documents.get_document(current_user, document_id)
    ensure(workflow.may_resolve(current_user, document))
    form = WriteForm().offer(workflow.executors_for(current_user), workflow.phrases_of(current_user))
    if form.validate_on_submit():
        try:
            workflow.write_resolution(
                current_user,
                document_id,
                form.text.data or form.phrase.data,
                form.responsible_id.data,
                form.co_ids.data or (),
                order=form.order.data,
                days=form.days.data,
                due_on=form.due_on.data,
                phrase=form.keep.data,
                admit=form.admit.data,
            )
            flash_done(_("The resolution is given to the executors"))
            return go_to("documents.show", document_id=document_id)
        except Invalid as error:
            form.attach(error)
    return _write_page(document, form)


def _write_page(document, form, ask=None):
    part = workflow.own_part(current_user, document.id)
    parent = part.resolution if part else None
    may_ask = documents.may_assign(current_user, document)
    if may_ask and ask is None:
        ask = AskForm().offer(identity.list_people(current_user))
    return render(
        "control/write.html",
        document=document,
        form=form,
        parent=parent,
        usual=term_said(document, *workflow.term_for(document, parent)),
        ask=ask if may_ask else None,
        status=422 if form.errors or (ask and ask.errors) else 200,
    )


@bp.route("/documents/<uuid:document_id>/resolutions/term")
@needs("documents.read")
def term(document_id):
    """The date that a number of working days or a date gives, with its rule, while it is typed."""
    document = documents.get_document(current_user, document_id)
    form = TermForm(request.args)
    problem, found = "", (None, "")
    part = workflow.own_part(current_user, document.id)
    if form.validate():
        try:
            found = workflow.term_for(document, part.resolution if part else None, form.days.data, form.due_on.data)
        except Invalid as error:
            problem = error.message
    else:
        problem = " ".join(str(text) for texts in form.errors.values() for text in texts)
    return render("control/_term.html", problem=problem, usual=term_said(document, *found))


@bp.route("/documents/<uuid:document_id>/resolutions/ask", methods=["POST"])
@needs("documents.read")
def ask(document_id):
    """Hand the document to a head for a resolution."""
    form = AskForm().offer(identity.list_people(current_user))
    if form.validate_on_submit():
        try:
            workflow.ask_resolution(current_user, document_id, form.person_id.data, form.note.data, form.admit.data)
            flash_done(_("The document is handed over for a resolution"))
            return go_to("documents.show", document_id=document_id)
        except Invalid as error:
            form.attach(error)
    document = documents.get_document(current_user, document_id)
    plain = WriteForm(formdata=None).offer(workflow.executors_for(current_user), workflow.phrases_of(current_user))
    return _write_page(document, plain, form)


@bp.route("/resolutions/<uuid:resolution_id>")
@needs("documents.read")
def resolution(resolution_id):
    """One resolution: what is ordered, who carries it out, until when; and what one can do now."""
    return _page(resolution_id)


def _page(resolution_id, status=200, **forms):
    """The page of a resolution; forms: those that came back with mistakes, by name."""
    found, document = workflow.get_resolution(current_user, resolution_id)
    heads = workflow.heads_person(current_user, found.responsible.person_id)
    mine = next((one for one in found.executors if policy.is_person(current_user, one.person_id)), None)
    can_manage = policy.can_manage(current_user, found, heads)
    context = of_document(current_user, document)
    branch = next(one for one in context["branches"] if one.resolution.id == found.id)
    return render(
        "control/resolution.html",
        resolution=found,
        branch=branch,
        document=document,
        mine=mine,
        can_report=bool(mine) and policy.can_report(current_user, mine),
        can_accept=policy.can_accept(current_user, found),
        can_manage=can_manage,
        can_ask=policy.can_ask_extension(current_user, found),
        may_pause=workflow.may_pause(document),
        latest=documents.longest_term(document)[0],
        asked=workflow.waiting_extension(found.id),
        people_to_choose=workflow.executors_for(current_user) if can_manage else [],
        status=status,
        **context,
        **_forms(forms, can_manage),
    )


def _forms(given, can_manage):
    fresh = {
        "note_form": NoteForm,
        "remark_form": RemarkForm,
        "extend_form": ExtendForm,
        "answer_form": AnswerForm,
        "withdraw_form": ReasonForm,
        "pause_form": ReasonForm,
    }
    forms = {name: given.get(name) or form(formdata=None) for name, form in fresh.items()}
    if can_manage:
        give = given.get("give_form") or GiveForm(formdata=None)
        forms["give_form"] = give.offer(workflow.executors_for(current_user))
    return forms


def _act(resolution_id, name, form, act, said):
    """Do an act whose form came from the page of a resolution or from the work list, and go back there."""
    if form.validate_on_submit():
        try:
            act()
            return _back(resolution_id, said)
        except Invalid as error:
            form.attach(error)
    return _page(resolution_id, 422, **{name: form})


def _back(resolution_id, said):
    if request.form.get("from") != "work":
        flash_done(said)
        return go_to("control.resolution", resolution_id=resolution_id)
    if is_htmx():
        return render("workflow/_work.html", work=workflow.my_work(current_user), said=said)
    flash_done(said)
    return go_to("workplace.home")


@bp.route("/resolutions/parts/<uuid:part_id>/report", methods=["POST"])
@needs("documents.read")
def report(part_id):
    """One's own part is done."""
    part, _document = workflow.get_part(current_user, part_id)
    form = NoteForm()
    return _act(part.resolution_id, "note_form", form,
                lambda: workflow.report(current_user, part_id, form.note.data), _("Reported as done"))  # fmt: skip


@bp.route("/resolutions/<uuid:resolution_id>/accept", methods=["POST"])
@needs("documents.read")
def accept(resolution_id):
    """Agree that it is carried out, or (button `return`) say what is still to be done."""
    form = RemarkForm()
    if "return" in request.form:
        return _act(resolution_id, "remark_form", form,
                    lambda: workflow.send_back(current_user, resolution_id, form.remark.data),
                    _("Returned to the responsible executor"))  # fmt: skip
    return _act(resolution_id, "remark_form", form,
                lambda: workflow.accept(current_user, resolution_id, form.remark.data, report_on=form.report_on.data),
                _("Accepted"))  # fmt: skip


@bp.route("/resolutions/<uuid:resolution_id>/withdraw", methods=["POST"])
@needs("documents.read")
def withdraw(resolution_id):
    """Nobody has to carry it out any more."""
    form = ReasonForm()
    return _act(resolution_id, "withdraw_form", form,
                lambda: workflow.withdraw(current_user, resolution_id, form.reason.data),
                _("The resolution is withdrawn"))  # fmt: skip


@bp.route("/resolutions/<uuid:resolution_id>/extend", methods=["POST"])
@needs("documents.read")
def extend(resolution_id):
    """Ask for a later term, or give it when that is in one's hands."""
    form = ExtendForm()
    return _act(resolution_id, "extend_form", form,
                lambda: workflow.ask_extension(current_user, resolution_id, form.due_on.data, form.reason.data),
                _("The extension is noted"))  # fmt: skip


@bp.route("/resolutions/extensions/<uuid:extension_id>/answer", methods=["POST"])
@needs("documents.read")
def answer(extension_id):
    """Grant a request for a later term, or (button `refuse`) refuse it."""
    asked, _document = workflow.get_extension(current_user, extension_id)
    form = AnswerForm()
    if "refuse" in request.form:
        return _act(asked.resolution_id, "answer_form", form,
                    lambda: workflow.refuse(current_user, extension_id, form.answer.data),
                    _("The term stays as it is"))  # fmt: skip
    return _act(asked.resolution_id, "answer_form", form,
                lambda: workflow.grant(current_user, extension_id, form.answer.data),
                _("The term is extended until %(date)s", date=date_short(asked.due_on)))  # fmt: skip


@bp.route("/resolutions/<uuid:resolution_id>/pause", methods=["POST"])
@needs("documents.read")
def pause(resolution_id):
    """Stop the term while something is waited for."""
    form = ReasonForm()
    return _act(resolution_id, "pause_form", form,
                lambda: workflow.pause(current_user, resolution_id, form.reason.data),
                _("The term is paused"))  # fmt: skip


@bp.route("/resolutions/<uuid:resolution_id>/resume", methods=["POST"])
@needs("documents.read")
def resume(resolution_id):
    """The term runs on."""
    workflow.resume(current_user, resolution_id)
    return _back(resolution_id, _("The term runs on"))


@bp.route("/resolutions/parts/<uuid:part_id>/give", methods=["POST"])
@needs("documents.read")
def give(part_id):
    """Another person carries a part out."""
    part, _document = workflow.get_part(current_user, part_id)
    form = GiveForm().offer(workflow.executors_for(current_user))
    return _act(part.resolution_id, "give_form", form,
                lambda: workflow.give_to(current_user, part_id, form.person_id.data, form.reason.data, form.admit.data),
                _("The executor is changed"))  # fmt: skip


@bp.route("/resolutions/phrases", methods=["GET", "POST"])
@signed_in
def phrases():
    """One's own quick phrases."""
    form = PhraseForm()
    if form.validate_on_submit():
        workflow.keep_phrase(current_user, form.text.data)
        flash_done(_("The phrase is kept"))
        return go_to("control.phrases")
    return render(
        "control/phrases.html", form=form, phrases=workflow.phrases_of(current_user), status=422 if form.errors else 200
    )


@bp.route("/resolutions/phrases/<uuid:phrase_id>/drop", methods=["POST"])
@signed_in
def drop_phrase(phrase_id):
    """A phrase is not needed any more."""
    workflow.drop_phrase(current_user, phrase_id)
    flash_done(_("The phrase is removed"))
    return go_to("control.phrases")
