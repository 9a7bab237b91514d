"""From the signed paper to the public: what is covered, publishing and taking back, the recording (LAW-56 to 58)."""

from flask import Response, request
from flask_login import current_user

from blueprints.council import bp
from blueprints.documents.files import disposition
from portal.council import service as council
from portal.kernel import clock
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render
from portal.storage import service as storage

_ROWS = 5  # empty rows to mark more
_KINDS = "<any(decision, minutes):kind>"


def ranged(sha256, size, mime, name, *, inline):
    """The bytes of a blob, whole or the one range that was asked for."""
    start, end, status = 0, size, 200
    headers = {
        "Content-Type": mime,
        "Content-Disposition": disposition(name, inline=inline),
        "Accept-Ranges": "bytes",
        "ETag": f'"{sha256}"',
    }
    asked = request.range
    if asked is not None and asked.units == "bytes" and len(asked.ranges) == 1:
        span = asked.range_for_length(size)
        if span is None:
            return Response(status=416, headers={"Content-Range": f"bytes */{size}"})
        (start, end), status = span, 206
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return Response(status=status, headers=headers)
    return Response(storage.iter_range(sha256, start, end), status=status, headers=headers, direct_passthrough=True)


# ── Covering ──────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get(f"/papers/{_KINDS}/<uuid:paper_id>/public")
@needs("council.prepare")
def public_paper(kind, paper_id):
    """What the public does not see of a paper, what it looks like then, and whether it is published."""
    return _page(kind, paper_id)


def _page(kind, paper_id, covers=None, problem="", status=200):
    paper = council.paper_of(current_user, kind, paper_id)
    history = council.redactions_of(kind, paper_id)
    latest = next((one for one in history if one.refused_reason is None), None)
    if covers is None:
        covers = latest.covers if latest else council.suggest(current_user, kind, paper_id)
    return render(
        "council/public_paper.html",
        kind=kind,
        paper=paper,
        covers=covers,
        spare=range(len(covers), len(covers) + _ROWS),
        history=history,
        latest=latest,
        names=council.names_in(history),
        preview=council.covered(council.words_of(paper), covers),
        publication=council.publication_of(kind, paper_id),
        alone=council.procedure_choices().own_redaction,
        problem=problem,
        status=status,
    )


def _typed():
    form, found = request.form, []
    for n in range(len(form.getlist("text"))):
        text, reason = form.getlist("text")[n].strip(), form.getlist("reason")[n].strip()
        if text:
            found.append({"text": text, "reason": reason})
    return found


@bp.post(f"/papers/{_KINDS}/<uuid:paper_id>/covers")
@needs("council.prepare")
def mark_covers(kind, paper_id):
    """Propose what is covered; with `look` only show what it would look like."""
    covers = _typed()
    if request.form.get("look"):
        return _page(kind, paper_id, covers)
    try:
        row = council.mark_covers(current_user, kind, paper_id, covers)
    except Invalid as error:
        return _page(kind, paper_id, covers, error.message, 422)
    flash_done(_("The marking is approved") if row.approved_at else _("The marking waits for a second person"))
    return go_to("council.public_paper", kind=kind, paper_id=paper_id)


@bp.post(f"/papers/{_KINDS}/<uuid:paper_id>/covers/<uuid:redaction_id>")
@needs("council.prepare")
def settle_covers(kind, paper_id, redaction_id):
    """A second person approves the marking or not."""
    try:
        if request.form.get("answer") == "approve":
            council.approve_covers(current_user, redaction_id)
            flash_done(_("The marking is approved"))
        else:
            council.refuse_covers(current_user, redaction_id, request.form.get("reason", ""))
            flash_done(_("The marking is not approved"))
    except (Conflict, Invalid) as error:
        return _page(kind, paper_id, problem=error.message, status=error.status)
    return go_to("council.public_paper", kind=kind, paper_id=paper_id)


@bp.post(f"/papers/{_KINDS}/<uuid:paper_id>/publish")
@needs("council.prepare")
def publish_paper(kind, paper_id):
    """Put the paper on the public pages."""
    try:
        council.publish_paper(current_user, kind, paper_id)
    except Conflict as error:
        return _page(kind, paper_id, problem=error.message, status=error.status)
    flash_done(_("The paper is public"))
    return go_to("council.public_paper", kind=kind, paper_id=paper_id)


