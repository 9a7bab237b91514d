"""The live session through the services: votes of every kind, the counting commission, speakers, breaks, the chair."""

import pytest
import sqlalchemy as sa

from portal.council import service as council
from portal.council.models import (
    Attendance,
    Ballot,
    BallotKind,
    BallotWay,
    Choice,
    MatterState,
    Outcome,
    SpeechKind,
    Subject,
    Vote,
    VoteChange,
)
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid
from tests.council import factories as make


@pytest.fixture
def dome(app):
    return make.body(members=9)


def candidates(dome, *places):
    return [(dome.members[place].name, dome.members[place].person_id) for place in places]


def elect(dome, ballot, *places, none=()):
    """Members one after another vote for the candidate at this place of the ballot; `none`: who votes for nobody."""
    options = list(ballot.options)
    for member, place in zip(dome.members, places, strict=False):
        council.cast_vote(member, ballot.id, "par", options[place].id)
    for member in none:
        council.cast_vote(dome.members[member], ballot.id, "pret")
    return council.close_ballot(dome.chair, ballot.id)


@pytest.mark.req("13.3", "LAW-36", "LAW-37", "LAW-44", "LAW-161")
def test_election_goes_through_three_rounds_and_every_ballot_is_named(dome):
    """LAW-36, 37, 44, 161."""
    _session, (matter,) = make.opened(dome, subject=Subject.COUNCIL_CHAIR)
    council.open_matter(dome.chair, matter.id)
    with pytest.raises(Invalid) as refusal:  # candidates are deputies
        council.open_ballot(
            dome.chair, matter.id, kind="candidates", question="Vēlēšanas", candidates=[("Viesis", None)]
        )
    assert refusal.value.field == "candidates"
    first = council.open_ballot(
        dome.chair,
        matter.id,
        kind=BallotKind.CANDIDATES,
        question="Domes priekšsēdētāja vēlēšanas",
        candidates=candidates(dome, 0, 1, 2),
    )
    with pytest.raises(Invalid):
        council.cast_vote(dome.members[0], first.id, "par")  # for whom?
    result = elect(dome, first, 0, 0, 0, 1, 1, 1, 2, 2)  # 3, 3, 2 of nine: five are needed, counted from all deputies
    assert result.valid and not result.adopted and result.needed == 5 and matter.state == MatterState.OPEN
    assert [(one.votes, one.elected) for one in result.options] == [(3, False), (3, False), (2, False)]
    assert [who.id for who in result.options[2].voters] == [one.person_id for one in dome.members[6:8]]

    second = council.next_tour(dome.chair, first.id)
    assert second.tour == 2 and [one.name for one in second.options] == [one.name for one in dome.members[:2]]
    assert not elect(dome, second, 0, 0, 0, 0, 1, 1, 1, 1, none=[8]).adopted
    with pytest.raises(Invalid) as refusal:  # four to four: the law does not say who stands in the third round
        council.next_tour(dome.chair, second.id)
    assert refusal.value.field == "tie_reason"
    third = council.next_tour(dome.chair, second.id, [second.options[1].id], "Reglamenta 40. punkts: izloze")
    assert third.tour == 3 and third.repeat_reason and [one.name for one in third.options] == [dome.members[1].name]
    assert not elect(dome, third, 0, 0, 0, 0, none=[4, 5, 6]).adopted
    again = council.next_tour(dome.chair, third.id)  # a new election begins
    assert again.tour == 1
    result = elect(dome, again, 0, 0, 0, 0, 0)
    assert result.adopted and result.options[0].elected and matter.outcome == Outcome.ADOPTED
    assert dome.members[1].name in matter.draft_text and dome.members[1].name in result.why
    with pytest.raises(Conflict):
        council.next_tour(dome.chair, again.id)


