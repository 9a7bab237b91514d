"""Every majority with every count: each way that members of a body may vote, against the article worked out anew.

The table names the article; the second reading of each rule stands here in fractions, not in the words of rules.py."""

from fractions import Fraction as F
from itertools import product

import pytest

from portal.council import rules
from portal.council.rules import Rule, Subject

HALF, TWO_THIRDS = F(1, 2), F(2, 3)

# rule, committee: share of the base that "par" must pass, base (who voted or all seats), "more than" or "at least", law
MAJORITIES = [
    pytest.param(Rule.PRESENT_MAJORITY, False, HALF, "voted", ">", "37(1)", marks=pytest.mark.req("LAW-38", "LAW-39")),
    pytest.param(Rule.PRESENT_TWO_THIRDS, False, TWO_THIRDS, "voted", ">=", "34(2)", marks=pytest.mark.req("LAW-32")),
    pytest.param(
        Rule.ALL_DEPUTIES_MAJORITY,
        False,
        HALF,
        "seats",
        ">",
        "12(1), 19(6), 21(7)",
        marks=pytest.mark.req("LAW-42", "LAW-43", "LAW-44"),
    ),
    pytest.param(Rule.PRESENT_MAJORITY, True, HALF, "voted", ">", "41(6)", marks=pytest.mark.req("LAW-64")),
]


def ways(seats):
    """Every (par, pret, atturas) of a body, from nobody voting (absent, late, stepped aside) to everybody."""
    counts = range(seats + 1)
    return ((par, pret, idle) for par, pret, idle in product(counts, counts, counts) if par + pret + idle <= seats)


@pytest.mark.req("13.3", "LAW-40", "LAW-45")
@pytest.mark.parametrize("seats", [9, 10, 15], ids=lambda n: f"{n} seats")
@pytest.mark.parametrize(("rule", "committee", "share", "base", "how", "law"), MAJORITIES)
def test_each_majority_with_every_count(rule, committee, share, base, how, law, seats):
    """LAW-32, 38, 39, 40, 42, 43, 44, 45, 64."""
    for par, pret, idle in ways(seats):
        voted = par + pret + idle
        whole = seats if base == "seats" else voted
        enough = par > share * whole if how == ">" else par >= share * whole and par > 0
        for chair in ("par", "pret", "atturas", None) if committee else (None,):
            outcome = rules.decide(rule, par, pret, idle, seats, committee, chair)
            tie = par == pret > 0
            expected = chair == "par" if committee and tie else enough
            assert outcome.adopted == expected, (par, pret, idle, chair)
            assert outcome.tie == (par == pret and voted > 0)


# what changes the counts, before → after, seats, the rule → adopted: each worked out on paper, with its article
CASES = [
    ("tie is a rejection in the council", "37(1), (2)", (4, 4, 0), 9, Rule.PRESENT_MAJORITY, False),
    ("abstention counts against", "37(4)", (4, 3, 1), 9, Rule.PRESENT_MAJORITY, False),
    ("who steps aside is not in the denominator", "37(4), IKN 11", (4, 3, 0), 9, Rule.PRESENT_MAJORITY, True),
    ("who steps aside still counts among all", "19(6), IKN 11", (7, 0, 0), 15, Rule.ALL_DEPUTIES_MAJORITY, False),
    ("late arrival tips a tie", "37(4)", (5, 4, 0), 9, Rule.PRESENT_MAJORITY, True),
    ("late arrival who abstains undoes a majority", "37(4)", (4, 3, 1), 9, Rule.PRESENT_MAJORITY, False),
    ("odd number: half and a half is enough", "37(1)", (5, 4, 0), 9, Rule.PRESENT_MAJORITY, True),
    ("even number: exactly half is not", "37(1)", (5, 5, 0), 10, Rule.PRESENT_MAJORITY, False),
    ("two thirds exactly", "34(2)", (6, 3, 0), 9, Rule.PRESENT_TWO_THIRDS, True),
    ("two thirds rounded up", "34(2)", (6, 4, 0), 10, Rule.PRESENT_TWO_THIRDS, False),
    ("all present for, yet not half of all", "21(7)", (7, 0, 0), 14, Rule.ALL_DEPUTIES_MAJORITY, False),
    ("one more than half of all, even number", "21(7)", (8, 0, 0), 14, Rule.ALL_DEPUTIES_MAJORITY, True),
]  # fmt: skip


