"""The law of quorum and majority: votes with results worked out by hand from LAW-20 to 64."""

from datetime import UTC, date, datetime

import pytest

from portal.council import rules
from portal.council.rules import ActKind, AgendaChange, Rule, Subject

pytestmark = pytest.mark.usefixtures("app")

PRESENT, TWO_THIRDS, ALL = Rule.PRESENT_MAJORITY, Rule.PRESENT_TWO_THIRDS, Rule.ALL_DEPUTIES_MAJORITY

# rule, par, pret, atturas, deputies, committee, the chair's own vote → adopted, votes needed: each counted on paper
BALLOTS = [
    ("all for", PRESENT, 15, 0, 0, 15, False, None, True, 8),
    ("bare majority of nine", PRESENT, 5, 4, 0, 9, False, None, True, 5),
    ("equal split is a rejection in the council", PRESENT, 4, 4, 0, 9, False, "par", False, 5),
    ("abstentions count against", PRESENT, 4, 2, 3, 9, False, None, False, 5),
    ("abstentions make exactly half, which is not more than half", PRESENT, 4, 0, 4, 9, False, None, False, 5),
    ("everybody abstains", PRESENT, 0, 0, 9, 9, False, None, False, 5),
    ("nobody votes", PRESENT, 0, 0, 0, 9, False, None, False, 1),
    ("one single vote for, the others do not vote", PRESENT, 1, 0, 0, 9, False, None, True, 1),
    ("late member tips the balance", PRESENT, 4, 3, 0, 9, False, None, True, 4),
    ("recused member is not in the denominator: seven of eight voted", PRESENT, 4, 3, 0, 15, False, None, True, 4),
    ("two thirds of nine is six", TWO_THIRDS, 6, 3, 0, 9, False, None, True, 6),
    ("two thirds of nine with five", TWO_THIRDS, 5, 4, 0, 9, False, None, False, 6),
    ("two thirds of eight is rounded up to six", TWO_THIRDS, 5, 3, 0, 9, False, None, False, 6),
    ("two thirds of seven is rounded up to five", TWO_THIRDS, 5, 0, 2, 9, False, None, True, 5),
    ("more than half of all fifteen is eight", ALL, 8, 0, 0, 15, False, None, True, 8),
    ("seven of seven present is not more than half of all fifteen", ALL, 7, 0, 0, 15, False, None, False, 8),
    ("exactly half of all fourteen is not more than half", ALL, 7, 1, 0, 14, False, None, False, 8),
    ("committee tie, chair for", PRESENT, 3, 3, 0, 6, True, "par", True, 4),
    ("committee tie, chair against", PRESENT, 3, 3, 0, 6, True, "pret", False, 4),
    ("committee tie, chair abstained", PRESENT, 2, 2, 1, 5, True, "atturas", False, 3),
    ("committee tie without the chair's vote", PRESENT, 2, 2, 0, 5, True, None, False, 3),
    ("committee majority needs no chair", PRESENT, 3, 2, 0, 5, True, "pret", True, 3),
    ("reduced quorum: three of the five present of fifteen", PRESENT, 3, 2, 0, 15, False, None, True, 3),
]


@pytest.mark.req("13.3")
@pytest.mark.parametrize("case", BALLOTS, ids=lambda case: case[0])
def test_result_is_the_one_worked_out_by_hand(case):
    _name, rule, par, pret, atturas, seats, committee, chair, adopted, needed = case
    outcome = rules.decide(rule, par, pret, atturas, seats, committee, chair)
    assert (outcome.adopted, outcome.needed) == (adopted, needed)
    assert outcome.why and outcome.law and outcome.line
    assert str(par) in outcome.line and str(pret) in outcome.line


def test_negative_counts_are_a_mistake_of_the_caller():
    with pytest.raises(ValueError):
        rules.decide(PRESENT, -1, 0, 0, 9)


@pytest.mark.parametrize(("seats", "needed", "third"), [(9, 5, 3), (15, 8, 5), (14, 8, 5), (19, 10, 7), (60, 31, 20)])
def test_quorum_is_more_than_half_and_reduced_quorum_a_third(seats, needed, third):
    assert rules.quorum_needed(seats) == needed and rules.quorum_needed(seats, reduced=True) == third
    assert rules.quorum(needed, seats).reached and not rules.quorum(needed - 1, seats).reached
    assert rules.quorum(third, seats, reduced=True).reached


