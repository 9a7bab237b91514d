"""Files whose text could not be read, and the search index: what IT staff look after (15.1)."""

from flask import request
from flask_login import current_user

from blueprints.admin import bp
from portal.admin import service as admin
from portal.kernel.i18n import _, ngettext
from portal.kernel.web import flash_done, go_to, needs, render
from portal.search import service as search
from portal.search import words
from portal.storage.extract.causes import CAUSES


@bp.route("/admin/files")
@needs("admin.state")
def files():
    """Parked files of a cause, or all."""
    cause = request.args.get("cause", "")
    cause = cause if cause in CAUSES else ""
    found = admin.parked_files(current_user, cause, request.args.get("after", "")[:64])
    return render(
        "admin/files.html", found=found, cause=cause, names={word: name for word, (name, _text) in CAUSES.items()}
    )


@bp.route("/admin/files/read", methods=["POST"])
@needs("admin.state")
def read_files():
    """Read one file once more, or all of a cause."""
    sha256, cause = request.form.get("sha256", ""), request.form.get("cause", "")
    count = admin.read_files_again(current_user, sha256=sha256, cause=cause)
    flash_done(
        ngettext("%(num)s file is read once more", "%(num)s files are read once more", count)
        if count
        else _("Nothing of this waits any more")
    )
    return go_to("admin.files", cause="" if count != 1 else cause)


@bp.route("/admin/files/set-aside", methods=["POST"])
@needs("admin.state")
def set_file_aside():
    """Say that a file will never be read."""
    admin.set_file_aside(current_user, request.form.get("sha256", ""))
    flash_done(_("The file is marked as unreadable"))
    return go_to("admin.files", cause=request.form.get("cause", ""))


@bp.route("/admin/search-index", methods=["GET", "POST"])
@needs("admin.state")
def search_index():
    """What the index holds and what waits for it; POST builds it anew."""
    if request.method == "POST":
        search.ask_rebuild(current_user)
        flash_done(_("The index is being built anew; searching goes on meanwhile"))
        return go_to("admin.search_index")
    return render(
        "admin/search_index.html",
        partial="admin/_search_index.html",
        state=search.index_state(current_user),
        kinds=words.KINDS,
    )
