"""Numbers of a register: kept back for paper work, given later, missing and why (12.2, LAW-79)."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.models import Annulment, Document, NumberNote, NumberReservation, RegisterCounter
from portal.documents.service import registers
from portal.kernel import clock
from portal.kernel.access import visible_to
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.i18n import _

MOST_RESERVED = 500
RESERVED, NOTED, UNEXPLAINED = "reserved", "noted", "unexplained"


def reserve(actor, register_id, count, reason):
    """Keep back the next `count` numbers of this year for paper work. Returns the NumberReservation.
    Raises Forbidden, Invalid("count"), Invalid("reason")."""
    register = registers.get_register(actor, register_id)
    ensure(policy.can_register(actor, register))
    if not 1 <= (count or 0) <= MOST_RESERVED:
        raise Invalid(_("From 1 to %(most)s numbers at once", most=MOST_RESERVED), field="count")
    reason = _reason(reason)
    year = clock.today().year
    last = registers.take_number(register, year, count)
    kept = NumberReservation(
        register_id=register.id,
        year=year,
        first=last - count + 1,
        last=last,
        reason=reason,
        reserved_by_id=actor.person_id,
    )
    db.session.add(kept)
    db.session.flush()
    new = {"first": kept.first, "last": last, "year": year}
    audit.record(actor, "register.numbers_reserved", register, new=new, reason=reason)
    return kept


def explain(actor, register_id, year, first, last, reason):
    """Note why numbers were never given to a document; they are not given any more.
    Raises Forbidden, Invalid("first") when one of them is used or was not reached yet, Invalid("reason")."""
    register = registers.get_register(actor, register_id)
    ensure(policy.can_register(actor, register))
    reason = _reason(reason)
    if not 1 <= first <= last <= _last_given(register.id, year, lock=True) or last - first >= MOST_RESERVED:
        raise Invalid(_("These are no numbers that the register has given or kept back"), field="first")
    used = set(_used(register.id, year, first, last)) | {n.seq for n in _notes(register.id, year, first, last)}
    missing = [seq for seq in range(first, last + 1) if seq not in used]
    if not missing:
        raise Invalid(_("No number among these is missing without a reason"), field="first")
    db.session.add_all(
        NumberNote(register_id=register.id, year=year, seq=seq, reason=reason, noted_by_id=actor.person_id)
        for seq in missing
    )
    db.session.flush()
    audit.record(
        actor,
        "register.numbers_explained",
        register,
        new={"first": missing[0], "last": missing[-1], "year": year},
        reason=reason,
    )


def take_reserved(register, year, seq):
    """Give a number that was kept back. Raises Invalid("reserved") when it was not, or is taken or written off."""
    _last_given(register.id, year, lock=True)  # two clerks cannot take the same one
    kept = db.session.scalar(
        sa.select(NumberReservation.id).where(
            NumberReservation.register_id == register.id,
            NumberReservation.year == year,
            NumberReservation.first <= seq,
            NumberReservation.last >= seq,
        )
    )
    if kept is None or _used(register.id, year, seq, seq) or _notes(register.id, year, seq, seq):
        raise Invalid(_("This number is not kept back any more; choose another one"), field="reserved")
    return seq


@dataclass(frozen=True)
class Gap:
    """Numbers in a row that no document has, for one reason."""

    first: int
    last: int
    kind: str
    reason: str
    by_id: object
    at: datetime | None

    @property
    def count(self):
        return self.last - self.first + 1


@dataclass(frozen=True)
class Numbers:
    """What became of a register's numbers in a year. annulled: (Document or None, seq, number, Annulment)."""

    last: int
    used: int
    gaps: list
    annulled: list
    reservations: list


def numbers_of(actor, register_id, year):
    """The Numbers of a register in a year. Raises NotFound."""
    register = registers.get_register(actor, register_id)
    last = _last_given(register.id, year)
    return Numbers(
        last=last,
        used=db.session.scalar(
            sa.select(sa.func.count()).where(Document.register_id == register.id, Document.year == year)
        ),
        gaps=_gaps(register.id, year, last),
        annulled=list(
            db.session.execute(
                sa.select(Document, Annulment)
                .join(Annulment, Annulment.document_id == Document.id)
                .where(Document.register_id == register.id, Document.year == year, visible_to(actor, Document))
                .order_by(Document.seq)
                .limit(MOST_RESERVED)
            )
        ),
        reservations=_reservations(register.id, year),
    )


