"""Sessions and votes through the services, as the screens call them."""

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.council import service as council
from portal.council.models import Ballot, Choice, MatterState, Outcome, SessionKind, Subject, Vote
from portal.kernel.access import NOBODY, SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from portal.workflow import service as workflow
from tests.council import factories as make


@pytest.fixture
def dome(app):
    return make.body(members=9)


@pytest.fixture
def komiteja(app, dome):
    return make.body("committee", members=4)


@pytest.fixture
def voting(dome):
    session, (matter,) = make.opened(dome)
    return session, matter, make.ballot(dome, matter)


@pytest.mark.req("13.3")
def test_member_votes_once_while_voting_is_open(dome, voting):
    _session, _matter, ballot = voting
    stored = council.cast_vote(dome.members[1], ballot.id, Choice.FOR)
    with pytest.raises(Conflict):
        council.cast_vote(dome.members[1], ballot.id, Choice.AGAINST)
    assert db.session.get(Vote, stored.id).choice == Choice.FOR
    assert [one.id for one in council.tally(dome.chair, ballot.id).voted] == [dome.members[1].person_id]


def test_a_vote_after_closing_is_refused(dome, voting):
    _session, _matter, ballot = voting
    make.vote(dome, ballot.id, par=[0, 1, 2])
    council.close_ballot(dome.chair, ballot.id)
    with pytest.raises(Conflict):
        council.cast_vote(dome.members[3], ballot.id, "par")
    assert council.result(dome.chair, ballot.id).par == 3


@pytest.mark.req("13.3")
def test_result_names_everybody(dome, voting):
    _session, matter, ballot = voting
    make.vote(dome, ballot.id, par=range(5), pret=[5, 6], atturas=[7])
    result = council.close_ballot(dome.chair, ballot.id)
    assert result.adopted and result.valid and (result.par, result.pret, result.atturas) == (5, 2, 1)
    assert result.needed == 5  # more than half of the eight who voted
    assert {one.id for one in result.names[Choice.AGAINST]} == {dome.members[5].person_id, dome.members[6].person_id}
    assert [one.id for one in result.not_voted] == [dome.members[8].person_id]
    assert matter.state == MatterState.DECIDED and matter.outcome == Outcome.ADOPTED


def test_ballot_does_not_open_without_a_quorum(dome):
    session, (matter,) = make.opened(dome, present=4)
    council.open_matter(dome.chair, matter.id)
    with pytest.raises(Forbidden) as refusal:
        council.open_ballot(dome.chair, matter.id)
    assert "4" in refusal.value.message and "5" in refusal.value.message
    council.check_in(dome.members[4], session.id)
    assert council.open_ballot(dome.chair, matter.id).quorum_needed == 5


def test_quorum_lost_while_voting_leaves_no_result_and_the_matter_open(dome):
    session, (matter,) = make.opened(dome, present=5)
    ballot = make.ballot(dome, matter)
    make.vote(dome, ballot.id, par=range(4))
    council.check_out(dome.members[4], session.id)
    result = council.close_ballot(dome.chair, ballot.id)
    assert not result.valid and not result.adopted and matter.state == MatterState.OPEN
    council.check_in(dome.members[5], session.id)
    second = council.open_ballot(dome.chair, matter.id)
    assert second.round == 2
    make.vote(dome, second.id, par=range(4))
    assert council.close_ballot(dome.chair, second.id).adopted


def test_absent_member_and_stranger_cannot_vote(dome, komiteja):
    _session, (matter,) = make.opened(dome, present=6)
    ballot = make.ballot(dome, matter)
    for actor in (dome.members[8], komiteja.members[1], dome.secretary):
        with pytest.raises(Forbidden):
            council.cast_vote(actor, ballot.id, "par")
    assert db.session.scalar(sa.select(sa.func.count(Vote.id))) == 0


def test_late_member_votes_and_is_in_the_intervals(dome):
    session, (matter,) = make.opened(dome, present=5)
    ballot = make.ballot(dome, matter)
    council.check_in(dome.members[7], session.id)
    council.cast_vote(dome.members[7], ballot.id, "atturas")
    assert council.close_ballot(dome.chair, ballot.id).present == 6


def test_declared_interest_takes_the_member_out_of_an_individual_act(dome, voting):
    _session, matter, ballot = voting
    council.declare_interest(dome.members[2], matter.id, "Nomnieks ir brālis")
    with pytest.raises(Forbidden):
        council.cast_vote(dome.members[2], ballot.id, "par")
    make.vote(dome, ballot.id, par=[0, 1], pret=[3])
    result = council.close_ballot(dome.chair, ballot.id)
    assert [one.id for one in result.recused] == [dome.members[2].person_id]
    assert result.present == 9 and result.needed == 2  # in the quorum, not in the denominator


