"""The register of interests on screen: a member's own, all for who prepares or leads sessions (13.1, LAW-49)."""

from flask import request
from flask_login import current_user
from wtforms import StringField

from blueprints.council import bp
from portal.council import service as council
from portal.identity import service as identity
from portal.kernel.errors import Invalid
from portal.kernel.forms import BaseForm, InputRequired, Length
from portal.kernel.i18n import _, _l
from portal.kernel.web import flash_done, go_to, is_htmx, needs, render


class InterestForm(BaseForm):
    person = StringField(_l("Member"))
    subject = StringField(_l("Company, organisation or person"), [InputRequired(), Length(max=200)])
    number = StringField(_l("Registration number"), [Length(max=20)])
    relation = StringField(
        _l("What ties the member to it"), [InputRequired(), Length(max=200)], description=_l("Office, share, kinship")
    )


@bp.route("/interests", methods=["GET", "POST"])
@needs("council.read")
def interests():
    """The register, and a new declaration."""
    form, after = InterestForm(), request.args.get("after")
    if form.validate_on_submit():
        try:
            values = form.values()
            typed = (values.pop("person") or "").strip()
            person_id = identity.person_called(typed, field="person").id if typed else None
            council.add_interest(current_user, person_id=person_id, **values)
            flash_done(_("The interest is entered in the register"))
            return go_to("council.interests")
        except Invalid as error:
            form.attach(error)
    page = council.list_interests(current_user, after)
    if is_htmx() and after:
        return render("council/interests.html", partial="council/_interest_rows.html", page=page)
    return render("council/interests.html", form=form, page=page, status=422 if form.errors else 200)


@bp.route("/interests/<uuid:interest_id>/end", methods=["POST"])
@needs("council.read")
def end_interest(interest_id):
    """The tie has ended."""
    council.end_interest(current_user, interest_id)
    flash_done(_("The interest has ended; the register keeps it"))
    return go_to("council.interests")