@pytest.mark.req("13.3", "LAW-34")
def test_hands_are_counted_by_two_and_stored_by_name_once_both_counts_agree(dome):
    """LAW-34: every vote by name, also a show of hands."""
    _session, (matter,) = make.opened(dome, present=6)
    council.open_matter(dome.chair, matter.id)
    clerk, member = dome.secretary, dome.members[1]
    with pytest.raises(Invalid):
        council.open_ballot(dome.chair, matter.id, way=BallotWay.HANDS, tellers=[member.person_id])
    ballot = council.open_ballot(
        dome.chair, matter.id, way=BallotWay.HANDS, tellers=[member.person_id, clerk.person_id]
    )
    with pytest.raises(Conflict):
        council.cast_vote(dome.members[2], ballot.id, "par")
    seen = {str(one.person_id): "par" for one in dome.members[:4]}
    seen |= {str(dome.members[4].person_id): "pret", str(dome.members[5].person_id): "-"}
    with pytest.raises(Forbidden):
        council.enter_sheet(dome.chair, ballot.id, seen)
    with pytest.raises(Invalid):
        council.enter_sheet(clerk, ballot.id, dict(list(seen.items())[:3]))
    assert not council.enter_sheet(clerk, ballot.id, seen)
    view = council.count_view(member, ballot.id)
    assert view.mine and not any(line.sheets for line in view.lines)  # who counts does not see what the other counted
    assert not council.enter_sheet(member, ballot.id, seen | {str(dome.members[4].person_id): "par"})
    view = council.count_view(clerk, ballot.id)
    assert [line.person.id for line in view.lines if line.differs] == [dome.members[4].person_id]
    with pytest.raises(Conflict):
        council.close_ballot(dome.chair, ballot.id)
    assert council.enter_sheet(member, ballot.id, seen) and council.count_view(clerk, ballot.id).stored
    with pytest.raises(Conflict):
        council.enter_sheet(clerk, ballot.id, seen)
    result = council.close_ballot(dome.chair, ballot.id)
    assert (result.par, result.pret, result.atturas, result.adopted) == (4, 1, 0, True)
    assert [one.id for one in result.not_voted] == [dome.members[5].person_id]
    assert all("Rokas pacelšana" in why for why in db.session.scalars(sa.select(Vote.entry_reason)))


@pytest.mark.req("13.3", "LAW-36")
def test_paper_ballots_for_candidates_are_entered_by_name(dome):
    _session, (matter,) = make.opened(dome, subject=Subject.EXECUTIVE_DIRECTOR)
    council.open_matter(dome.chair, matter.id)
    tellers = [dome.members[1].person_id, dome.members[2].person_id]
    ballot = council.open_ballot(
        dome.chair,
        matter.id,
        kind="candidates",
        way="paper",
        question="Izpilddirektora iecelšana",
        candidates=[("Ilze Paraugs", None), ("Uldis Kalns", None)],
        tellers=tellers,
    )
    option = str(ballot.options[0].id)
    sheet = {str(one.person_id): option for one in dome.members[:5]}
    sheet |= {str(one.person_id): "pret" for one in dome.members[5:]}
    with pytest.raises(Invalid):
        council.enter_sheet(dome.members[1], ballot.id, {who: "par" for who in sheet})
    council.enter_sheet(dome.members[1], ballot.id, sheet)
    assert council.enter_sheet(dome.members[2], ballot.id, sheet)
    assert council.close_ballot(dome.chair, ballot.id).options[0].elected


@pytest.mark.req("13.3")
def test_package_gives_each_matter_its_own_result_and_ends_when_somebody_objects(dome):
    session, matters = make.opened(dome, matters=4)
    council.open_matter(dome.chair, matters[0].id)
    with pytest.raises(Conflict):  # not next to each other
        council.open_package(dome.chair, [matters[0].id, matters[2].id])
    objected = council.open_package(dome.chair, [matters[0].id, matters[1].id])
    council.cast_vote(dome.members[3], objected.id, "par")
    council.object_to_package(dome.members[4], objected.id)
    assert not objected.is_open and dome.members[4].name in objected.cancelled_reason
    assert matters[1].state == MatterState.PLACED

    council.declare_interest(dome.members[5], matters[0].id, "Nomnieks ir brālis")
    lead = council.open_package(dome.chair, [one.id for one in matters[:3]])
    follower = db.session.scalar(sa.select(Ballot).where(Ballot.lead_id == lead.id).limit(1))
    with pytest.raises(Conflict):
        council.cast_vote(dome.members[0], follower.id, "par")
    make.vote(dome, lead.id, par=range(6), pret=[6])  # the sixth has an interest in the first matter only
    with pytest.raises(Conflict):
        council.cast_vote(dome.members[5], lead.id, "pret")
    result = council.close_ballot(dome.chair, lead.id)
    assert (result.par, result.pret, [one.id for one in result.recused]) == (5, 1, [dome.members[5].person_id])
    assert [one.outcome for one in matters[:3]] == [Outcome.ADOPTED] * 3 and matters[3].state == MatterState.PLACED
    counts = db.session.scalars(sa.select(Ballot.par).where(Ballot.lead_id == lead.id)).all()
    assert counts == [6, 6]
    assert len(council.session_view(dome.chair, session.id).matters) == 4