def test_declared_interest_does_not_block_a_vote_on_regulations(dome):
    session = make.planned(dome)
    matter = make.matter(dome, session=session, kind="external_regulation")
    council.invite(dome.secretary, session.id)
    for member in dome.members:
        council.check_in(member, session.id)
    council.open_session(dome.chair, session.id)
    ballot = make.ballot(dome, matter)
    council.declare_interest(dome.members[2], matter.id, "Man pieder suns")
    council.cast_vote(dome.members[2], ballot.id, "par")


def test_who_voted_cannot_declare_an_interest_afterwards(dome, voting):
    _session, matter, ballot = voting
    council.cast_vote(dome.members[2], ballot.id, "par")
    with pytest.raises(Forbidden):
        council.declare_interest(dome.members[2], matter.id, "Nomnieks ir brālis")


def test_committee_tie_is_decided_by_the_chair_and_supported_matter_goes_to_the_council(dome, komiteja):
    session, (matter,) = make.opened(komiteja)
    ballot = make.ballot(komiteja, matter)
    make.vote(komiteja, ballot.id, par=[0, 1], pret=[2, 3])
    result = council.close_ballot(komiteja.chair, ballot.id)
    assert result.adopted and matter.outcome == Outcome.SUPPORTED
    waiting = council.pool(dome.secretary, dome.body.id)
    assert [one.origin_matter_id for one in waiting] == [matter.id]
    tasks = workflow.open_tasks_about("matter", waiting[0].id)
    assert [(task.kind, task.role) for task in tasks] == [("council.place", "secretary")]


def test_committee_tie_with_the_chair_against_is_not_supported(dome, komiteja):
    _session, (matter,) = make.opened(komiteja)
    ballot = make.ballot(komiteja, matter)
    make.vote(komiteja, ballot.id, par=[2, 3], pret=[0, 1])
    assert not council.close_ballot(komiteja.chair, ballot.id).adopted
    assert matter.outcome == Outcome.NOT_SUPPORTED and not council.pool(dome.secretary, dome.body.id)


def test_nobody_learns_what_was_voted_before_closing(dome, voting):
    session, _matter, ballot = voting
    make.vote(dome, ballot.id, par=[1], pret=[2])
    hall = council.hall_view(dome.secretary, session.id)
    assert {seat.state for seat in hall.seats} == {"voted", "waiting"} and hall.result is None
    mine, other = council.tablet_view(dome.members[1], session.id), council.tablet_view(dome.members[3], session.id)
    assert mine.my_vote == Choice.FOR and other.my_vote is None and other.last_result is None
    with pytest.raises(Conflict):
        council.result(dome.chair, ballot.id)
    kept = db.session.scalars(sa.select(AuditRecord.new_json).where(AuditRecord.action == "council.vote_cast")).all()
    assert len(kept) == 2 and not any('"par"' in str(text) or '"pret"' in str(text) for text in kept)
    council.close_ballot(dome.chair, ballot.id)
    states = {seat.id: seat.state for seat in council.hall_view(dome.secretary, session.id).seats}
    assert states[dome.members[1].person_id] == "for" and states[dome.members[2].person_id] == "against"
    closed = db.session.scalar(sa.select(AuditRecord.new_json).where(AuditRecord.action == "council.ballot_closed"))
    assert str(dome.members[1].person_id) in str(closed)


@pytest.mark.parametrize("statement", ["UPDATE vote SET choice = 'pret'", "DELETE FROM vote"])
def test_the_database_refuses_to_alter_votes(dome, voting, statement):
    _session, _matter, ballot = voting
    council.cast_vote(dome.members[1], ballot.id, "par")
    db.session.commit()
    with pytest.raises(sa.exc.DBAPIError, match="never altered"):
        db.session.execute(sa.text(statement))
    db.session.rollback()
    assert db.session.scalar(sa.select(Vote.choice)) == Choice.FOR


