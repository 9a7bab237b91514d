"""Everything administration can do: the journal of incidents."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.admin import policy
from portal.admin.models import ENTER_WITHIN, Incident, IncidentKind, IncidentNote
from portal.audit import service as audit
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _
from portal.kernel.web import Page, cursor_page
from portal.storage import service as storage


def enter_incident(
    actor,
    title: str,
    kind: IncidentKind,
    detected_at: datetime,
    description: str,
    personal_data: bool = False,
    late_reason: str = "",
) -> Incident:
    """Put an incident into the journal. detected_at: aware; when somebody first knew of it.
    Raises Invalid("detected_at") for a moment to come, Invalid("late_reason") when it is entered more than 24 hours
    after it was detected and nothing says why. Rule: LAW-154 (MK397 47-48)."""
    ensure(policy.can_keep_incidents(actor))
    now = clock.now()
    if detected_at > now:
        raise Invalid(_("An incident cannot be detected in the future"), field="detected_at")
    if now - detected_at > ENTER_WITHIN and not late_reason.strip():
        raise Invalid(
            _("An incident is entered within 24 hours of its detection; say why this one comes later"),
            field="late_reason",
        )
    incident = Incident(
        title=title.strip(), kind=kind, description=description.strip(), personal_data=personal_data,
        detected_at=detected_at, entered_at=now, entered_by_id=actor.person_id, late_reason=late_reason.strip(),
    )  # fmt: skip
    db.session.add(incident)
    db.session.flush()
    audit.record(actor, "incident.entered", incident, new={"kind": kind.value, "detected_at": detected_at.isoformat()})
    return incident


def enter_use_of_sealed_account(_actor, person_id, session_id, name):
    """The account kept for emergencies signed in: an incident until somebody says what it was for."""
    enter_incident(
        SYSTEM, _("The sealed account %(name)s was used", name=name), IncidentKind.ACCESS, clock.now(),
        _("The portal entered this by itself. Find out who used the account and why, then close the incident."),
    )  # fmt: skip


def list_incidents(actor, after: str | None = None) -> Page:
    """A Page of the journal, the newest entry first; after: the cursor of the page before."""
    ensure(policy.can_read_incidents(actor))
    return cursor_page(sa.select(Incident), [Incident.id.desc()], cursor=after)


def get_incident(actor, incident_id: UUID) -> Incident:
    """An entry with its notes. Raises NotFound."""
    ensure(policy.can_read_incidents(actor))
    query = sa.select(Incident).where(Incident.id == incident_id).options(selectinload(Incident.notes))
    incident = db.session.scalar(query)
    if incident is None:
        raise NotFound(_("There is no such incident"))
    return incident


def writers_of(incident) -> dict[UUID, str]:
    """Names of those who entered the incident and its notes, by id."""
    ids = {incident.entered_by_id, *(note.by_id for note in incident.notes)} - {None}
    return identity.names_of(ids)


def note_incident(actor, incident_id: UUID, text: str, close: bool = False) -> Incident:
    """Add what was found or done; close: nothing is left to do. Raises Conflict when it is closed already."""
    ensure(policy.can_keep_incidents(actor))
    incident = get_incident(actor, incident_id)
    if incident.closed_at:
        raise Conflict(_("The incident is closed; enter a new one if it happens again"))
    now = clock.now()
    incident.notes.append(IncidentNote(text=text.strip(), at=now, by_id=actor.person_id))
    if close:
        incident.closed_at = now
    db.session.flush()
    audit.record(actor, "incident.closed" if close else "incident.noted", incident, new={"text": text.strip()})
    return incident


@dataclass(frozen=True)
class ParkedFile:
    """A file that could not be read, and the documents that have it: (id, number)."""

    sha256: str
    problem: str
    mime: str
    size_bytes: int
    read_at: datetime
    documents: list[tuple[UUID, str]]


@dataclass(frozen=True)
class ParkedFiles:
    """A page of them; causes: how many there are of each; waiting: how many wait for the recognition of their text."""

    rows: list[ParkedFile]
    causes: dict[str, int]
    waiting: int
    more: str


def parked_files(actor, cause="", after="") -> ParkedFiles:
    """Files that could not be read, of one cause or all. Raises Forbidden."""
    ensure(policy.can_see_parked_files(actor))
    found = storage.parked(cause, after)
    numbers = documents.numbers_with([text.sha256 for text, _size in found])
    rows = [
        ParkedFile(text.sha256, text.problem, text.mime, size, text.read_at, numbers.get(text.sha256, []))
        for text, size in found
    ]
    more = rows[-1].sha256 if len(rows) == storage.TEXTS_PAGE else ""
    return ParkedFiles(rows, storage.parked_causes(), storage.waiting_to_be_recognised(), more)


def read_files_again(actor, sha256="", cause="") -> int:
    """Have one parked file, or all of a cause, read once more. Returns how many. Raises Forbidden."""
    ensure(policy.can_see_parked_files(actor))
    count = storage.read_again(actor, sha256=sha256 or None, cause=cause)
    if count:
        audit.record(
            actor, "text.read_again", object_kind="blob", object_id=sha256 or cause, label=sha256 or cause,
            new={"files": count},
        )  # fmt: skip
    return count


def set_file_aside(actor, sha256):
    """Say that a parked file will never be read. Raises Forbidden, Conflict."""
    ensure(policy.can_see_parked_files(actor))
    row = storage.set_aside(sha256)
    if row is None:
        raise Conflict(_("The file does not wait any more; open the list again"))
    audit.record(actor, "text.set_aside", object_kind="blob", object_id=sha256, label=sha256, new={"cause": row.cause})
