"""How the members' tablets do, and what a member answers to a vote that the desk entered (13.2, 13.3).

A beat writes one small row that no other part of the system reads or locks."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.models import Ballot, EntryAnswer, Matter, Tablet, Vote
from portal.council.service import bodies
from portal.council.service.reading import get_ballot, get_session
from portal.council.service.rehearsals import may_rehearse, member_session, new_tablet, rehearsal_of
from portal.council.service.screens import members_of_session, open_one
from portal.council.shapes import HealthView, TabletLine
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, ensure
from portal.kernel.i18n import _
from portal.kernel.live import publish

QUIET_AFTER_S = 45  # two beats missed
LOW_BATTERY = 20  # per cent


def beat(actor, session_id, way="stream", battery=None, charging=None, version=None):
    """A tablet says how it does; who only looks on has none. battery: per cent, None where it is not told."""
    said = {
        "seen_at": clock.real_now(),
        "way": "stream" if way == "stream" else "poll",
        "battery": None if battery is None else max(0, min(100, battery)),
        "charging": charging,
        "version": (version or "")[:20] or None,
    }
    known = sa.update(Tablet).where(Tablet.session_id == session_id, Tablet.member_id == actor.person_id).values(said)
    if db.session.execute(known, execution_options={"synchronize_session": False}).rowcount:
        return
    try:
        session = member_session(actor, session_id)
    except Forbidden:
        return
    new_tablet(session, actor, **said)


def health_view(actor, session_id, version=None):
    """The tablets of a session as the desk sees them: who is in contact, how, and what is stored of whom.
    version: the mark of the program that tablets should run. Raises NotFound, Forbidden."""
    session = get_session(actor, session_id)
    ensure(policy.can_run(actor, session))
    ballot = open_one(
        db.session.scalars(sa.select(Ballot).where(Ballot.session_id == session.id, Ballot.closed_at.is_(None))).all()
    )
    matter = db.session.get(Matter, session.current_matter_id) if session.current_matter_id else None
    latest = {row.person_id: row for row in members_of_session(session, matter and matter.id, ballot and ballot.id)}
    names = identity.names_of(latest)
    tablets = {one.member_id: one for one in db.session.scalars(_tablets(session.id))}
    entered = _entered(ballot)
    blocks = matter is not None and rules.interest_blocks(matter.act_kind)
    now = clock.real_now()
    lines = [
        _line(row, names.get(row.person_id, ""), tablets.get(row.person_id), entered, blocks, now, version)
        for row in latest.values()
    ]
    rehearsal = rehearsal_of(session.id)
    return HealthView(
        session=session,
        ballot=ballot,
        lines=sorted(lines, key=lambda line: bodies.by_family_name(line.name)),
        waiting=[line for line in lines if line.waiting] if ballot else [],
        objections=[line.name for line in lines if line.entry == "objected"],
        rehearsal=rehearsal,
        may_enter=policy.can_enter_vote(actor, ballot),
        may_rehearse=may_rehearse(session),
    )


def _tablets(session_id):
    return sa.select(Tablet).where(Tablet.session_id == session_id)


def _entered(ballot):
    """member id -> "entered", "confirmed" or "objected", of the votes that the desk entered in this ballot."""
    if ballot is None:
        return {}
    rows = db.session.execute(
        sa.select(Vote.member_id, EntryAnswer.agreed)
        .outerjoin(EntryAnswer, EntryAnswer.vote_id == Vote.id)
        .where(Vote.ballot_id == ballot.id, Vote.entered_by_id.is_not(None))
    )
    return {who: "entered" if agreed is None else "confirmed" if agreed else "objected" for who, agreed in rows}


def _line(row, name, tablet, entered, blocks, now, version):
    age_s = int((now - tablet.seen_at).total_seconds()) if tablet else None
    present = row.arrived_at is not None and row.left_at is None
    recused = blocks and row.recusal_id is not None
    return TabletLine(
        id=row.person_id,
        name=name,
        present=present,
        voted=row.choice is not None,
        waiting=present and row.choice is None and not recused,
        entry=entered.get(row.person_id),
        seen_s=age_s,
        quiet=age_s is None or age_s > QUIET_AFTER_S,
        way=tablet.way if tablet else None,
        battery=tablet.battery if tablet else None,
        low=bool(tablet and tablet.battery is not None and tablet.battery <= LOW_BATTERY and not tablet.charging),
        charging=bool(tablet and tablet.charging),
        old=bool(tablet and version and tablet.version and tablet.version != version),
        tried=tablet.trial if tablet else None,
    )


# ── Votes entered at the desk ─────────────────────────────────────────────────────────────────────────────────────


def answer_entry(actor, ballot_id, agreed):
    """The member confirms the vote that the desk entered, or objects to it, while the vote is open. After an objection
    the member votes again, or the desk enters what was meant; until then the vote cannot be closed.
    Raises Conflict when nothing was entered or the vote is closed."""
    ballot = get_ballot(actor, ballot_id)
    mine = list(
        db.session.scalars(
            sa.select(Vote)
            .join(Ballot, Ballot.id == Vote.ballot_id)
            .where(
                sa.or_(Ballot.id == ballot.id, Ballot.lead_id == ballot.id),
                Vote.member_id == actor.person_id,
                Vote.entered_by_id.is_not(None),
            )
        )
    )
    if not mine:
        raise Conflict(_("The desk has entered no vote for you here."))
    locked = db.session.scalar(sa.select(Ballot.closed_at).where(Ballot.id == ballot.id).with_for_update(read=True))
    if locked is not None:
        raise Conflict(_("The vote is closed. Tell the chair, so that your objection is written into the minutes."))
    for vote in mine:
        answer = db.session.get(EntryAnswer, vote.id) or EntryAnswer(vote_id=vote.id)
        answer.agreed, answer.answered_at = bool(agreed), clock.now()
        db.session.add(answer)
    db.session.flush()
    matter = db.session.get_one(Matter, ballot.matter_id)
    audit.record(
        actor,
        "council.entry_confirmed" if agreed else "council.entry_objected",
        object_kind="ballot",
        object_id=ballot.id,
        label=ballot.question or matter.title,
        new={"member": str(actor.person_id)},
    )
    publish(f"session:{ballot.session_id}", "entry")
