"""A draft's way: sending on, versions, opinions, amendments; the checks and templates of the rules of procedure."""

from flask import request
from flask_login import current_user

from blueprints.council import bp
from blueprints.council.forms import AmendmentForm, CheckForm, TemplateForm
from blueprints.council.matters import as_uuid, matter_page
from blueprints.council.screens import answer, reason_typed, session_of_matter
from portal.council import service as council
from portal.documents.drafting.comparing import compare
from portal.identity import service as identity
from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render, undo_request


@bp.route("/matters/<uuid:matter_id>/send", methods=["POST"])
@needs("council.read")
def send_matter(matter_id):
    """The draft goes to those who check it, or to its first body (LAW-15)."""
    council.send_onward(current_user, matter_id)
    flash_done(_("The draft is sent on"))
    return go_to("council.matter", matter_id=matter_id)


@bp.route("/matters/<uuid:matter_id>/withdraw", methods=["POST"])
@needs("council.read")
def withdraw_matter(matter_id):
    """The author takes the draft back."""
    council.withdraw(current_user, matter_id, reason_typed())
    flash_done(_("The draft is withdrawn."))
    return go_to("council.matter", matter_id=matter_id)


@bp.route("/matters/<uuid:matter_id>/resubmit", methods=["POST"])
@needs("council.read")
def resubmit_matter(matter_id):
    """A rejected draft comes back as a new submission (LAW-41)."""
    made = council.resubmit(current_user, matter_id)
    flash_done(_("This is the new submission; improve it and send it on"))
    return go_to("council.matter", matter_id=made.id)


@bp.route("/matters/<uuid:matter_id>/to-council", methods=["POST"])
@needs("council.prepare")
def matter_to_council(matter_id):
    """Before the council in spite of a committee's opinion."""
    made = council.to_council(current_user, matter_id)
    flash_done(_("The draft waits for a session of the council"))
    return go_to("council.matter", matter_id=made.id)


@bp.route("/matters/<uuid:matter_id>/opinion", methods=["POST"])
@needs("council.prepare")
def note_opinion(matter_id):
    """What the committee proposes with its opinion."""
    council.note_opinion(current_user, matter_id, request.form.get("text"))
    flash_done(_("The committee's proposals are stored"))
    return go_to("council.matter", matter_id=matter_id)


@bp.route("/matters/<uuid:matter_id>/versions")
@needs("council.read")
def matter_versions(matter_id):
    """Versions of the draft, who had which before them, and what changed between two."""
    found = council.get_matter(current_user, matter_id)
    versions = council.versions_of(current_user, matter_id)
    if not versions:
        raise NotFound(_("This matter has no draft decision."))
    by_number = {one.number: one for one in versions}
    new = by_number.get(_number("new"), versions[0])
    old = by_number.get(_number("old"), by_number.get(new.number - 1, new))
    return render(
        "council/versions.html",
        matter=found,
        versions=versions,
        old=old,
        new=new,
        paragraphs=compare(old.text, new.text) if old is not new else [],
        names=identity.names_of({one.by_id for one in versions if one.by_id}),
        had=council.had_before_them(found),
    )


def _number(name):
    text = request.args.get(name, "")
    return int(text) if text.isdigit() and len(text) < 9 else None


# --- amendments -----------------------------------------------------------------------------------------------------


@bp.route("/matters/<uuid:matter_id>/amendments", methods=["POST"])
@needs("council.read")
def propose_amendment(matter_id):
    """A member, or the secretary for one, proposes a change to the draft."""
    form = AmendmentForm()
    form.author.choices = []
    author = as_uuid(form.author.data) if form.author.data else None
    if form.validate_on_submit():
        try:
            made = council.propose_amendment(
                current_user,
                matter_id,
                old_text=form.old_text.data,
                new_text=form.new_text.data,
                reason=form.reason.data,
                author_id=author,
                of_submitter=form.of_submitter.data,
                key=(request.form.get("key") or "")[:40],
            )
            if _from_tablet():
                return {"n": made.n}
            flash_done(_("The amendment is stored"))
            if request.form.get("from") == "papers":
                session_id = session_of_matter(matter_id)
                return go_to("council.papers", session_id=session_id, _anchor=f"paper-{matter_id}")
            return go_to("council.matter", matter_id=matter_id, _anchor="amendments")
        except (Invalid, Conflict) as error:
            if _from_tablet():
                undo_request()
                return {"problem": error.message}, error.status
            form.attach(error)
    return matter_page(matter_id, status=422, form=form)


