"""Templates of documents: Word files with fields, in versions (12.1)."""

from flask import Response
from flask_login import current_user

from blueprints.documents import bp
from blueprints.documents.draft_forms import TemplateForm, VersionForm
from blueprints.documents.drafts import _upload
from blueprints.documents.files import disposition
from portal.documents import policy
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render


@bp.route("/drafts/templates", methods=["GET", "POST"])
@needs("documents.register")
def templates():
    """All templates; a new one."""
    ensure(policy.can_manage_templates(current_user))
    form = TemplateForm().offer(documents.DRAFT_KINDS)
    if form.is_submitted():
        upload = _upload(form)
        if form.validate() and not form.file.errors:
            try:
                made = documents.add_template(
                    current_user, form.name.data, form.kind.data, form.for_answers.data, upload
                )
                return go_to("documents.template", template_id=made.id)
            except Invalid as error:
                form.attach(error)
    return render(
        "documents/templates.html",
        templates=documents.list_templates(current_user),
        fields=documents.TEMPLATE_FIELDS,
        form=form,
        status=422 if form.errors else 200,
    )


@bp.route("/drafts/templates/<uuid:template_id>", methods=["GET", "POST"])
@needs("documents.register")
def template(template_id):
    """A template's versions; one more; which is used."""
    ensure(policy.can_manage_templates(current_user))
    found = documents.get_template(current_user, template_id)
    form = VersionForm()
    if form.is_submitted():
        upload = _upload(form)
        if form.validate() and not form.file.errors:
            try:
                made = documents.add_template_version(current_user, template_id, upload)
                flash_done(_("Version %(number)s is kept", number=made.number))
                return go_to("documents.template", template_id=template_id)
            except Invalid as error:
                form.attach(error)
    versions = documents.template_versions(current_user, template_id)
    return render(
        "documents/template.html",
        row=found,
        versions=versions,
        names=identity.names_of(one.added_by_id for one in versions if one.added_by_id),
        fields=documents.TEMPLATE_FIELDS,
        form=form,
        status=422 if form.errors else 200,
    )


@bp.route("/drafts/templates/<uuid:template_id>/versions/<int:number>/file")
@needs("documents.register")
def template_file(template_id, number):
    """The Word file of a version."""
    found = documents.template_version(current_user, template_id, number)
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": disposition(found.name),
        "Content-Length": str(found.size_bytes),
    }
    return Response(documents.read_range(found, 0, found.size_bytes), headers=headers, direct_passthrough=True)


@bp.route("/drafts/templates/<uuid:template_id>/publish/<int:number>", methods=["POST"])
@needs("documents.register")
def template_publish(template_id, number):
    """Let drafts be made from this version."""
    try:
        documents.publish_template(current_user, template_id, number)
    except Conflict as error:
        raise Invalid(error.message) from error
    flash_done(_("Version %(number)s is in use", number=number))
    return go_to("documents.template", template_id=template_id)


@bp.route("/drafts/templates/<uuid:template_id>/close", methods=["POST"])
@needs("documents.register")
def template_close(template_id):
    """Offer a template no more."""
    documents.close_template(current_user, template_id)
    flash_done(_("The template is no longer offered; publishing a version brings it back"))
    return go_to("documents.template", template_id=template_id)