def test_only_the_second_repeat_of_a_regular_council_session_has_the_reduced_quorum():
    assert rules.is_reduced("repeat", 2, False)
    assert not rules.is_reduced("repeat", 1, False)
    assert not rules.is_reduced("repeat", 2, True)
    assert not rules.is_reduced("repeat", 2, False, committee=True)
    assert not rules.is_reduced("regular", 0, False)


def test_majority_is_preset_from_the_subject():
    assert rules.rule_for(Subject.GENERAL) == PRESENT
    assert rules.rule_for(Subject.COUNCIL_CHAIR) == rules.rule_for(Subject.EXECUTIVE_DIRECTOR) == ALL
    assert rules.rule_for(Subject.AGENDA_CHANGE) == TWO_THIRDS and rules.rule_for(Subject.AGENDA_ORDER) == PRESENT
    assert rules.rule_for(Subject.COUNCIL_CHAIR, committee=True) == PRESENT


def test_interest_blocks_individual_acts_only():
    assert [kind for kind in ActKind if rules.interest_blocks(kind)] == [ActKind.INDIVIDUAL]


def test_agenda_of_sessions():
    ordinary = dict(extraordinary=False, reduced=False, urgency=None, has_draft=True)
    urgent = dict(extraordinary=True, reduced=False, urgency="avārija", has_draft=True)
    assert rules.may_place(Subject.BUDGET, **ordinary) and not rules.may_place(Subject.BUDGET, **urgent)
    assert rules.may_place(Subject.GENERAL, **urgent)
    assert not rules.may_place(Subject.GENERAL, **{**urgent, "urgency": " "})
    assert not rules.may_place(Subject.GENERAL, **{**urgent, "has_draft": False})
    for subject in (Subject.STATUTE, Subject.PLANNING, Subject.COUNCIL_CHAIR, Subject.MANDATE):
        assert not rules.may_place(subject, **{**ordinary, "reduced": True})
    assert rules.may_place(Subject.GENERAL, **{**ordinary, "reduced": True})


def test_changing_the_agenda():
    def may(change, state, extraordinary=False, adopted=()):
        return bool(
            rules.may_change_agenda(
                change, state=state, extraordinary=extraordinary, repeat=False, adopted=frozenset(adopted)
            )
        )

    assert may(AgendaChange.ADD, "planned") and may(AgendaChange.ADD, "invited")
    assert not may(AgendaChange.ADD, "open") and may(AgendaChange.ADD, "open", adopted=[Subject.AGENDA_CHANGE])
    assert not may(AgendaChange.ADD, "open", adopted=[Subject.AGENDA_ORDER])
    assert may(AgendaChange.ORDER, "open", adopted=[Subject.AGENDA_ORDER])
    assert not may(AgendaChange.ADD, "invited", extraordinary=True)
    assert may(AgendaChange.REMOVE, "open", extraordinary=True, adopted=[Subject.AGENDA_CHANGE])
    assert not may(AgendaChange.ADD, "closed")


def test_terms_in_working_days():
    assert rules.sign_by(date(2026, 11, 26)) == date(2026, 12, 3)
    assert rules.publish_by(date(2026, 11, 26)) == date(2026, 12, 1)
    assert rules.recording_by(date(2026, 11, 26)) == date(2026, 12, 3)
    assert rules.sign_by(date(2026, 12, 22)) == date(2027, 1, 4)  # 24, 25, 31 December and 1 January are holidays
    assert rules.notice_by(date(2026, 11, 26)) == date(2026, 11, 23)
    assert rules.notice_by(date(2026, 11, 30)) == date(2026, 11, 25)
    assert rules.next_regular_by(date(2026, 11, 26)) == date(2026, 12, 31)


def test_repeat_session_window():
    assert rules.repeat_window(date(2026, 11, 26), extraordinary=False) == (date(2026, 12, 3), date(2026, 12, 10))
    assert rules.repeat_window(date(2026, 11, 27), extraordinary=True)[1] == date(2026, 11, 30)


def test_late_matter_by_days_or_by_hours():
    session = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
    assert not rules.is_late(datetime(2026, 11, 23, 21, 0, tzinfo=UTC), session, extraordinary=False)  # 23:00 in Riga
    assert rules.is_late(datetime(2026, 11, 23, 22, 30, tzinfo=UTC), session, extraordinary=False)  # 24 November there
    assert not rules.is_late(datetime(2026, 11, 26, 9, 0, tzinfo=UTC), session, extraordinary=True)
    assert rules.is_late(datetime(2026, 11, 26, 9, 0, 1, tzinfo=UTC), session, extraordinary=True)
