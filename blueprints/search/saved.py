"""Searches kept under a name."""

from flask import redirect, request
from flask_login import current_user

from blueprints.search import bp
from blueprints.search.views import address_of
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import begin_writing, flash_done, go_to, needs
from portal.search import service as search


@bp.post("/search/save")
@needs("search.use")
def save():
    """Keep the query at hand under a name."""
    query, filters = request.form.get("q", ""), search.Filters.from_query(request.form)
    try:
        saved = search.save_search(current_user, request.form.get("name"), query, filters, "tells" in request.form)
    except Invalid as error:
        flash_done(error.message)
    else:
        flash_done(_("Saved as “%(name)s”", name=saved.name))
    return redirect(address_of(query, filters), 303)


@bp.get("/search/saved/<uuid:saved_id>")
@needs("search.use")
def open_saved(saved_id):
    """Open a saved search; what it had found is news no more."""
    begin_writing()
    saved = search.look_at(current_user, saved_id)
    return redirect(address_of(saved.query, search.Filters(**saved.filters)), 303)


@bp.post("/search/saved/<uuid:saved_id>/tell")
@needs("search.use")
def tell(saved_id):
    """Want to hear of news, or no more."""
    wanted = request.form.get("tells") == "1"
    search.set_telling(current_user, saved_id, wanted)
    flash_done(_("You will be told of what it newly finds") if wanted else _("You will hear no more of it"))
    return go_to("search.results")


@bp.post("/search/saved/<uuid:saved_id>/drop")
@needs("search.use")
def drop(saved_id):
    """Forget a saved search."""
    search.drop_saved(current_user, saved_id)
    flash_done(_("The saved search is removed"))
    return go_to("search.results")


@bp.post("/search/recent/forget")
@needs("search.use")
def forget_recent():
    """Forget what was searched for lately."""
    search.forget_recent(current_user)
    flash_done(_("Forgotten"))
    return go_to("search.results")
