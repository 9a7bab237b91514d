"""Regulations in force with their wording, and drafts on which everybody may give an opinion (LAW-72, 169)."""

from flask import request
from wtforms import StringField, TextAreaField

from blueprints.public import bp
from portal.council import regulations as law
from portal.council import service as council
from portal.kernel import clock
from portal.kernel.errors import Conflict, Forbidden, Invalid
from portal.kernel.forms import BaseForm, InputRequired, Length
from portal.kernel.i18n import _, _l
from portal.kernel.web import flash_done, go_to, public, render


class OpinionForm(BaseForm):
    name = StringField(_l("Name and surname or organisation"), [InputRequired(), Length(max=160)])
    text = TextAreaField(_l("Your opinion"), [InputRequired(), Length(max=10000)], render_kw={"rows": 8})
    website = StringField(_l("Leave this empty"))  # people do not see it; programmes that fill everything in do


@bp.route("/regulations")
@public
def regulations():
    """The regulations that are in force today."""
    words = request.args.get("q", "").strip()[:200]
    return render(
        "public/regulations.html",
        page=council.regulations_in_force(words, request.args.get("after")),
        words=words,
        consultations=council.open_consultations(),
    )


@bp.route("/regulations/<uuid:regulation_id>")
@public
def regulation(regulation_id):
    """One regulation: its wording, its note, where it was published."""
    found = council.published_regulation(regulation_id)
    return render("public/regulation.html", regulation=found, sections=law.NOTE, today=clock.today())


@bp.route("/consultations/<uuid:regulation_id>", methods=["GET", "POST"])
@public
def consultation(regulation_id):
    """A draft with its note, and the form for an opinion while the term runs."""
    found = council.get_consultation(regulation_id)
    form = OpinionForm()
    if form.validate_on_submit():
        try:
            if not form.website.data:
                council.send_opinion(regulation_id, form.name.data, form.text.data, request.remote_addr or "")
            flash_done(_("Thank you: your opinion is stored. The answer will stand in the explanatory note."))
            return go_to("public.consultation", regulation_id=regulation_id)
        except (Invalid, Conflict, Forbidden) as error:
            form.attach(error)
    return render(
        "public/consultation.html",
        regulation=found,
        sections=law.NOTE,
        open=found.since <= clock.today() <= found.until,
        form=form,
        status=422 if form.errors else 200,
    )
