"""What is kept: the list, an item's page, its files."""

from flask import request
from flask_login import current_user

from blueprints.api.bodies import INLINE, answer_bytes, picture_of
from blueprints.store import bp
from blueprints.store.forms import FilterForm, ItemGrantForm
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, is_htmx, needs, render, signed_in
from portal.storage import service as storage
from portal.store import service as store
from portal.store import words

SHOWN_CHARS = 20_000  # of a file's text on the item's page


@bp.context_processor
def in_words():
    """What the templates of this area share."""
    return {"words": words}


@bp.route("", endpoint="list")
@signed_in
def show_list():
    """What the person may read; IT staff see that the rest is there, too."""
    form = FilterForm(request.args)
    filters = form.filters() if form.validate() else store.ItemFilters()
    page = store.list_items(current_user, filters, request.args.get("after"), manager=True)
    chosen = {name: value for name, value in request.args.items() if name != "after" and value}
    context = {
        "page": page, "chosen": chosen, "seen": store.seen_among(current_user, page.rows),
        "owners": dict(form.owner.choices), "classes": dict(form.class_code.choices),
    }  # fmt: skip
    if is_htmx() and request.args.get("after"):
        return render("store/_rows.html", **context)
    return render("store/list.html", form=form, **context)


@bp.route("/items/<uuid:item_id>")
@signed_in
def show(item_id):
    """An item: metadata, versions with files, relations, changes, and who can read it."""
    return _page(item_id)


@bp.route("/items/<uuid:item_id>/grants", methods=["POST"])
@needs("admin.store")
def give(item_id):
    """Let somebody read this item."""
    form = ItemGrantForm()
    item = store.get_item(current_user, item_id, manager=True)
    if form.validate_on_submit():
        try:
            store.give_grant(
                current_user, item.owner, form.holder.data, item_id=item.id, until=form.until.data,
                reason=form.reason.data,
            )  # fmt: skip
        except Invalid as error:
            form.attach(error)
        else:
            flash_done(_("Access is given"))
            return go_to("store.show", item_id=item_id)
    return _page(item_id, form)


@bp.route("/items/<uuid:item_id>/files/<uuid:file_id>")
@signed_in
def file(item_id, file_id):
    """The bytes of a file; `?view=1` shows PDF and pictures in place."""
    return answer_bytes(store.open_file(current_user, item_id, file_id)[1], inline=bool(request.args.get("view")))


@bp.route("/items/<uuid:item_id>/files/<uuid:file_id>/preview.png")
@signed_in
def preview(item_id, file_id):
    """The picture of a file's first page."""
    return picture_of(store.open_file(current_user, item_id, file_id)[1])


def _page(item_id, form=None):
    item = store.get_item(current_user, item_id, manager=True)
    veiled = store.is_veiled(current_user, item)
    if not veiled:
        item = store.open_item(current_user, item_id)
    manages = current_user.can("admin.store")
    versions = [] if veiled else store.versions_of(item)
    files = versions[0].files if versions and item.state == "active" else []
    addresses = [file.sha256 for file in files]
    return render(
        "store/show.html",
        item=item,
        veiled=veiled,
        owner=store.owner_name(item.owner),
        class_name=store.class_name(item.class_code),
        versions=versions,
        files=files,
        pictures=storage.previews_of(addresses),
        texts=storage.beginnings_of(addresses, SHOWN_CHARS),
        shown_chars=SHOWN_CHARS,
        in_browser=INLINE,
        relations=[] if veiled else store.expanded(current_user, [item], ("relations",))[item.id]["relations"],
        changes=[] if veiled else store.changes_of(item),
        readers=store.readers_of(current_user, item_id) if manages else None,
        form=(form or ItemGrantForm()).without(f"client:{item.owner}") if manages else None,
        room=storage.room_of(item.owner) if manages and item.owner != store.PORTAL else None,
        status=422 if form else 200,
    )
