"""Applications of the one-stop shops: what came, what is stuck and how to mend it (11.1)."""

from flask import request
from flask_login import current_user

from blueprints.cases import bp
from blueprints.cases.forms import ShopRefusalForm, ShopRetryForm
from portal.audit import service as audit
from portal.cases import policy
from portal.cases import service as cases
from portal.cases.models import ShopState
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, render, signed_in


@bp.route("/cases/shop")
@signed_in
def shop():
    """All of them, newest first; those that need somebody by a filter."""
    state = request.args.get("state", "")
    state = state if state == "problem" or state in {one.value for one in ShopState} else ""
    page = cases.list_shop_applications(current_user, state, request.args.get("after"))
    numbers = cases.case_numbers({row.case_id for row in page.rows if row.case_id})
    return render(
        "cases/shop.html",
        partial="cases/_shop_rows.html",
        page=page,
        state=state,
        numbers=numbers,
        states=policy.SHOP_STATES,
        explain=policy.explain_shop,
    )


@bp.route("/cases/shop/<uuid:application_id>")
@signed_in
def shop_application(application_id):
    """One of them as it came, and what can be done."""
    return _page(application_id)


@bp.route("/cases/shop/<uuid:application_id>/retry", methods=["POST"])
@signed_in
def retry_shop_application(application_id):
    """Try again, under another service when theirs is not ours."""
    form = ShopRetryForm()
    cases.retry_shop_application(current_user, application_id, form.service_code.data or "")
    flash_done(_("It is being tried again"))
    return go_to("cases.shop_application", application_id=application_id)


@bp.route("/cases/shop/<uuid:application_id>/refuse", methods=["POST"])
@signed_in
def refuse_shop_application(application_id):
    """Do not examine it, and tell the one-stop shop why."""
    form = ShopRefusalForm()
    if form.validate_on_submit():
        try:
            cases.refuse_shop_application(current_user, application_id, form.code.data, form.text.data)
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("The application is refused; the one-stop shop is being told"))
            return go_to("cases.shop_application", application_id=application_id)
    return _page(application_id, form, 422)


def _page(application_id, refusal=None, status=200):
    found = cases.get_shop_application(current_user, application_id)
    audit.record_reading(current_user, "shop_application.read", found, personal={"client": found.client_name})
    services = cases.list_services(current_user)
    retry = ShopRetryForm(formdata=None)
    retry.service_code.choices = [("", _("As the application says")), *((one.code, one.name) for one in services)]
    return render(
        "cases/shop_application.html",
        status=status,
        application=found,
        about=cases.shop_content(found),
        number=cases.case_numbers({found.case_id}).get(found.case_id) if found.case_id else None,
        service=next((one for one in services if one.code == (found.chosen_service or found.service_code)), None),
        states=policy.SHOP_STATES,
        problem=policy.explain_shop(found),
        may_mend=policy.can_mend_shop(current_user),
        retry=retry,
        refusal=refusal or ShopRefusalForm(formdata=None),
    )
