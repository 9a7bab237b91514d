"""Reading the log. Who reads it leaves a record too."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.audit import policy
from portal.audit.models import AuditCheckpoint, AuditRecord, AuditVerification
from portal.audit.service.recording import record, record_reading
from portal.audit.service.verifying import latest_verification
from portal.kernel import access, clock
from portal.kernel.db import db, reading
from portal.kernel.errors import NotFound, ensure
from portal.kernel.i18n import _
from portal.kernel.web import Page, cursor_page

_NEWEST_FIRST = (AuditRecord.at.desc(), AuditRecord.id.desc())
_EXPORT_PAGE = 1000
_MOST_ABOUT_PERSON = 200


@dataclass(frozen=True)
class RecordFilters:
    """What of the log to list; empty means all. `since` and `until` are dates in Riga, both inclusive.
    person: part of a name; object: part of a label; the ids are exact."""

    person: str = ""
    person_id: str = ""
    action: str = ""
    object: str = ""
    object_kind: str = ""
    object_id: str = ""
    since: date | None = None
    until: date | None = None
    result: str = ""

    def named(self):
        """The filters that are set."""
        return {item.name: getattr(self, item.name) for item in fields(self) if getattr(self, item.name)}


@dataclass(frozen=True)
class LogState:
    """The seal of the log: how many records are sealed and until when, how many wait, and the newest verification."""

    records: int
    sealed_until: datetime | None
    waiting: int
    verification: AuditVerification | None


def list_records(actor, filters=None, after=None, size=50) -> Page:
    """A page of records, newest first. after: the cursor of the page before. Raises Forbidden."""
    ensure(policy.can_read(actor))
    filters = filters or RecordFilters()
    page = cursor_page(_matching(filters), _NEWEST_FIRST, size=size, cursor=after)
    record(actor, "audit.read", object_kind="audit_record", new=filters.named() or None)
    return page


def list_for(actor, kind, object_id) -> list[AuditRecord]:
    """The history of one object, oldest first, for those who may see the object.
    Readings and refusals are the auditor's to see. Raises NotFound when the actor may not see the object."""
    query = sa.select(AuditRecord).where(AuditRecord.object_kind == kind, AuditRecord.object_id == str(object_id))
    if not policy.can_read(actor):
        if not _can_see(actor, kind, object_id):
            raise NotFound(_("There is no such thing, or you may not see it"))
        query = query.where(AuditRecord.result == "ok", AuditRecord.action.not_like("%.read"))
    return list(db.session.scalars(query.order_by(AuditRecord.at, AuditRecord.id)))


def opened_by(actor, kinds, most=40) -> list[tuple[str, uuid.UUID]]:
    """(kind, id) of the things of these kinds that the actor has opened in the last 30 days, the latest first. The
    person's own doings, for the person alone."""
    rows = db.session.execute(
        sa.select(AuditRecord.action, AuditRecord.object_id)
        .where(
            AuditRecord.person_id == str(actor.person_id),
            AuditRecord.at >= clock.now() - timedelta(days=30),
            AuditRecord.action.in_([f"{kind}.read" for kind in kinds]),
        )
        .order_by(*_NEWEST_FIRST)
        .limit(10 * most)
    )
    found = dict.fromkeys((action.removesuffix(".read"), object_id) for action, object_id in rows if object_id)
    return [(kind, uuid.UUID(object_id)) for kind, object_id in list(found)[:most]]


def about_person(actor, since) -> list[AuditRecord]:
    """What others saw or changed of the actor's own data since a moment, newest first (LAW-158): records about the
    person, and of nobody else's doing but people's."""
    return list(
        db.session.scalars(
            sa.select(AuditRecord)
            .where(
                AuditRecord.object_kind == "person",
                AuditRecord.object_id == str(actor.person_id),
                AuditRecord.person_id.is_not(None),
                AuditRecord.person_id != str(actor.person_id),
                AuditRecord.at >= since,
            )
            .order_by(*_NEWEST_FIRST)
            .limit(_MOST_ABOUT_PERSON)
        )
    )


def get_record(actor, record_id) -> AuditRecord:
    """One record with its values; the reading is recorded, with its purpose. Raises Forbidden, NotFound."""
    ensure(policy.can_read(actor))
    row = db.session.get(AuditRecord, record_id)
    if row is None:
        raise NotFound(_("There is no such record"))
    record_reading(actor, "audit.record_read", row)
    return row


def iter_records(actor, filters=None) -> Iterator[AuditRecord]:
    """All matching records, newest first, for an export; a page of them is in memory at a time. Raises Forbidden."""
    ensure(policy.can_read(actor))
    filters = filters or RecordFilters()
    record(actor, "audit.exported", object_kind="audit_record", new=filters.named() or None)
    return _pages(filters)


def state(actor) -> LogState:
    """The seal of the log in figures. Raises Forbidden."""
    ensure(policy.can_read(actor))
    last = db.session.execute(
        sa.select(AuditCheckpoint.size, AuditCheckpoint.made_at).order_by(AuditCheckpoint.size.desc()).limit(1)
    ).one_or_none()
    waiting = db.session.scalars(
        sa.select(sa.func.count()).select_from(AuditRecord).where(AuditRecord.leaf_index.is_(None))
    ).one()
    return LogState(last.size if last else 0, last.made_at if last else None, waiting, latest_verification())


def _pages(filters):
    """Page after page in sessions of their own: the response goes on after the request's session has ended."""
    query, last = _matching(filters).order_by(*_NEWEST_FIRST).limit(_EXPORT_PAGE), None
    while True:
        with reading(), Session(db.engine) as session:
            beyond = sa.tuple_(AuditRecord.at, AuditRecord.id) < sa.tuple_(*last) if last else sa.true()
            rows = session.scalars(query.where(beyond)).all()
        yield from rows
        if len(rows) < _EXPORT_PAGE:
            return
        last = [sa.literal(rows[-1].at, AuditRecord.at.type), sa.literal(rows[-1].id, AuditRecord.id.type)]


def _matching(filters):
    query = sa.select(AuditRecord)
    exact = ("person_id", "action", "object_kind", "object_id", "result")
    for name in exact:
        if value := getattr(filters, name):
            query = query.where(getattr(AuditRecord, name) == value)
    if filters.person:
        query = query.where(AuditRecord.person_name.icontains(filters.person, autoescape=True))
    if filters.object:
        query = query.where(AuditRecord.label.icontains(filters.object, autoescape=True))
    if filters.since:
        query = query.where(AuditRecord.at >= clock.at_local(filters.since))
    if filters.until:
        query = query.where(AuditRecord.at < clock.at_local(filters.until + timedelta(days=1)))
    return query


def _can_see(actor, kind, object_id):
    """Seeing the object opens its history; only objects whose rows say who may see them can be asked so."""
    model = next((m.class_ for m in db.Model.registry.mappers if m.class_.__tablename__ == kind), None)
    if model is None or not hasattr(model, "access_set_id"):
        return False
    try:
        row = db.session.get(model, uuid.UUID(str(object_id)))
    except ValueError:
        return False
    return row is not None and access.can_see(actor, row)
