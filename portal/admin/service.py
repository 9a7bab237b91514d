"""Everything administration can do: the journal of incidents."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.admin import policy
from portal.admin.models import ENTER_WITHIN, Incident, IncidentKind, IncidentNote
from portal.audit import service as audit
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _
from portal.kernel.web import Page, cursor_page


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