@pytest.mark.req("13.3", "LAW-41")
def test_question_on_procedure_leaves_the_matter_open_and_only_votes_without_a_result_are_repeated(dome):
    """LAW-39 decides how to go on; LAW-41: a result on a draft is final."""
    _session, (matter,) = make.opened(dome)
    council.open_matter(dome.chair, matter.id)
    with pytest.raises(Invalid):
        council.open_ballot(dome.chair, matter.id, kind="procedure")
    asked = council.open_ballot(dome.chair, matter.id, kind="procedure", question="Beigt debates")
    make.vote(dome, asked.id, par=range(5), pret=[5, 6])
    assert council.close_ballot(dome.chair, asked.id).question == "Beigt debates"
    assert matter.state == MatterState.OPEN and matter.outcome is None
    wrong = council.open_ballot(dome.chair, matter.id)
    council.cancel_ballot(dome.chair, wrong.id, "Atklāts pārāk agri")
    with pytest.raises(Invalid):
        council.repeat_ballot(dome.chair, wrong.id, " ")
    again = council.repeat_ballot(dome.chair, wrong.id, "Deputāti gatavi")
    assert again.repeat_of_id == wrong.id and again.repeat_reason == "Deputāti gatavi"
    make.vote(dome, again.id, par=[0], pret=[1, 2])
    assert council.close_ballot(dome.chair, again.id).repeat_reason == "Deputāti gatavi"
    for ballot in (again, wrong):
        with pytest.raises(Conflict):
            council.repeat_ballot(dome.chair, ballot.id, "Vēlreiz")


@pytest.mark.req("13.3")
def test_mind_is_changed_until_closing_only_where_the_rules_of_procedure_say_so(dome):
    _session, matters = make.opened(dome, matters=2)
    council.set_procedure(dome.secretary, speech_minutes={"debate": 5}, change_vote=True)
    ballot = make.ballot(dome, matters[0])
    council.cast_vote(dome.members[1], ballot.id, "par")
    changed = council.cast_vote(dome.members[1], ballot.id, "pret")
    assert changed.choice == Choice.AGAINST and db.session.scalar(sa.select(VoteChange.choice)) == Choice.FOR
    result = council.close_ballot(dome.chair, ballot.id)
    assert (result.par, result.pret) == (0, 1)
    with pytest.raises(Conflict):
        council.cast_vote(dome.members[1], ballot.id, "par")
    db.session.commit()
    with pytest.raises(sa.exc.DBAPIError, match="never altered"):  # nor by any other way once it is closed
        db.session.execute(sa.text("UPDATE vote SET choice = 'par'"))
    db.session.rollback()