def test_one_open_ballot_a_session(dome, voting):
    session, matter, _ballot = voting
    with pytest.raises(Conflict):
        council.open_ballot(dome.chair, matter.id)
    db.session.add(
        Ballot(
            matter_id=matter.id,
            session_id=session.id,
            round=9,
            opened_at=session.opened_at,
            seats=9,
            present_count=9,
            quorum_needed=5,
            rule="present_majority",
        )
    )
    with pytest.raises(sa.exc.IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_only_the_chair_opens_and_closes_votes(dome, voting):
    _session, matter, ballot = voting
    for actor in (dome.secretary, dome.members[1]):
        with pytest.raises(Forbidden):
            council.close_ballot(actor, ballot.id)
    council.close_ballot(dome.chair, ballot.id)
    with pytest.raises(Conflict):
        council.close_ballot(dome.chair, ballot.id)


def test_desk_entry_is_the_secretarys_and_leaves_a_trace(dome, voting):
    _session, _matter, ballot = voting
    with pytest.raises(Forbidden):
        council.enter_vote(dome.chair, ballot.id, dome.members[4].person_id, "par", "Planšete nedarbojas")
    with pytest.raises(Invalid):
        council.enter_vote(dome.secretary, ballot.id, dome.members[4].person_id, "par", " ")
    vote = council.enter_vote(dome.secretary, ballot.id, dome.members[4].person_id, "par", "Planšete nedarbojas")
    assert vote.entered_by_id == dome.secretary.person_id
    assert (
        db.session.scalar(sa.select(AuditRecord.reason).where(AuditRecord.action == "council.vote_entered"))
        == "Planšete nedarbojas"
    )


def test_vote_path_is_lean(dome, voting, count_queries):
    _session, _matter, ballot = voting
    with count_queries() as seen:
        council.cast_vote(dome.members[1], ballot.id, "par")
    assert len(seen) <= 4, seen


def test_session_page_takes_the_same_few_queries_for_any_agenda(dome, count_queries):
    session, _matters = make.opened(dome, matters=50)
    db.session.commit()
    db.session.expunge_all()
    with count_queries() as seen:
        view = council.session_view(dome.chair, session.id)
    assert len(view.matters) == 50 and len(view.members) == 9
    assert len(seen) <= 8, "\n".join(seen)


@pytest.mark.req("13.2")
def test_matters_open_in_the_order_of_the_agenda(dome):
    _session, (first, second) = make.opened(dome, matters=2)
    with pytest.raises(Conflict):
        council.open_matter(dome.chair, second.id)
    council.open_matter(dome.chair, first.id)
    council.note_matter(dome.chair, first.id)
    assert council.open_matter(dome.chair, second.id).state == MatterState.OPEN


def test_open_session_takes_new_matters_only_after_two_thirds_agreed(dome):
    session, (first,) = make.opened(dome)
    late = make.matter(dome, "Par steidzamu jautājumu")
    with pytest.raises(Forbidden):
        council.place(dome.secretary, session.id, late.id)
    change = council.propose_agenda_change(dome.chair, session.id, "Papildināt darba kārtību")
    ballot = make.ballot(dome, change)
    make.vote(dome, ballot.id, par=range(6), pret=[6, 7, 8])
    assert council.close_ballot(dome.chair, ballot.id).adopted
    placed = council.place(dome.secretary, session.id, late.id)
    assert placed.n == 3 and first.n == 2 and change.n == 1


def test_budget_is_refused_in_an_extraordinary_session(dome):
    session = make.planned(dome, SessionKind.EXTRAORDINARY, urgency="Avārija")
    budget = make.matter(dome, "Par budžeta grozījumiem", subject=Subject.BUDGET, urgency="Avārija")
    with pytest.raises(Forbidden) as refusal:
        council.place(dome.secretary, session.id, budget.id)
    assert "29" in refusal.value.message


def test_matter_placed_after_the_term_is_flagged_late(dome):
    soon, later = make.planned(dome, days=1), make.planned(dome, days=20)
    assert make.matter(dome, session=soon).late and not make.matter(dome, session=later).late


def test_session_without_quorum_closes_and_is_repeated_within_its_term(dome):
    session, (matter,) = make.opened(dome, present=3)
    council.close_session(dome.chair, session.id)
    assert session.without_quorum and matter.outcome == Outcome.POSTPONED
    kinds = {task.kind for task in workflow.open_tasks_about("council_session", session.id)}
    assert {"council.repeat", "council.minutes"} <= kinds and "council.invitation" not in kinds
    day = session.planned_at + make.clock.timedelta(days=3)
    with pytest.raises(Invalid):
        council.create_session(dome.secretary, dome.body.id, "repeat", day, "Zāle", repeat_of_id=session.id)
    day = session.planned_at + make.clock.timedelta(days=8)
    repeat = council.create_session(dome.secretary, dome.body.id, "repeat", day, "Zāle", repeat_of_id=session.id)
    assert [one.matter.title for one in council.session_view(dome.chair, repeat.id).matters] == [matter.title]
    assert [task.kind for task in workflow.open_tasks_about("council_session", repeat.id)] == ["council.minister"]


def test_closing_with_matters_left_asks_for_the_reason_and_returns_them_to_the_pool(dome):
    session, (matter,) = make.opened(dome)
    with pytest.raises(Invalid):
        council.close_session(dome.chair, session.id)
    council.close_session(dome.chair, session.id, "Beidzies laiks")
    assert [one.origin_matter_id for one in council.pool(dome.secretary, dome.body.id)] == [matter.id]


def test_a_stranger_sees_the_session_but_not_its_matters(dome, pauls):
    session, (matter,) = make.opened(dome)
    assert council.session_view(pauls, session.id).matters == []
    with pytest.raises(NotFound):
        council.get_matter(pauls, matter.id)
    with pytest.raises(NotFound):
        council.session_view(NOBODY, session.id)


@pytest.mark.req("13.2")
def test_minutes_write_themselves_with_all_fields(dome):
    session, (matter,) = make.opened(dome, present=7)
    council.mark(dome.secretary, session.id, dome.members[8].person_id, False, reason="slimība")
    council.open_matter(dome.chair, matter.id)
    council.give_floor(dome.chair, council.add_speaker(dome.chair, matter.id, "Ilze Paraugs", "izpilddirektore").id)
    council.add_remark(dome.members[1], matter.id, "motive", dome.members[1].person_id, "Balsoju par, jo tas ir labi")
    council.declare_interest(dome.members[3], matter.id, "Nomnieks ir brālis")
    ballot = council.open_ballot(dome.chair, matter.id)
    make.vote(dome, ballot.id, par=[0, 1, 2], pret=[4], atturas=[5])
    council.close_ballot(dome.chair, ballot.id)
    council.close_session(dome.chair, session.id)
    minutes = council.draft_minutes(dome.secretary, session.id)
    council.update_minutes(dome.secretary, minutes.id, {"other": "Piezīme", "discussion": {1: "Debates"}})
    with pytest.raises(Invalid):
        council.update_minutes(dome.secretary, minutes.id, {"matters": []})
    body = council.draft_minutes(dome.secretary, session.id).body  # drafting again keeps what was typed
    assert body["other"] == "Piezīme" and body["matters"][0]["discussion"] == "Debates"
    assert len(body["attended"]) == 7 and len(body["absent"]) == 2
    assert {one["reason"] for one in body["absent"]} == {"slimība", None}
    one = body["matters"][0]
    vote = one["ballots"][0]
    (speech,) = one["speakers"]
    assert (speech["name"], speech["office"], speech["kind"]) == ("Ilze Paraugs", "izpilddirektore", "debate")
    assert speech["from"] <= speech["to"]
    assert one["motives"][0]["text"].startswith("Balsoju par")
    assert (vote["par"], vote["pret"], vote["atturas"]) == (3, 1, 1)
    assert vote["names"]["pret"] == [dome.members[4].name]
    assert vote["not_voted"] == [dome.members[6].name] and vote["recused"][0]["reason"] == "Nomnieks ir brālis"


def test_decisions_are_numbered_within_the_year_and_only_adopted_ones(dome):
    session, matters = make.opened(dome, matters=3)
    for matter, par in zip(matters, (5, 1, 6), strict=True):
        ballot = make.ballot(dome, matter)
        make.vote(dome, ballot.id, par=range(par), pret=range(par, 9))
        council.close_ballot(dome.chair, ballot.id)
    numbers = [council.number_decision(matter.id) for matter in matters]
    year = make.clock.today().year
    assert [one and one.number for one in numbers] == [f"1/{year}", None, f"2/{year}"]
    assert council.number_decision(matters[0].id).id == numbers[0].id


def test_next_steps_walk_with_the_session(dome):
    session = make.planned(dome)
    (step,) = council.next_steps(dome.secretary, session)
    assert step.key == "invite" and not step.ready and step.why_not and step.due_on
    matter = make.matter(dome, session=session)
    assert council.next_steps(dome.secretary, session)[0].ready
    council.invite(dome.secretary, session.id)
    assert [one.key for one in council.next_steps(dome.secretary, session)] == ["drafts", "open", "close"]
    for member in dome.members:
        council.check_in(member, session.id)
    council.open_session(dome.chair, session.id)
    council.open_matter(dome.chair, matter.id)
    council.note_matter(dome.chair, matter.id)
    council.close_session(dome.chair, session.id)
    assert council.next_steps(SYSTEM, session)[0].key == "draft"
