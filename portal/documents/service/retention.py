"""How long files are kept, what stops them from going, and which of them have come to their end (LAW-95..99)."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.models import (
    OPEN_ACTS,
    OPEN_STATES,
    ActState,
    DestructionAct,
    DestructionItem,
    Document,
    Dossier,
    FilingPlan,
    LegalHold,
    Retention,
)
from portal.documents.service.plans import get_dossier
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.i18n import _

LONG_YEARS = 10  # longer terms are long-term keeping (AL 1 p. 19, 22; LAW-175)
TRANSFER_YEARS = 15  # AL 6(1); LAW-99
TRANSFER_YEARS_ELECTRONIC = 5  # AL 6(2); LAW-99


def ends_on(dossier) -> date | None:
    """The first day on which the file may be chosen for destruction: counted from 1 January after it was closed, or
    after what its term waits for has happened (LAW-95; the start is our own choice, R282-26 sets none).
    None while it is open, kept permanently, or what it waits for has not happened."""
    if dossier.closed_on is None or dossier.retention in (None, Retention.PERMANENT):
        return None
    start = dossier.event_on if dossier.retention == Retention.EVENT else dossier.closed_on
    if start is None:
        return None
    return date(max(start, dossier.closed_on).year + 1 + dossier.retention_years, 1, 1)


def transfer_by(dossier) -> date | None:
    """Until when a permanently kept file is handed over: 5 years after it was closed when it is electronic, 15 on
    paper (LAW-99). None for others."""
    if dossier.closed_on is None or dossier.retention != Retention.PERMANENT:
        return None
    years = TRANSFER_YEARS if dossier.carrier == "paper" else TRANSFER_YEARS_ELECTRONIC
    return date(dossier.closed_on.year + years, 12, 31)


def keeping_class(dossier) -> str:
    """permanent, long or short."""
    if dossier.retention == Retention.PERMANENT:
        return "permanent"
    return "long" if (dossier.retention_years or 0) > LONG_YEARS else "short"


@dataclass(frozen=True)
class Kept:
    """A closed file: how much lies in it, and what is to become of it."""

    dossier: Dossier
    year: int
    documents: int
    open_documents: int
    first: date | None
    last: date | None
    ends_on: date | None
    transfer_by: date | None
    hold: str
    act: DestructionAct | None

    @property
    def is_due(self):
        """May it be chosen for destruction today?"""
        return bool(
            self.ends_on
            and self.ends_on <= clock.today()
            and not self.hold
            and not self.act
            and not self.open_documents
        )


def closed_files(actor, *, what="due", year=None) -> list[Kept]:
    """Closed files that are still here, in the order of years and indexes.
    what: `due` (the term has ended), `held`, `permanent`, or `all`. year: of the plan."""
    ensure(policy.can_plan(actor))
    query = (
        sa.select(Dossier, FilingPlan.year)
        .join(FilingPlan, FilingPlan.id == Dossier.plan_id)
        .where(
            Dossier.is_level.is_(False),
            Dossier.closed_on.is_not(None),
            Dossier.gone_on.is_(None),
            FilingPlan.year == year if year else sa.true(),
        )
        .order_by(FilingPlan.year, Dossier.place_key)
    )
    found = _with_content(list(db.session.execute(query).tuples()))
    wanted = {
        "due": lambda one: one.is_due,
        "held": lambda one: bool(one.hold),
        "permanent": lambda one: one.transfer_by is not None,
    }.get(what, lambda one: True)
    return [one for one in found if wanted(one)]


def described(dossier_ids: Iterable[uuid.UUID]) -> list[Kept]:
    """The same for these files, whatever their state. For this area, after its policy."""
    query = (
        sa.select(Dossier, FilingPlan.year)
        .join(FilingPlan, FilingPlan.id == Dossier.plan_id)
        .where(Dossier.id.in_(list(dossier_ids)))
        .order_by(FilingPlan.year, Dossier.place_key)
    )
    return _with_content(list(db.session.execute(query).tuples()))


def _with_content(rows):
    """Counts, holds and acts of the files, in three queries whatever their number."""
    ids = [dossier.id for dossier, _year in rows]
    counted = {
        row.dossier_id: row
        for row in db.session.execute(
            sa.select(
                Document.dossier_id,
                sa.func.count().label("documents"),
                sa.func.sum(sa.case((Document.state.in_(OPEN_STATES), 1), else_=0)).label("open"),
                sa.func.min(Document.received_on).label("first"),
                sa.func.max(Document.received_on).label("last"),
            )
            .where(Document.dossier_id.in_(ids))
            .group_by(Document.dossier_id)
        )
    }
    holds = dict(
        db.session.execute(
            sa.select(LegalHold.dossier_id, LegalHold.reason).where(
                LegalHold.dossier_id.in_(ids), LegalHold.lifted_at.is_(None)
            )
        )
        .tuples()
        .all()
    )
    acts = dict(
        db.session.execute(
            sa.select(DestructionItem.dossier_id, DestructionAct)
            .join(DestructionAct, DestructionAct.id == DestructionItem.act_id)
            .where(DestructionItem.dossier_id.in_(ids), DestructionAct.state.in_(OPEN_ACTS))
        )
        .tuples()
        .all()
    )
    found = []
    for dossier, year in rows:
        row = counted.get(dossier.id)
        found.append(
            Kept(
                dossier,
                year,
                row.documents if row else 0,
                int(row.open) if row else 0,
                row.first if row else None,
                row.last if row else None,
                ends_on(dossier),
                transfer_by(dossier),
                holds.get(dossier.id, ""),
                acts.get(dossier.id),
            )
        )
    return found


def get_kept(actor, dossier_id) -> Kept:
    """One file of the plans, whatever its state. Raises Forbidden, NotFound."""
    ensure(policy.can_plan(actor))
    return described([get_dossier(dossier_id).id])[0]


def holds_of(actor, dossier_id) -> list[LegalHold]:
    """All holds that a file has and had, the newest first. Raises Forbidden."""
    ensure(policy.can_plan(actor))
    query = sa.select(LegalHold).where(LegalHold.dossier_id == dossier_id).order_by(LegalHold.id.desc())
    return list(db.session.scalars(query))


def place_hold(actor, dossier_id, reason) -> LegalHold:
    """Keep a file from destruction. Raises Invalid("reason"), Conflict when it is gone or held already."""
    ensure(policy.can_plan(actor))
    dossier = get_dossier(dossier_id)
    reason = _said(reason)
    if dossier.gone_on:
        raise Conflict(_("The file is not here any more"))
    if db.session.scalar(
        sa.select(LegalHold.id).where(LegalHold.dossier_id == dossier_id, LegalHold.lifted_at.is_(None))
    ):
        raise Conflict(_("The file is kept from destruction already"))
    if db.session.scalar(
        sa.select(DestructionAct.id)
        .join(DestructionItem, DestructionItem.act_id == DestructionAct.id)
        .where(DestructionItem.dossier_id == dossier_id, DestructionAct.state == ActState.APPROVED)
    ):
        raise Conflict(_("The act is approved; the documents are being destroyed"))
    hold = LegalHold(dossier_id=dossier_id, reason=reason, placed_by_id=actor.person_id)
    db.session.add(hold)
    db.session.flush()
    audit.record(actor, "dossier.held", dossier, new={"reason": reason})
    return hold


def lift_hold(actor, dossier_id, reason):
    """The file need not be kept for anybody's sake any more. Raises Invalid("reason"), Conflict when it is not held."""
    ensure(policy.can_plan(actor))
    dossier = get_dossier(dossier_id)
    reason = _said(reason)
    hold = db.session.scalar(
        sa.select(LegalHold).where(LegalHold.dossier_id == dossier_id, LegalHold.lifted_at.is_(None))
    )
    if hold is None:
        raise Conflict(_("The file is not kept from destruction"))
    hold.lifted_at, hold.lifted_by_id, hold.lifted_reason = clock.now(), actor.person_id, reason
    db.session.flush()
    audit.record(actor, "dossier.hold_lifted", dossier, new={"reason": reason})


def note_event(actor, dossier_id, happened_on: date):
    """What the file's term waits for has happened. Raises Invalid("event_on"), Conflict when it waits for nothing."""
    ensure(policy.can_plan(actor))
    dossier = get_dossier(dossier_id)
    if dossier.retention != Retention.EVENT:
        raise Conflict(_("The term of this file does not wait for anything"))
    if happened_on > clock.today():
        raise Invalid(_("The day must not lie in the future"), field="event_on")
    old, dossier.event_on = dossier.event_on, happened_on
    db.session.flush()
    audit.record(
        actor, "dossier.event_noted", dossier,
        old={"event_on": old and old.isoformat()}, new={"event_on": happened_on.isoformat()},
    )  # fmt: skip


def _said(reason):
    reason = " ".join((reason or "").split())
    if not reason:
        raise Invalid(_("Give the reason"), field="reason")
    return reason[:500]
