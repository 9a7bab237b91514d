"""IT staff: banners over every page."""

from flask import request
from flask_login import current_user

from blueprints.workplace import bp
from blueprints.workplace.forms import BannerForm
from blueprints.workplace.navigation import versions_of
from portal.identity import service as identity
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render
from portal.workplace import service as workplace
from portal.workplace.models import Board
from portal.workplace.service.audience import day


@bp.route("/admin/workplace/banners")
@needs("admin.workplace")
def banners():
    """All banners with their days and audience."""
    found, number = workplace.list_banners(current_user)
    return render(
        "workplace/banners.html",
        banners=found,
        number=number,
        levels=workplace.LEVELS,
        roles={one.key: one.name for one in identity.list_roles()},
        units={str(one.id): one.name for one in identity.list_units(current_user)},
        day=day,
        **versions_of(Board.BANNERS),
    )


@bp.route("/admin/workplace/banners/new", methods=["GET", "POST"])
@needs("admin.workplace")
def new_banner():
    """A new banner."""
    return _edit(BannerForm(based_on=workplace.in_force()[Board.BANNERS].number), None)


@bp.route("/admin/workplace/banners/items/<banner_id>", methods=["GET", "POST"])
@needs("admin.workplace")
def edit_banner(banner_id):
    """A banner's words, days and audience."""
    kept = workplace.get_banner(current_user, banner_id)
    form = BannerForm(
        data={
            "text_lv": kept["text"].get("lv", ""),
            "text_en": kept["text"].get("en", ""),
            "since": day(kept["since"]),
            "until": day(kept["until"]),
            "based_on": workplace.in_force()[Board.BANNERS].number,
            **{key: kept[key] for key in ("level", "roles", "units")},
        }
    )
    return _edit(form, banner_id)


def _edit(form, banner_id):
    form.offer(identity.list_roles(), identity.list_units(current_user))
    if form.validate_on_submit():
        values = form.values()
        try:
            workplace.save_banner(current_user, banner_id, _number(values.pop("based_on")), **values)
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("The banner is saved and shown on its days"))
            return go_to("workplace.banners")
    return render("workplace/banner.html", form=form, banner_id=banner_id, status=422 if form.errors else 200)


@bp.route("/admin/workplace/banners/items/<banner_id>/take-down", methods=["POST"])
@needs("admin.workplace")
def remove_banner(banner_id):
    """Take a banner down."""
    workplace.remove_banner(current_user, banner_id, _number(request.form.get("based_on")))
    flash_done(_("The banner is taken down"))
    return go_to("workplace.banners")


def _number(text):
    return int(text) if str(text or "").isdigit() else -1
