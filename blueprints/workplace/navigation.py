"""IT staff: the items of the bar, their preview as another role, and taking any board's version back."""

from flask import request
from flask_login import current_user

from blueprints.workplace import bp
from blueprints.workplace.forms import LineForm, LinkForm, PreviewForm
from portal.identity import service as identity
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _, language
from portal.kernel.web import flash_done, go_to, needs, render
from portal.workplace import service as workplace
from portal.workplace.models import Board
from portal.workplace.service.audience import day

_PAGE_OF = {Board.NAVIGATION: "navigation", Board.LOOK: "edit_look", Board.BANNERS: "banners"}


@bp.route("/admin/workplace/navigation")
@needs("admin.workplace")
def navigation():
    """The items in order, the preview as another role, and the versions."""
    lines, draft = workplace.editable(current_user)
    roles, units = identity.list_roles(), identity.list_units(current_user)
    form = PreviewForm(request.args).offer(roles, units)
    form.validate()
    role = form.role.data if form.role.data in {one.key for one in roles} else ""
    unit = form.unit.data if form.unit.data in {str(one.id) for one in units} else ""
    return render(
        "workplace/navigation.html",
        partial="workplace/_preview.html",
        lines=lines,
        draft=draft,
        form=form,
        label=lambda line: workplace.label_of(line, language()),
        roles={one.key: one.name for one in roles},
        units={str(one.id): one.name for one in units},
        preview=workplace.preview(current_user, role, unit, form.on.data, language()),
        day=day,
        **versions_of(Board.NAVIGATION),
    )


@bp.route("/admin/workplace/navigation/new", methods=["GET", "POST"])
@needs("admin.workplace")
def new_link():
    """A link to another application, added to the draft."""
    return _edit(LinkForm(icon="external-link"), None)


@bp.route("/admin/workplace/navigation/items/<line_id>", methods=["GET", "POST"])
@needs("admin.workplace")
def edit_line(line_id):
    """Words, icon, badge and audience of an item, changed in the draft."""
    line = workplace.get_line(current_user, line_id)
    kept = {
        "label_lv": line["label"].get("lv", ""),
        "label_en": line["label"].get("en", ""),
        "note_lv": line["note"].get("lv", ""),
        "note_en": line["note"].get("en", ""),
        "since": day(line["since"]),
        "until": day(line["until"]),
        **{key: line[key] for key in ("icon", "badge", "roles", "units", "url")},
    }
    return _edit((LineForm if line["place"] else LinkForm)(data=kept), line)


def _edit(form, line):
    form.offer(identity.list_roles(), identity.list_units(current_user))
    if form.validate_on_submit():
        try:
            workplace.save_line(current_user, line and line["id"], **form.values())
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("The draft is changed; people see it when it is published"))
            return go_to("workplace.navigation")
    label = workplace.label_of(line, language()) if line else ""
    return render("workplace/line.html", form=form, line=line, label=label, status=422 if form.errors else 200)


@bp.route("/admin/workplace/navigation/items/<line_id>/move/<direction>", methods=["POST"])
@needs("admin.workplace")
def move_line(line_id, direction):
    """One place up or down."""
    workplace.move_line(current_user, line_id, up=direction == "up")
    return go_to("workplace.navigation", _anchor=f"line-{line_id}")


@bp.route("/admin/workplace/navigation/items/<line_id>/<any(show, hide):how>", methods=["POST"])
@needs("admin.workplace")
def show_line(line_id, how):
    """Show or hide."""
    workplace.show_line(current_user, line_id, how == "show")
    return go_to("workplace.navigation", _anchor=f"line-{line_id}")


@bp.route("/admin/workplace/navigation/items/<line_id>/take-out", methods=["POST"])
@needs("admin.workplace")
def remove_line(line_id):
    """Take a link out."""
    workplace.remove_line(current_user, line_id)
    return go_to("workplace.navigation")


@bp.route("/admin/workplace/navigation/publish", methods=["POST"])
@needs("admin.workplace")
def publish():
    """Put the draft in force for everyone."""
    workplace.publish_draft(current_user, Board.NAVIGATION)
    flash_done(_("The bar is changed on every screen"))
    return go_to("workplace.navigation")


@bp.route("/admin/workplace/navigation/discard", methods=["POST"])
@needs("admin.workplace")
def discard():
    """Forget the draft."""
    workplace.discard_draft(current_user, Board.NAVIGATION)
    flash_done(_("The draft is discarded"))
    return go_to("workplace.navigation")


@bp.route("/admin/workplace/<any(navigation, look, banners):board>/take-back", methods=["POST"])
@needs("admin.workplace")
def take_back(board):
    """Put an earlier version in force again."""
    board = Board(board)
    number, based_on = request.form.get("number", type=int), request.form.get("based_on", type=int)
    if number is None or based_on is None:
        raise Invalid(_("There is no such version"))
    workplace.take_back(current_user, board, number, based_on)
    flash_done(_("The earlier version is in force on every screen"))
    return go_to(f"workplace.{_PAGE_OF[board]}")


def versions_of(board):
    """What the list of versions needs."""
    history = workplace.history(current_user, board)
    return {
        "board": board.value,
        "history": history,
        "in_force": history[0].number if history else 0,
        "makers": identity.names_of([row.made_by_id for row in history]),
    }
