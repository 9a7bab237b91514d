"""IT staff: the look of the municipality, the shared elements with their markup, and who may embed the bar."""

from flask import url_for
from flask_login import current_user

from blueprints.workplace import bp
from blueprints.workplace.forms import LookForm, OriginForm
from blueprints.workplace.navigation import versions_of
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render
from portal.workplace import service as workplace
from portal.workplace.contrast import WORDS
from portal.workplace.models import Board


@bp.route("/admin/workplace/look", methods=["GET", "POST"])
@needs("admin.workplace")
def edit_look():
    """Colours, logo, headers of mail and documents; in force at once."""
    now = workplace.look()
    texts = {key: getattr(now, key) for key in ("name", "mail_head", "mail_foot", "paper_head", "paper_logo")}
    form = LookForm(data={**now.colours, **texts, "based_on": now.number})
    if form.validate_on_submit():
        values = form.values()
        upload = values.pop("logo")
        try:
            workplace.save_look(
                current_user,
                values.pop("based_on"),
                logo=upload.read() if upload and upload.filename else None,
                **values,
            )
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("The look is changed on every screen, in mail and on new documents"))
            return go_to("workplace.edit_look")
    return render(
        "workplace/look.html",
        form=form,
        look=now,
        colours=WORDS,
        head=workplace.letterhead(),
        mail=workplace.mail_head(),
        status=422 if form.errors else 200,
        **versions_of(Board.LOOK),
    )


@bp.route("/admin/workplace/look/trial-mail", methods=["POST"])
@needs("admin.workplace")
def trial_mail():
    """Send oneself a mail, to see its header."""
    workplace.ask_trial_mail(current_user)
    flash_done(_("The mail is on its way to your address"))
    return go_to("workplace.edit_look")


@bp.route("/admin/workplace/embedding", methods=["GET", "POST"])
@needs("admin.workplace")
def embedding():
    """The applications that may show the bar, and the line they put into their pages."""
    form = OriginForm()
    if form.validate_on_submit():
        try:
            workplace.add_origin(current_user, **form.values())
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("The application may show the bar"))
            return go_to("workplace.embedding")
    return render(
        "workplace/embedding.html",
        form=form,
        origins=workplace.list_origins(current_user),
        script=url_for("workplace.script", _external=True),
        status=422 if form.errors else 200,
    )


@bp.route("/admin/workplace/embedding/<uuid:origin_id>/end", methods=["POST"])
@needs("admin.workplace")
def end_origin(origin_id):
    """The application shows the bar no longer."""
    workplace.end_origin(current_user, origin_id)
    flash_done(_("The application gets nothing any more"))
    return go_to("workplace.embedding")


@bp.route("/admin/workplace/elements")
@needs("admin.workplace")
def elements():
    """The shared elements with their markup, for whoever builds another application."""
    return render("workplace/elements.html", sheet=url_for("workplace.elements_css", _external=True))