@pytest.mark.req("13.3", "LAW-38", "LAW-40", "LAW-49")
@pytest.mark.parametrize(("name", "law", "votes", "seats", "rule", "adopted"), CASES, ids=[case[0] for case in CASES])
def test_edges_by_article(name, law, votes, seats, rule, adopted):
    outcome = rules.decide(rule, *votes, seats)
    assert outcome.adopted is adopted, law
    assert str(votes[0]) in outcome.why and str(outcome.needed) in outcome.why and outcome.law


@pytest.mark.req("LAW-20", "LAW-21", "LAW-25", "LAW-26", "LAW-63")
def test_quorum_for_every_number_of_seats():
    """LAW-20, 25, 63: more than half; at least one third in the second repeat session. LAW-26: then one rule only."""
    for seats in range(1, 61):
        for present in range(seats + 1):
            assert rules.quorum(present, seats).reached == (present > F(seats, 2))
            assert rules.quorum(present, seats, reduced=True).reached == (present >= F(seats, 3))
    reduced = rules.decide(Rule.PRESENT_MAJORITY, 2, 1, 0, 15, reduced=True)
    assert reduced.adopted and "32" in reduced.law
    assert rules.rule_for(Subject.GENERAL, reduced=True) == Rule.PRESENT_MAJORITY


# votes of the candidates, all who voted, round, deputies → elected, next round, tied: places in the list
ELECTIONS = [
    ("more than half of all", [8, 4, 3], 15, 1, 15, 0, (), ()),
    ("more than half of those present is not enough", [7, 2, 0], 9, 1, 15, None, (0, 1), ()),
    ("the two who got most", [3, 6, 5], 14, 1, 15, None, (1, 2), ()),
    ("three equal: all tied for two places", [5, 5, 5], 15, 1, 15, None, (), (0, 1, 2)),
    ("second place tied", [6, 4, 4], 14, 1, 15, None, (0,), (1, 2)),
    ("two stand, both go on", [7, 7], 14, 1, 15, None, (0, 1), ()),
    ("third round with the one who got more", [7, 6], 15, 2, 15, None, (0,), ()),
    ("third round tied", [7, 7], 15, 2, 15, None, (), (0, 1)),
    ("third round fails: a new election", [7], 15, 3, 15, None, (), ()),
    ("third round succeeds", [8], 15, 3, 15, 0, (), ()),
    ("only candidate fails: a new election", [7], 15, 1, 15, None, (), ()),
    ("even number of deputies: exactly half is not enough", [7, 7], 14, 2, 14, None, (), (0, 1)),
]


@pytest.mark.req("13.3", "LAW-36", "LAW-44", "LAW-161")
@pytest.mark.parametrize("case", ELECTIONS, ids=lambda case: case[0])
def test_rounds_of_an_election(case):
    """LAW-44, 161."""
    _name, votes, voted, tour, seats, elected, stay, tied = case
    names = ["Anna", "Bruno", "Cilda"][: len(votes)]
    found = rules.elect(names, votes, voted, tour, Rule.ALL_DEPUTIES_MAJORITY, seats)
    assert (found.elected, found.next_tour, found.tied) == (elected, stay, tied)
    assert found.why and found.line and found.law


@pytest.mark.req("LAW-61")
def test_chair_of_a_committee_is_elected_by_more_than_half_of_those_present():
    found = rules.elect(["Anna", "Bruno"], [3, 2], 5, 1, Rule.PRESENT_MAJORITY, 9, committee=True)
    assert found.elected == 0 and found.needed == 3 and "40" in found.law


@pytest.mark.req("LAW-28", "LAW-47", "LAW-51")
def test_who_may_lead_join_from_afar_and_refuse_to_sign():
    assert not rules.may_lead(Subject.CHAIR_DISMISSAL, is_chair=True)
    assert rules.may_lead(Subject.CHAIR_DISMISSAL, is_chair=False) and rules.may_lead(Subject.GENERAL, is_chair=True)
    assert not rules.may_join_from_afar(session_remote=False, clause="", reason="Slimība")
    assert not rules.may_join_from_afar(session_remote=False, clause="Nolikuma 31. punkts", reason=" ")
    assert rules.may_join_from_afar(session_remote=False, clause="Nolikuma 31. punkts", reason="Slimība")
    assert rules.may_join_from_afar(session_remote=True, clause="", reason="")
    assert {Subject.COUNCIL_CHAIR, Subject.CHAIR_DISMISSAL, Subject.ORDER_REVOKED} <= rules.NOT_REFUSABLE