@pytest.mark.req("13.2")
def test_speakers_have_the_floor_one_by_one_with_the_limits_of_the_rules_of_procedure(dome, clock_at):
    _session, (matter,) = make.opened(dome)
    council.open_matter(dome.chair, matter.id)
    anna, bruno, cits = dome.members[1:4]
    debate = council.add_speaker(anna, matter.id, person_id=anna.person_id)
    second = council.add_speaker(bruno, matter.id, person_id=bruno.person_id, kind=SpeechKind.AGAINST)
    order = council.add_speaker(cits, matter.id, person_id=cits.person_id, kind="order")
    assert [one.id for one in _queue(dome)] == [order.id, debate.id, second.id]  # points of order come first
    council.move_speaker(dome.chair, second.id, up=True)
    assert [one.id for one in _queue(dome)] == [order.id, second.id, debate.id]
    with pytest.raises(Forbidden):
        council.give_floor(anna, debate.id)
    council.give_floor(dome.chair, order.id)
    assert order.limit_s == 60
    council.give_floor(dome.chair, second.id)
    assert order.ended_at and second.limit_s == 180 and council.session_view(dome.chair, _session.id).floor is second
    council.end_floor(bruno, second.id)
    council.give_floor(dome.chair, debate.id)
    ballot = council.open_ballot(dome.chair, matter.id)  # a vote ends the speech
    db.session.refresh(debate)
    assert debate.ended_at is not None and ballot.is_open


def _queue(dome):
    session = council.coming_sessions(dome.chair)[0]
    return [one for one in council.session_view(dome.chair, session.id).speakers if one.spoke_at is None]


@pytest.mark.req("13.2", "LAW-17", "LAW-19", "LAW-22", "LAW-28", "LAW-47", "LAW-51")
def test_course_of_a_session_breaks_closed_part_chair_and_joining_from_afar(dome):
    session, matters = make.opened(dome, matters=2, present=7)
    council.open_matter(dome.chair, matters[0].id)
    with pytest.raises(Invalid):
        council.pause_session(dome.chair, session.id, "Pusdienas", minutes=0)
    council.pause_session(dome.chair, session.id, "Pusdienas", minutes=30)
    assert council.break_of(session.id).minutes == 30
    council.resume_session(dome.chair, session.id)
    (taken,) = council.breaks_of(session.id)
    assert taken.ended_at and taken.reason == "Pusdienas"

    with pytest.raises(Invalid):
        council.begin_closed_part(dome.chair, session.id, "vajag")
    council.begin_closed_part(dome.chair, session.id, "private_life")
    assert council.hall_view(dome.chair, session.id).closed_part
    council.end_closed_part(dome.chair, session.id)
    assert council.closed_part_of(session.id) is None

    with pytest.raises(Forbidden):  # no clause of the statute is entered
        council.join_from_afar(dome.chair, session.id, dome.members[8].person_id, "Slimība")
    council.set_procedure(dome.secretary, speech_minutes={}, change_vote=False, remote_joining="Nolikuma 31. punkts")
    with pytest.raises(Forbidden):
        council.join_from_afar(dome.chair, session.id, dome.members[8].person_id, " ")
    council.join_from_afar(dome.chair, session.id, dome.members[8].person_id, "Slimība")
    ways = db.session.scalars(sa.select(Attendance.way).where(Attendance.remote_reason == "Slimība")).all()
    assert ways == ["remote"] and council.quorum(session).present == 8

    council.set_presiding(dome.chair, session.id, dome.members[1].person_id, "Ziņo pats", for_matter=True)
    with pytest.raises(Invalid):
        council.set_presiding(dome.chair, session.id, dome.members[7].person_id, "Nav klāt")
    ballot = council.open_ballot(dome.members[1], matters[0].id)
    make.vote(dome, ballot.id, par=range(6))
    council.close_ballot(dome.members[1], ballot.id)
    council.open_matter(dome.members[1], matters[1].id)
    assert session.chair_id == dome.chair.person_id and len(council.presiding_of(session.id)) == 2


@pytest.mark.req("LAW-42", "LAW-47")
def test_chair_does_not_lead_the_own_dismissal(dome):
    session, (matter,) = make.opened(dome, subject=Subject.CHAIR_DISMISSAL)
    council.open_matter(dome.chair, matter.id)
    with pytest.raises(Forbidden):
        council.open_ballot(dome.chair, matter.id)
    council.set_presiding(dome.chair, session.id, dome.members[1].person_id, "Likuma 19. panta piektā daļa", True)
    ballot = council.open_ballot(dome.members[1], matter.id)
    make.vote(dome, ballot.id, par=range(4))
    result = council.close_ballot(dome.members[1], ballot.id)
    assert not result.adopted and result.needed == 5  # of all nine deputies, though only four voted