def _from_tablet():
    """The tablet sends the form by itself, again where the network was away, and reads the answer."""
    return request.accept_mimetypes.best == "application/json"


@bp.route("/amendments/<uuid:amendment_id>/withdraw", methods=["POST"])
@needs("council.read")
def withdraw_amendment(amendment_id):
    """Its author takes an amendment back."""
    taken = council.withdraw_amendment(current_user, amendment_id)
    flash_done(_("The amendment is withdrawn"))
    return go_to("council.matter", matter_id=taken.matter_id, _anchor="amendments")


@bp.route("/amendments/<uuid:amendment_id>/vote", methods=["POST"])
@needs("council.read")
def vote_on_amendment(amendment_id):
    """The chair opens the vote on an amendment."""
    return answer(council.put_to_vote(current_user, amendment_id).session_id, "desk")


@bp.route("/matters/<uuid:matter_id>/merge", methods=["GET", "POST"])
@needs("council.prepare")
def merge_amendments(matter_id):
    """The secretary puts accepted amendments into the text where that cannot be done by itself."""
    found = council.get_matter(current_user, matter_id)
    problem, status = "", 200
    if request.method == "POST":
        try:
            council.merge_by_hand(current_user, matter_id, request.form.get("text"))
            flash_done(_("The text with the amendments is stored"))
            return go_to("council.matter", matter_id=matter_id)
        except Invalid as error:
            problem, status = error.message, 422
    return render(
        "council/merge.html",
        matter=found,
        left=council.unmerged([found.id]),
        text=request.form.get("text", found.draft_text),
        problem=problem,
        status=status,
    )


# --- the rules of procedure -----------------------------------------------------------------------------------------


@bp.route("/drafts/settings", methods=["GET", "POST"])
@needs("council.prepare")
def draft_settings():
    """Who checks each draft (LAW-15), and the templates of drafts."""
    form = CheckForm()
    if form.validate_on_submit():
        try:
            person = identity.person_called(form.person.data, "person")
            council.add_check(current_user, form.name.data, person.id, form.money_only.data)
            flash_done(_("The check is added"))
            return go_to("council.draft_settings")
        except Invalid as error:
            form.attach(error)
    checks = council.list_checks()
    return render(
        "council/draft_settings.html",
        form=form,
        checks=checks,
        names=identity.names_of({one.person_id for one in checks}),
        templates=council.list_templates(),
        status=422 if form.errors else 200,
    )


@bp.route("/drafts/checks/<uuid:check_id>/remove", methods=["POST"])
@needs("council.prepare")
def remove_check(check_id):
    """A check is no longer asked for."""
    council.remove_check(current_user, check_id)
    flash_done(_("The check is removed"))
    return go_to("council.draft_settings")


@bp.route("/drafts/templates/new", methods=["GET", "POST"])
@needs("council.prepare")
def new_template():
    """A new template of drafts."""
    return _template(None)


@bp.route("/drafts/templates/<uuid:template_id>", methods=["GET", "POST"])
@needs("council.prepare")
def edit_template(template_id):
    """Change a template of drafts."""
    return _template(council.get_template(template_id))


def _template(template):
    form = TemplateForm(obj=template)
    if form.validate_on_submit():
        try:
            council.save_template(current_user, template and template.id, **form.values())
            flash_done(_("The template is stored"))
            return go_to("council.draft_settings")
        except Invalid as error:
            form.attach(error)
    return render("council/template.html", form=form, block=template, status=422 if form.errors else 200)
