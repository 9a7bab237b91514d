"""Words that mean the same, kept by staff."""

from flask_login import current_user

from blueprints.search import bp
from blueprints.search.forms import SynonymsForm
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render
from portal.search import service as search


@bp.route("/search/synonyms", methods=["GET", "POST"])
@needs("search.words")
def synonyms():
    """The groups of words that mean the same, and a new one (15.2)."""
    form = SynonymsForm()
    if form.validate_on_submit():
        try:
            search.save_synonyms(current_user, form.words.data)
            flash_done(_("Saved; searches use it from now on"))
            return go_to("search.synonyms")
        except Invalid as error:
            form.attach(error)
    return render("search/synonyms.html", form=form, groups=search.list_synonyms(current_user),
                  status=422 if form.errors else 200)  # fmt: skip


@bp.route("/search/synonyms/<uuid:group_id>", methods=["GET", "POST"])
@needs("search.words")
def synonym_group(group_id):
    """One group, changed."""
    group = search.get_synonyms(current_user, group_id)
    form = SynonymsForm(words="\n".join(group.words), version=group.version)
    if form.validate_on_submit():
        try:
            search.save_synonyms(current_user, form.words.data, group_id, form.version.data)
            flash_done(_("Saved; searches use it from now on"))
            return go_to("search.synonyms")
        except Invalid as error:
            form.attach(error)
    return render("search/synonym_group.html", form=form, group=group, status=422 if form.errors else 200)


@bp.post("/search/synonyms/<uuid:group_id>/remove")
@needs("search.words")
def remove_synonyms(group_id):
    """Forget a group."""
    words = search.get_synonyms(current_user, group_id).words
    search.remove_synonyms(current_user, group_id)
    flash_done(_("Removed: %(words)s", words=", ".join(words)))
    return go_to("search.synonyms")