def years_of(register_id):
    """Years in which the register has given numbers, newest first; the present one among them."""
    years = set(db.session.scalars(sa.select(RegisterCounter.year).where(RegisterCounter.register_id == register_id)))
    return sorted(years | {clock.today().year}, reverse=True)


def last_numbers(year):
    """{register id: the last number given in the year}."""
    rows = db.session.execute(
        sa.select(RegisterCounter.register_id, RegisterCounter.last).where(RegisterCounter.year == year)
    )
    return dict(rows.tuples().all())


def get_reservation(actor, reservation_id):
    """Raises NotFound."""
    kept = db.session.get(NumberReservation, reservation_id)
    if kept is None:
        raise NotFound(_("There is no such reservation of numbers"))
    return kept


def _gaps(register_id, year, last):
    notes = {note.seq: note for note in _notes(register_id, year, 1, last)}
    kept = _reservations(register_id, year)

    def why(seq):
        if seq in notes:
            note = notes[seq]
            return NOTED, note.reason, note.noted_by_id, None
        held = next((one for one in kept if one.first <= seq <= one.last), None)
        return (RESERVED, held.reason, held.reserved_by_id, held.reserved_at) if held else (UNEXPLAINED, "", None, None)

    found = []
    for first, end in _missing(register_id, year, last):
        for (kind, reason, by_id, at), numbers in groupby(range(first, end + 1), key=why):
            row = list(numbers)
            found.append(Gap(row[0], row[-1], kind, reason, by_id, at))
    return found


def _missing(register_id, year, last):
    """(first, last) of each row of numbers without a document: the database looks at neighbours only."""
    following = sa.func.lead(Document.seq).over(order_by=Document.seq)
    pairs = (
        sa.select(Document.seq.label("seq"), following.label("following"))
        .where(Document.register_id == register_id, Document.year == year)
        .subquery()
    )
    first = db.session.scalar(sa.select(sa.func.min(pairs.c.seq)))
    holes = []
    if (first or last + 1) > 1:
        holes.append((1, min((first or last + 1) - 1, last)))
    rows = db.session.execute(
        sa.select(pairs.c.seq, pairs.c.following)
        .where(sa.or_(pairs.c.following > pairs.c.seq + 1, pairs.c.following.is_(None)))
        .order_by(pairs.c.seq)
    )
    for seq, after in rows:
        end = (after or last + 1) - 1
        if end > seq:
            holes.append((seq + 1, end))
    return holes


def _used(register_id, year, first, last):
    return list(
        db.session.scalars(
            sa.select(Document.seq).where(
                Document.register_id == register_id, Document.year == year, Document.seq.between(first, last)
            )
        )
    )


def _notes(register_id, year, first, last):
    return list(
        db.session.scalars(
            sa.select(NumberNote).where(
                NumberNote.register_id == register_id, NumberNote.year == year, NumberNote.seq.between(first, last)
            )
        )
    )


def _reservations(register_id, year):
    return list(
        db.session.scalars(
            sa.select(NumberReservation)
            .where(NumberReservation.register_id == register_id, NumberReservation.year == year)
            .order_by(NumberReservation.first)
        )
    )


def _last_given(register_id, year, lock=False):
    query = sa.select(RegisterCounter.last).where(
        RegisterCounter.register_id == register_id, RegisterCounter.year == year
    )
    return db.session.scalar(query.with_for_update() if lock else query) or 0


def _reason(reason):
    reason = " ".join((reason or "").split())
    if not reason:
        raise Invalid(_("Fill in this field"), field="reason")
    if len(reason) > 500:
        raise Invalid(_("At most %(max)s characters; now %(size)s", max=500, size=len(reason)), field="reason")
    return reason