@bp.post(f"/papers/{_KINDS}/<uuid:paper_id>/withdraw")
@needs("council.prepare")
def withdraw_paper(kind, paper_id):
    """Take the paper off the public pages."""
    try:
        council.withdraw_paper(current_user, kind, paper_id, request.form.get("reason", ""))
    except (Conflict, Invalid) as error:
        return _page(kind, paper_id, problem=error.message, status=error.status)
    flash_done(_("The paper is no longer public"))
    return go_to("council.public_paper", kind=kind, paper_id=paper_id)


# ── Opinions and corrections ──────────────────────────────────────────────────────────────────────────────────────


@bp.post("/minutes/<uuid:minutes_id>/additions")
@needs("council.read")
def add_to_minutes(minutes_id):
    """A member's written opinion (LAW-55), or a correction by the secretary."""
    form = request.form
    n = int(form["matter"]) if form.get("matter", "").isdigit() else None
    try:
        if form.get("kind") == "correction":
            council.add_correction(current_user, minutes_id, form.get("text"), n)
        else:
            council.add_opinion(current_user, minutes_id, n, form.get("text"))
    except (Conflict, Invalid) as error:
        from blueprints.council.minutes import page

        return page(minutes_id, problem=error.message, status=error.status)
    flash_done(_("It joined the minutes"))
    return go_to("council.minutes", minutes_id=minutes_id)


# ── Recording ─────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/sessions/<uuid:session_id>/recording", methods=["GET", "POST"])
@needs("council.prepare")
def recording(session_id):
    """The stream's address, and the recording as a file or a link, tied by time to the matters."""
    if request.method == "GET":
        return _recording_page(session_id)
    form, upload = request.form, request.files.get("file")
    try:
        kept = {}
        if upload is not None and upload.filename:
            blob = storage.put(current_user, upload.stream, name=upload.filename)
            kept = {"name": upload.filename, "sha256": blob.sha256, "size": blob.size_bytes}
        council.set_recording(
            current_user,
            session_id,
            stream_url=form.get("stream_url", ""),
            link_url=form.get("link_url", ""),
            starts_at=_moment(session_id, form.get("starts_at", "")),
            **kept,
        )
    except (Conflict, Invalid) as error:
        return _recording_page(session_id, {error.field or "form": error.message}, error.status)
    flash_done(_("The recording is stored"))
    return go_to("council.recording", session_id=session_id)


def _moment(session_id, text):
    """A time of the session's day in Riga, or None for the opening."""
    if not text.strip():
        return None
    try:
        parts = [int(part) for part in text.strip().split(":")]
        hour, minute, second = (parts + [0])[:3]
        day = clock.local(council.get_session(current_user, session_id).planned_at).date()
        return clock.at_local(day, hour, minute) + clock.timedelta(seconds=second)
    except ValueError as error:
        raise Invalid(_("Type the time as 14:00:00"), field="starts_at") from error


def _recording_page(session_id, errors=None, status=200):
    row = council.recording_of(current_user, session_id)
    session = council.get_session(current_user, session_id)
    return render(
        "council/recording.html",
        session=session,
        recording=row,
        marks=council.marks_of(row, council.agenda(current_user, session_id)) if row else [],
        withheld=council.closed_seconds(row) if row else [],
        errors=errors or {},
        typed=request.form,
        status=status,
    )


@bp.post("/sessions/<uuid:session_id>/recording/publish")
@needs("council.prepare")
def publish_recording(session_id):
    """Put the recording on the public pages (LAW-57)."""
    try:
        council.publish_recording(current_user, session_id, request.form.get("blank") == "1")
    except (Conflict, Invalid) as error:
        return _recording_page(session_id, {error.field or "form": error.message}, error.status)
    flash_done(_("The recording is public"))
    return go_to("council.recording", session_id=session_id)


@bp.get("/sessions/<uuid:session_id>/recording/file")
@needs("council.prepare")
def recording_file(session_id):
    """The recording itself, for those who work with the session."""
    return ranged(*council.own_recording(current_user, session_id), inline=True)
