"""What people do to a document: correct, finish, annul, add files."""

from flask import request
from flask_login import current_user

from blueprints.documents import bp
from blueprints.documents.forms import AnnulForm, EditForm, FilesForm, FinishForm, own_values, with_own_fields
from portal.documents import policy
from portal.documents import service as documents
from portal.documents.words import CARRIERS
from portal.identity import service as identity
from portal.kernel.errors import Invalid, ensure
from portal.kernel.i18n import _, ngettext
from portal.kernel.web import flash_done, go_to, needs, render

_LABELS = ("title", "author", "author_number", "author_date", "addressee", "received_on", "summary", "carrier")


@bp.route("/documents/<uuid:document_id>/edit", methods=["GET", "POST"])
@needs("documents.read")
def edit(document_id):
    """Correct registration data; two editors see both versions side by side (LAW-92)."""
    document = documents.get_document(current_user, document_id)
    ensure(policy.can_edit(current_user, document))
    kind = documents.kind_of(document)
    form = with_own_fields(EditForm, kind)(obj=document)
    form.offer_people(identity.list_people(current_user) if form.own_fields() else ())
    if not form.is_submitted():
        form.show_own(kind, document.extra)
    meanwhile = None
    if form.validate_on_submit():
        try:
            documents.update_document(
                current_user,
                document_id,
                form.version.data,
                form.reason.data,
                extra=own_values(form),
                **{name: form[name].data for name in _LABELS},
            )
            flash_done(_("The correction is saved"))
            return go_to("documents.show", document_id=document_id)
        except Invalid as error:
            form.attach(error)
        except documents.EditedMeanwhile as error:
            meanwhile = error
            form.version.data = error.version
    status = 409 if meanwhile else 422 if form.errors else 200
    return render(
        "documents/edit.html",
        partial="documents/_edit_form.html",
        document=document,
        form=form,
        meanwhile=meanwhile,
        differing=_differing(form, kind, meanwhile) if meanwhile else [],
        status=status,
    )


def _differing(form, kind, meanwhile):
    """(name, theirs, mine) of each field that both have changed."""
    rows = []
    for name, theirs in meanwhile.theirs.items():
        mine = meanwhile.mine[name]
        if name == "extra":
            theirs, mine = dict(documents.extra_lines(kind, theirs)), dict(documents.extra_lines(kind, mine))
            labels = dict.fromkeys([*theirs, *mine])
            rows += [
                (label, theirs.get(label), mine.get(label)) for label in labels if theirs.get(label) != mine.get(label)
            ]
        elif name == "carrier":
            rows.append((form[name].label.text, CARRIERS[theirs], CARRIERS[mine]))
        else:
            rows.append((form[name].label.text, theirs, mine))
    return rows


@bp.route("/documents/<uuid:document_id>/finish", methods=["POST"])
@needs("documents.read")
def finish(document_id):
    """Mark as done."""
    form = FinishForm()
    if not form.validate_on_submit():
        raise Invalid(_("The note is too long"), field="note")
    documents.finish(current_user, document_id, form.note.data)
    flash_done(_("The document is marked as done"))
    return go_to("documents.show", document_id=document_id)


@bp.route("/documents/<uuid:document_id>/annul", methods=["GET", "POST"])
@needs("documents.register")
def annul(document_id):
    """Ask for the reason and say what will happen, then annul."""
    document = documents.get_document(current_user, document_id)
    ensure(policy.can_annul(current_user, document))
    form = AnnulForm()
    if form.validate_on_submit():
        documents.annul(current_user, document_id, form.reason.data)
        flash_done(_("The document is annulled"))
        return go_to("documents.show", document_id=document_id)
    return render("documents/annul.html", document=document, form=form, status=422 if form.errors else 200)


@bp.route("/documents/<uuid:document_id>/files", methods=["POST"])
@needs("documents.read")
def add_files(document_id):
    """Add files to a document."""
    document = documents.get_document(current_user, document_id)
    ensure(policy.can_add_file(current_user, document))
    form = FilesForm()
    items = [(f.filename, f.stream) for f in request.files.getlist("files") if f.filename]
    uploads, problems = documents.receive_uploads(current_user, items)
    if not problems:
        try:
            added = documents.add_files(current_user, document_id, uploads)
            flash_done(ngettext("%(num)s file added", "%(num)s files added", len(added)))
            return go_to("documents.show", document_id=document_id)
        except Invalid as error:
            form.attach(error)
    form.files.errors = [*form.files.errors, *problems]
    return render("documents/add_files.html", document=document, form=form, status=422)
