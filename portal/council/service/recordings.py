"""The stream of a session and its recording: linked by time to the matters, published in five working days (LAW-57),
off the website after five years (LAW-58); a committee's is kept five years in the institution (LAW-66)."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.events import PublicChanged
from portal.council.models import ClosedPart, Recording, Session
from portal.council.service.reading import agenda_of, get_session
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.live import publish
from portal.workflow import service as workflow

KEPT_YEARS = 5
TYPES = {
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "webm": "video/webm",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
}


def recording_of(actor, session_id):
    """The Recording of a session that the actor may see, or None."""
    session = get_session(actor, session_id)
    return db.session.scalar(sa.select(Recording).where(Recording.session_id == session.id))


def set_recording(actor, session_id, *, stream_url="", link_url="", starts_at=None, name="", sha256=None, size=None):
    """Where the stream is, and the recording as a file (name, sha256, size) or a link. starts_at: the moment that its
    second 0 shows; by default the opening of the session. Raises Forbidden, Invalid naming the field."""
    session = get_session(actor, session_id)
    ensure(policy.can_prepare(actor))
    stream_url, link_url = _address(stream_url, "stream_url"), _address(link_url, "link_url")
    row = recording_of(actor, session_id)
    if row is None:
        row = Recording(session_id=session.id)
        db.session.add(row)
    if row.removed_at is not None:
        raise Conflict(_("The recording was removed; its term is over."))
    row.stream_url = stream_url
    if sha256 is not None:
        mime = TYPES.get(name.rpartition(".")[2].lower())
        if mime is None:
            raise Invalid(_("A recording is one of: %(kinds)s", kinds=", ".join(TYPES)), field="file")
        row.name, row.mime, row.sha256, row.size_bytes, row.link_url = name[:255], mime, sha256, size, None
        row.added_at, row.published_at, row.blank_parts = clock.now(), None, False
    elif link_url != row.link_url:
        row.link_url, row.added_at, row.published_at, row.blank_parts = link_url, clock.now(), None, False
        if link_url:
            row.name = row.mime = row.sha256 = row.size_bytes = None
    row.starts_at = starts_at or row.starts_at or session.opened_at
    db.session.flush()
    audit.record(actor, "council.recording_set", session, new={"stream": stream_url, "link": link_url, "file": name})
    announce(actor, PublicChanged(session_id=session.id))
    return row


def _address(text, field):
    text = (text or "").strip()
    if text and not text.startswith("https://"):
        raise Invalid(_("The address begins with https://"), field=field)
    return text[:500] or None


def publish_recording(actor, session_id, blank_parts=False):
    """Put the recording on the public pages (LAW-57). blank_parts: whoever publishes has made sure that the closed
    parts are silent and dark (LAW-19); without that a session with closed parts is refused."""
    session = get_session(actor, session_id)
    ensure(policy.can_prepare(actor))
    row = recording_of(actor, session_id)
    if row is None or not row.is_there:
        raise Conflict(_("First add the recording, as a file or a link."))
    if row.removed_at is not None:
        raise Conflict(_("The recording was removed; its term is over."))
    if not session.is_closed:
        raise Conflict(_("The recording is published after the session."))
    if not session.open_to_public:
        raise Conflict(_("The session was closed to the public; its recording is not published."))
    if closed_seconds(row) and not blank_parts:
        raise Invalid(
            _("Make sure that the closed parts cannot be heard or seen, and say so here (section 27(4))"), field="blank"
        )
    row.published_at, row.blank_parts = clock.now(), bool(blank_parts)
    row.remove_by_on = clock.add_months(clock.today(), 12 * KEPT_YEARS)
    db.session.flush()
    new = {"remove_by": row.remove_by_on.isoformat(), "blank_parts": row.blank_parts}
    audit.record(actor, "council.recording_published", session, new=new)
    workflow.complete_for(actor, "council_session", session.id, "council.recording")
    announce(actor, PublicChanged(session_id=session.id))
    publish(f"session:{session.id}", "public")
    return row


def ask_for_recording(actor, session_id):
    """A session is over: its recording is published within five working days (LAW-57), a committee's kept (LAW-66)."""
    session = db.session.get_one(Session, session_id)
    if session.opened_at is None:
        return
    title = _("Add the recording of %(session)s", session=str(session))
    if not session.body.is_committee:
        title = _("Publish the recording of %(session)s", session=str(session))
    due_on = rules.recording_by(clock.local(session.closed_at).date())
    committees, councils = _("Local Government Law, section 41(7)"), _("Local Government Law, section 38(6)")
    rule = committees if session.body.is_committee else councils
    workflow.add_task(
        actor, "council.recording", "council_session", session.id, title, role="secretary", due_on=due_on, detail=rule
    )


def remove_due():
    """Take recordings off the website whose five years are over (LAW-58). The institution keeps the bytes: when they
    go is for its filing plan to say. May run twice."""
    due = sa.select(Recording).where(Recording.remove_by_on <= clock.today(), Recording.removed_at.is_(None))
    for row in db.session.scalars(due.with_for_update()).all():
        row.removed_at = clock.now()
        db.session.flush()
        session = db.session.get_one(Session, row.session_id)
        audit.record(SYSTEM, "council.recording_removed", session, new={"since": row.published_at.isoformat()})
        announce(SYSTEM, PublicChanged(session_id=row.session_id))


# ── Times ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def marks_of(recording, agenda):
    """[(Matter, second)]: where each matter begins in the recording."""
    return [(one, second_of(recording, one.opened_at)) for one in agenda if one.opened_at and recording.starts_at]


def second_of(recording, moment):
    """The second of the recording at a moment; what was before its begin is its begin."""
    return max(0, round((moment - recording.starts_at).total_seconds()))


def closed_seconds(recording):
    """[[from, to]] in seconds: the closed parts, and matters closed as a whole."""
    if recording.starts_at is None:
        return []
    parts = list(
        db.session.execute(
            sa.select(ClosedPart.began_at, ClosedPart.ended_at).where(ClosedPart.session_id == recording.session_id)
        ).all()
    )
    parts += [
        (one.opened_at, one.decided_at)
        for one in agenda_of(recording.session_id)
        if one.closed_ground and one.opened_at and one.decided_at
    ]
    return sorted(
        [second_of(recording, began), second_of(recording, ended or clock.now())] for began, ended in parts if began
    )


def public_recording(session_id):
    """(sha256, size, mime, name) of a recording that is public now. Raises NotFound."""
    row = db.session.scalar(sa.select(Recording).where(Recording.session_id == session_id))
    if row is None or not row.is_public or row.sha256 is None:
        raise NotFound(_("There is no such file"))
    return row.sha256, row.size_bytes, row.mime, row.name


def own_recording(actor, session_id):
    """The same for those who work with the session, also before it is public."""
    row = recording_of(actor, session_id)
    if row is None or row.sha256 is None:
        raise NotFound(_("There is no such file"))
    return row.sha256, row.size_bytes, row.mime, row.name


def agenda(actor, session_id):
    """The matters of a session that the actor may see."""
    return agenda_of(get_session(actor, session_id).id)
