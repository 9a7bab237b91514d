"""The tablet as an app of its own, and how the desk sees all of them (13.2, 13.3)."""

import csv
import io
import uuid

from flask import Response, current_app, request, send_from_directory, url_for
from flask_login import current_user

from blueprints.council import bp
from blueprints.council.screens import answer, desk_page, health_of, on_tablet, session_of_ballot
from blueprints.council.voting import choice_typed
from portal.council import service as council
from portal.kernel import clock
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _, date_short
from portal.kernel.look import static_url
from portal.kernel.web import go_to, is_htmx, needs, public, render, undo_request


@bp.route("/tablet.webmanifest")
@public
def tablet_manifest():
    """What the browser needs to keep the tablet beside its other programs."""
    icons = [
        {"src": static_url(f"img/tablet-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    return {
        "name": _("Council tablet"),
        "short_name": _("Council"),
        "lang": "lv",
        "id": "/council/tablet",
        "start_url": url_for("council.my_tablet"),
        "scope": "/council/",
        "display": "standalone",
        "background_color": "#eef1f5",
        "theme_color": "#12304d",
        "icons": [*icons, {"src": static_url("img/tablet.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }, {"Content-Type": "application/manifest+json"}


@bp.route("/tablet-worker.js")
@public
def tablet_worker():
    """The part of the tablet that answers while there is no network. Its address decides what it may answer for."""
    response = send_from_directory(f"{current_app.static_folder}/js", "tablet-worker.js", mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.route("/tablet")
@needs("council.vote")
def my_tablet():
    """Where the tablet begins: the session that the member sits in now, or the list of sessions."""
    session = council.session_to_attend(current_user)
    return go_to("council.tablet", session_id=session.id) if session else go_to("council.home")


@bp.route("/sessions/<uuid:session_id>/beat", methods=["POST"])
@needs("council.vote")
def beat(session_id):
    """A tablet says that it is there, and how."""
    charging = request.form.get("charging")
    council.beat(
        current_user,
        session_id,
        way=request.form.get("way", "poll"),
        battery=request.form.get("battery", type=int),
        charging=None if charging in (None, "") else charging == "1",
        version=request.form.get("version"),
    )
    return "", 204


@bp.route("/sessions/<uuid:session_id>/health")
@needs("council.read")
def health(session_id):
    """The tablets at the desk; it asks anew every ten seconds."""
    view = health_of(session_id)
    return render("council/_health.html", health=view) if is_htmx() else go_to("council.desk", session_id=session_id)


@bp.route("/ballots/<uuid:ballot_id>/entry", methods=["POST"])
@needs("council.vote")
@on_tablet(session_of_ballot)
def answer_entry(ballot_id):
    """The member says whether the desk entered what he or she meant."""
    council.answer_entry(current_user, ballot_id, request.form.get("agreed") == "1")
    return answer(session_of_ballot(ballot_id), "tablet")


@bp.route("/ballots/<uuid:ballot_id>/enter-many", methods=["POST"])
@needs("council.prepare")
def enter_votes(ballot_id):
    """What the roll-call sheet says, entered at once: a choice beside each name, one reason for all."""
    typed = {name.removeprefix("vote-"): value for name, value in request.form.items() if name.startswith("vote-")}
    reason = request.form.get("reason", "")
    try:
        votes = {_member(who): choice_typed(choice) for who, choice in typed.items() if choice}
        council.enter_votes(current_user, ballot_id, votes, reason)
    except Invalid as error:
        undo_request()
        typed["reason"] = reason
        return desk_page(session_of_ballot(ballot_id), entry_problem=error.message, typed=typed, status=422)
    return answer(session_of_ballot(ballot_id), "desk")


def _member(text):
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Invalid(_("Choose from the list"), field="votes") from None


@bp.route("/sessions/<uuid:session_id>/rehearsal", methods=["POST"])
@needs("council.read")
def rehearsal(session_id):
    """A vote for trial begins or ends."""
    act = council.begin_rehearsal if request.form.get("on") == "1" else council.end_rehearsal
    act(current_user, session_id)
    return answer(session_id, "desk")


@bp.route("/sessions/<uuid:session_id>/rehearsal/vote", methods=["POST"])
@needs("council.vote")
@on_tablet(lambda session_id: session_id)
def rehearsal_vote(session_id):
    """A member tries the buttons."""
    council.try_vote(current_user, session_id, request.form.get("choice"))
    return answer(session_id, "tablet")


@bp.route("/sessions/<uuid:session_id>/roll-call.pdf")
@needs("council.prepare")
def roll_call(session_id):
    """The sheet to vote by when the tablets fail: names, and a column of choices for each matter left."""
    data = council.roll_call_sheet(current_user, session_id)
    response = Response(data, mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="balsojumu-lapa.pdf"'
    return response


@bp.route("/sessions/<uuid:session_id>/papers")
@needs("council.vote")
def papers(session_id):
    """Everything to read for a session on one page, with own notes; it opens without a network, too."""
    session = council.get_session(current_user, session_id)
    return render(
        "council/papers.html",
        session=session,
        body=session.body,
        papers=council.papers_of(current_user, session_id),
        materials=council.materials_of(current_user, session_id),
        may_amend=any(one.id == current_user.person_id for one in council.members_in(session)),
    )


@bp.route("/matters/<uuid:matter_id>/my-note", methods=["POST"])
@needs("council.vote")
def note(matter_id):
    """A member's own note on a matter; the tablet saves it by itself and asks for JSON."""
    matter = council.get_matter(current_user, matter_id)
    saved = council.save_own_note(
        current_user, matter_id, request.form.get("text"), request.form.get("version", default=0, type=int)
    )
    if request.accept_mimetypes.best == "application/json":
        return {"text": saved.text, "version": saved.version}
    if matter.session_id is None:
        return go_to("council.matter", matter_id=matter_id)
    return go_to("council.papers", session_id=matter.session_id, _anchor=f"paper-{matter_id}")


@bp.route("/my-votes")
@needs("council.vote")
def my_votes():
    """The member's own voting record: filtered, page by page, or saved as a table."""
    filters = _record_filters()
    page = council.my_votes(current_user, filters, request.args.get("after"))
    more = is_htmx() and request.args.get("after")
    return render(
        "council/my_votes.html",
        partial="council/_my_vote_rows.html" if more else "council/_my_vote_table.html",
        page=page,
        filters=filters,
        counts=council.counts_of(current_user) if not more else {},
        years=council.years_of_my_votes(current_user) if not more else [],
        bodies=council.my_bodies(current_user) if not more else [],
    )


@bp.route("/my-votes.csv")
@needs("council.vote")
def my_votes_table():
    """The filtered record as a table for spreadsheets."""
    words = {"par": _("For"), "pret": _("Against"), "atturas": _("Abstained")}
    head = [_("Day"), _("Session"), _("Matter"), _("Question"), _("My vote"), _("Entered at the desk"), _("Result")]
    rows = [
        [
            date_short(vote.cast_at),
            str(session),
            matter.title,
            ballot.question or "",
            words[vote.choice],
            vote.entry_reason or "",
            "" if ballot.adopted is None else _("Adopted") if ballot.adopted else _("Rejected"),
        ]
        for vote, ballot, matter, session in council.all_my_votes(current_user, _record_filters())
    ]
    name = f"mani-balsojumi-{clock.today():%Y-%m-%d}.csv"
    return Response(
        "\ufeff" + "".join(_line(row) for row in [head, *rows]),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _line(values):
    out = io.StringIO()
    # a cell that begins like a formula would be run by the spreadsheet
    safe = [f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t") else value for value in values]
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(safe)
    return out.getvalue()


def _record_filters():
    filters = {name: request.args.get(name, "").strip() for name in ("choice", "year", "body")}
    if filters["body"]:
        filters["body"] = _member(filters["body"])
    return filters
