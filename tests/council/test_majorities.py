"""Every majority with every count: each way that members of a body may vote, against the article worked out anew.

The table names the article; the second reading of each rule stands here in fractions, not in the words of rules.py."""

from fractions import Fraction as F
from itertools import product

import pytest

from portal.council import rules
from portal.council import service as council
from portal.council.models import BodyKind, SessionKind
from portal.council.rules import Rule, Subject
from tests.council import factories as make

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


# ── the same over the services: who comes, goes and steps aside while the vote runs ──
# A letter is one member, the chair first: + for, - against, o abstains, . does not vote, x stepped aside, a b the first
# or second candidate; behind | who came during the vote; behind > how many left before its end.
# → adopted (None: no result) and how many votes were needed, of nine members.
COUNCIL, COMMITTEE = BodyKind.COUNCIL, BodyKind.COMMITTEE
HELD = [
    pytest.param(COUNCIL, Subject.GENERAL, "draft", "37. panta pirmā", [
        ("tie", "++++----", False, 5),
        ("abstentions count against", "++++ooo-", False, 5),
        ("conflict of interest: not in the denominator", "++++---xx", True, 4),
        ("in the room and silent: not in the denominator", "++-......", True, 2),
        ("late arrival undoes a majority", "++++---|-", False, 5),
        ("late arrival breaks a tie", "++++----|+", True, 5),
        ("quorum lost during the vote", "+++++>1", None, 0),
    ], id="present, LAW-38 39 40"),
    pytest.param(COUNCIL, Subject.AGENDA_CHANGE, "draft", "34. panta otrā", [
        ("tie", "++++----", False, 6),
        ("two thirds exactly", "++++++---", True, 6),
        ("abstentions count against", "+++++ooo", False, 6),
        ("conflict of interest: not in the denominator", "+++++--xx", True, 5),
        ("late arrival undoes two thirds", "++++--|-", False, 5),
        ("late arrival makes two thirds", "+++++---|+", True, 6),
        ("quorum lost during the vote", "+++++>1", None, 0),
    ], id="two thirds, LAW-32"),
    pytest.param(COUNCIL, Subject.EXECUTIVE_DIRECTOR, "draft", "21. panta septītā", [
        ("tie", "++++----", False, 5),
        ("abstentions change nothing", "+++++oooo", True, 5),
        ("all who vote are for, yet not half of all", "++++ooooo", False, 5),
        ("conflict of interest: still counted among all", "++++-xxxx", False, 5),
        ("late arrival makes half of all", "++++.|+", True, 5),
        ("quorum lost during the vote, though enough were for", "+++++>1", None, 0),
    ], id="all deputies, LAW-42 43"),
    pytest.param(COMMITTEE, Subject.GENERAL, "draft", "41. panta sestā", [
        ("tie, the chair for", "++++----", True, 5),
        ("tie, the chair against", "----++++", False, 5),
        ("tie, the chair abstains", "o+++---", False, 4),
        ("tie, the chair stepped aside", "x++++----", False, 5),
        ("abstentions count against", "++++ooo-", False, 5),
        ("conflict of interest: not in the denominator", "++++---xx", True, 4),
        ("late arrival breaks a tie against the chair", "----++++|+", True, 5),
        ("quorum lost during the vote", "+++++>1", None, 0),
    ], id="committee, LAW-63 64"),
    pytest.param("reduced", Subject.GENERAL, "draft", "32. panta sestā", [
        ("tie", "++--", False, 3),
        ("abstentions count against", "++o-", False, 3),
        ("conflict of interest: not in the denominator", "++-x", True, 2),
        ("late arrival undoes a majority", "++-|-", False, 3),
        ("quorum of one third lost during the vote", "+++>1", None, 0),
    ], id="second repeat session, LAW-25 26"),
    pytest.param(COUNCIL, Subject.EXECUTIVE_DIRECTOR, "candidates", "12. panta pirmā", [
        ("tie", "aaaabbbb", False, 5),
        ("abstentions and votes against all elect nobody", "aaaaooo--", False, 5),
        ("quorum lost during the vote, though enough were for", "aaaaa>1", None, 0),
        ("late arrival makes half of all", "aaaab|a", True, 5),
        ("conflict of interest: still counted among all", "aaaabxxxx", False, 5),
    ], id="election by all deputies, LAW-36 43 44"),
    pytest.param(COMMITTEE, Subject.GENERAL, "candidates", "40. panta otrā", [
        ("tie: the chair's vote decides no election", "aaabbb", False, 4),
        ("abstentions count against", "aaaoo-", False, 4),
        ("conflict of interest: not in the denominator", "aaabbxx", True, 3),
        ("late arrival undoes a majority", "aaabb|b", False, 4),
        ("quorum lost during the vote", "aaaaa>1", None, 0),
    ], id="election in a committee, LAW-61"),
]  # fmt: skip
VOTES = {"+": ("par", None), "-": ("pret", None), "o": ("atturas", None), "a": ("par", 0), "b": ("par", 1)}


def sit(where, session, wanted):
    """The room as it is at the opening of a vote: the members at these places and nobody else."""
    for place, member in enumerate(where.members):
        council.mark(where.secretary, session.id, member.person_id, place in wanted)


@pytest.mark.req("13.3", "LAW-21", "LAW-25", "LAW-26", "LAW-38", "LAW-39", "LAW-40", "LAW-49", "LAW-61", "LAW-64")
@pytest.mark.parametrize(("kind", "subject", "asked", "law", "edges"), HELD)
def test_each_rule_as_a_session_goes(app, kind, subject, asked, law, edges):
    where = make.body(members=9)
    if kind == COMMITTEE:  # what it supports goes to the council
        where = make.body(COMMITTEE, members=9)
    session, matters = make.opened(where, matters=len(edges), subject=subject)
    if kind == "reduced":
        session.kind, session.repeat_no = SessionKind.REPEAT, 2
    stand = [(member.name, member.person_id) for member in where.members[:2]]
    for edge, told, adopted, needed in edges:
        matter = next(one for one in matters if not one.is_decided)  # an election that failed is held again
        told, _gone, gone = told.partition(">")
        early, _late, late = told.partition("|")
        sit(where, session, range(len(early)))
        council.open_matter(where.chair, matter.id)
        for place, letter in enumerate(early):
            if letter == "x":
                council.declare_interest(where.members[place], matter.id, "Radinieks")
        how = {"kind": asked, "question": "Kuru?", "candidates": stand} if asked == "candidates" else {}
        ballot = council.open_ballot(where.chair, matter.id, **how)
        for place, letter in enumerate(early + late):
            if place >= len(early):
                council.check_in(where.members[place], session.id)
            if letter in VOTES:
                choice, option = VOTES[letter]
                for_whom = None if option is None else ballot.options[option].id
                council.cast_vote(where.members[place], ballot.id, choice, for_whom)
        for place in range(len(early) - int(gone or 0), len(early)):
            council.check_out(where.members[place], session.id)
        result = council.close_ballot(where.chair, ballot.id)
        assert (result.adopted if result.valid else None, result.needed) == (adopted, needed), edge
        assert [len(result.recused), len(result.not_voted)] == [told.count("x"), told.count(".")], edge
        assert result.why and (law in result.law if result.valid else matter.outcome is None), edge


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
