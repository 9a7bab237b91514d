"""A vote by show of hands or on paper: the members of a counting commission enter it by name, each alone; what agrees
is stored as the members' votes (LAW-34, 37: every vote is named)."""

import secrets
import uuid

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council.models import Ballot, BallotKind, BallotTeller, BallotWay, Choice, Matter, Session, Vote
from portal.council.service import attendance, bodies
from portal.council.service.reading import get_ballot
from portal.council.service.voting import blocked_ids, seal_of
from portal.council.shapes import CountLine, CountView
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid
from portal.kernel.i18n import _, in_language
from portal.kernel.live import publish

NOT_VOTED = "-"


def count_view(actor, ballot_id):
    """What the commission enters and has entered. A teller sees the sheets of others only once the own is entered,
    everybody else only after the closing. Raises NotFound, Conflict for a vote on tablets."""
    ballot, session, matter = _counted(actor, ballot_id)
    tellers = _tellers(ballot.id)
    mine = next((teller for teller in tellers if teller.person_id == actor.person_id), None)
    voters = attendance.present_ids(session, ballot.closed_at) - blocked_ids(matter)
    names = identity.names_of(voters | {teller.person_id for teller in tellers})
    open_to_me = not ballot.is_open or (mine is not None and mine.marks is not None)
    entered = [teller for teller in tellers if teller.marks is not None]
    differ = differing(tellers)
    words = {str(option.id): option.name for option in ballot.options}
    lines = [
        CountLine(
            person,
            mark=(mine.marks.get(str(person.id)) if mine and mine.marks else None),
            differs=str(person.id) in differ and open_to_me,
            sheets=[teller.marks.get(str(person.id), NOT_VOTED) for teller in entered] if open_to_me else [],
        )
        for person in bodies.named(voters, names)
    ]
    return CountView(
        ballot=ballot,
        session=session,
        matter=matter,
        tellers=[(bodies.named([t.person_id], names)[0], t.entered_at) for t in tellers],
        entered=bodies.named([t.person_id for t in entered], names),
        mine=mine is not None,
        lines=lines,
        words=words,
        stored=_is_stored(ballot.id),
    )


def enter_sheet(actor, ballot_id, marks):
    """One member of the commission enters what he or she counted. Returns True when all sheets agree and the votes are
    stored. marks: {member id: choice, id of a candidate's option, or "-" for who did not vote}, for every voter.

    Raises Forbidden for who is not of the commission, Conflict when the votes are stored already, Invalid."""
    get_ballot(actor, ballot_id)
    ballot = db.session.scalar(
        sa.select(Ballot).where(Ballot.id == ballot_id).with_for_update().execution_options(populate_existing=True)
    )
    ballot, session, matter = _counted(actor, ballot_id)
    tellers = _tellers(ballot.id)
    mine = next((teller for teller in tellers if teller.person_id == actor.person_id), None)
    if mine is None or actor.on_behalf_of_id:
        raise Forbidden(_("The votes are entered by the members of the counting commission."))
    if not ballot.is_open or _is_stored(ballot.id):
        raise Conflict(_("The count is complete already."))
    voters = {str(who) for who in attendance.present_ids(session) - blocked_ids(matter)}
    marks = {str(who): str(mark) for who, mark in marks.items()}
    if set(marks) != voters:
        raise Invalid(_("Enter something for every member who is present"), field="marks")
    allowed = {NOT_VOTED, *(str(choice) for choice in Choice)}
    if ballot.kind == BallotKind.CANDIDATES:
        allowed = (allowed - {str(Choice.FOR)}) | {str(option.id) for option in ballot.options}
    if not set(marks.values()) <= allowed:
        raise Invalid(_("Choose a vote from the list"), field="marks")
    mine.marks, mine.entered_at = marks, clock.now()
    db.session.flush()
    audit.record(actor, "council.count_entered", ballot, label=ballot.question or matter.title)
    done = all(teller.marks is not None for teller in tellers) and not differing(tellers)
    if done:
        _store(actor, ballot, matter, tellers)
    publish(f"session:{session.id}", "entry")
    return done


def differing(tellers):
    """Ids (text) of members whom the entered sheets do not mark alike."""
    sheets = [teller.marks for teller in tellers if teller.marks is not None]
    return {who for sheet in sheets for who in sheet if len({one.get(who, NOT_VOTED) for one in sheets}) > 1}


def _store(actor, ballot, matter, tellers):
    names = identity.names_of({teller.person_id for teller in tellers})
    with in_language("lv"):
        who = ", ".join(person.name for person in bodies.named(names, names))
        by_hands = ballot.way == BallotWay.HANDS
        reason = (
            _("Show of hands, counted by %(who)s", who=who) if by_hands else _("On paper, counted by %(who)s", who=who)
        )
    votes = []
    for member, mark in tellers[0].marks.items():
        if mark == NOT_VOTED:
            continue
        named = mark not in set(Choice)
        votes.append(
            Vote(
                ballot_id=ballot.id,
                member_id=uuid.UUID(member),
                choice=Choice.FOR if named else Choice(mark),
                option_id=uuid.UUID(mark) if named else None,
                cast_at=clock.now(),
                nonce=secrets.token_hex(16),
                entered_by_id=actor.person_id,
                entry_reason=reason[:300],
            )
        )
    db.session.add_all(votes)
    db.session.flush()
    audit.record(
        actor,
        "council.count_agreed",
        ballot,
        label=ballot.question or matter.title,
        new={"tellers": [str(teller.person_id) for teller in tellers], "seals": [seal_of(vote) for vote in votes]},
    )


def _counted(actor, ballot_id):
    ballot = get_ballot(actor, ballot_id)
    if ballot.way == BallotWay.TABLET:
        raise Conflict(_("This vote is given on tablets; nobody counts it."))
    return ballot, db.session.get_one(Session, ballot.session_id), db.session.get_one(Matter, ballot.matter_id)


def _tellers(ballot_id):
    found = sa.select(BallotTeller).where(BallotTeller.ballot_id == ballot_id).order_by(BallotTeller.id)
    return list(db.session.scalars(found))


def _is_stored(ballot_id):
    return bool(db.session.scalar(sa.select(Vote.id).where(Vote.ballot_id == ballot_id).limit(1)))
