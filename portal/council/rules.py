"""The law of sessions and votes as pure functions: no database, no request, every answer with its reason.

Numbers and sources: LAW-1..67 and 161..174 (Pašvaldību likums, Likums par interešu konflikta novēršanu).
Whole numbers only: "more than half of N" is `N // 2 + 1`, "at least a third" is `ceil(N / 3)`.
"""

import enum
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.kernel import clock
from portal.kernel.access import ALLOWED, Verdict, refuse
from portal.kernel.i18n import _

SIGNING_WORKING_DAYS = 5  # LAW-50, LAW-54; LAW-67 leaves committees open: the same by default
PUBLISHING_WORKING_DAYS = 3  # LAW-56, LAW-67
RECORDING_WORKING_DAYS = 5  # LAW-57
NOTICE_WORKING_DAYS = 3  # LAW-3, LAW-4, LAW-5
CONVENING_WORKING_DAYS = 3  # LAW-10
EXTRAORDINARY_NOTICE = timedelta(hours=3)  # LAW-8
MOST_COMMITTEES_CHAIRED = 2  # LAW-61
COMMITTEE_CONVENING = timedelta(hours=24)  # LAW-68
REPEAT_EARLIEST_DAYS, REPEAT_LATEST_DAYS = 7, 14  # LAW-23


class ActKind(enum.StrEnum):
    """What a matter is for the conflict-of-interest rule (LAW-49)."""

    INDIVIDUAL = "individual"
    EXTERNAL_REGULATION = "external_regulation"
    POLITICAL = "political"
    OWN_OFFICE = "own_office"


class Rule(enum.StrEnum):
    """How many votes a matter needs (LAW-45)."""

    PRESENT_MAJORITY = "present_majority"
    PRESENT_TWO_THIRDS = "present_two_thirds"
    ALL_DEPUTIES_MAJORITY = "all_deputies_majority"


class ClosedGround(enum.StrEnum):
    """Why a session or a part of it may be closed (LAW-17)."""

    PRIVATE_LIFE = "private_life"
    CHILDREN = "children"
    ADOPTION = "adoption"
    TRADE_SECRET = "trade_secret"  # noqa: S105
    OTHER_LAW = "other_law"


class Subject(enum.StrEnum):
    """What a matter is about, where the law treats it specially (LAW-7, 26, 31, 32, 42-44)."""

    GENERAL = "general"
    BUDGET = "budget"  # the budget and its amendments
    STATUTE = "statute"  # pašvaldības nolikums
    PLANNING = "planning"  # development strategy, development programme, spatial plan, their amendments
    COUNCIL_CHAIR = "council_chair"  # electing or dismissing the chair or the deputy chair
    COMMITTEE_MEMBERS = "committee_members"
    EXECUTIVE_DIRECTOR = "executive_director"
    INSTITUTION_HEAD = "institution_head"
    MANDATE = "mandate"  # annulling a deputy's mandate
    CHAIR_DISMISSAL = "chair_dismissal"  # of the chair: the chair does not lead it (LAW-42, 47)
    ORDER_REVOKED = "order_revoked"  # revoking an order of the chair or the deputy chair (LAW-51)
    AGENDA_ORDER = "agenda_order"
    AGENDA_CHANGE = "agenda_change"


class Submitter(enum.StrEnum):
    """Who may submit a draft decision (LAW-14), and the minister or the Cabinet, who convene a session (LAW-10, 48)."""

    CHAIR = "chair"
    COMMITTEE = "committee"
    DEPUTY = "deputy"
    INITIATOR = "initiator"  # of the extraordinary session
    DIRECTOR = "director"
    RESIDENTS = "residents"  # residents' council
    MINISTER = "minister"


class Requester(enum.StrEnum):
    """Who asks for an extraordinary session of a committee (LAW-68)."""

    COUNCIL_CHAIR = "council_chair"
    MEMBERS = "members"


class Skip(enum.StrEnum):
    """Where a draft need not go the path of the rules of procedure (LAW-15)."""

    EXTRAORDINARY = "extraordinary"
    SPECIAL_REGULAR = "special_regular"  # convened by deputies or the minister, or a repeat session
    OFFICIALS = "officials"


PROCEDURAL = frozenset({Subject.AGENDA_ORDER, Subject.AGENDA_CHANGE})
ELECTIVE = frozenset({Subject.COUNCIL_CHAIR, Subject.EXECUTIVE_DIRECTOR, Subject.COMMITTEE_MEMBERS})  # LAW-36
BARRED_AT_REDUCED_QUORUM = frozenset(
    {
        Subject.STATUTE,
        Subject.PLANNING,
        Subject.COUNCIL_CHAIR,
        Subject.CHAIR_DISMISSAL,
        Subject.COMMITTEE_MEMBERS,
        Subject.EXECUTIVE_DIRECTOR,
        Subject.INSTITUTION_HEAD,
        Subject.MANDATE,
    }
)  # LAW-26
NOT_REFUSABLE = frozenset(
    {Subject.COUNCIL_CHAIR, Subject.CHAIR_DISMISSAL, Subject.ORDER_REVOKED}
)  # LAW-51: the chair signs what appoints or dismisses the chair, or revokes the chair's order
PRESETS = {
    Subject.AGENDA_CHANGE: Rule.PRESENT_TWO_THIRDS,  # LAW-32, 33
    Subject.COUNCIL_CHAIR: Rule.ALL_DEPUTIES_MAJORITY,  # LAW-42, 44
    Subject.CHAIR_DISMISSAL: Rule.ALL_DEPUTIES_MAJORITY,  # LAW-42
    Subject.EXECUTIVE_DIRECTOR: Rule.ALL_DEPUTIES_MAJORITY,  # LAW-43
}


@dataclass(frozen=True)
class QuorumOutcome:
    """`needed`: the smallest number of members present that suffices; `rule`: the law, in words."""

    present: int
    needed: int
    reached: bool
    rule: str
    why: str


@dataclass(frozen=True)
class Outcome:
    """What a ballot came to. `needed`: the smallest number of votes for that adopts; `line`: one line for the hall."""

    adopted: bool
    needed: int
    rule: Rule
    law: str
    why: str
    line: str
    tie: bool = False


@dataclass(frozen=True)
class Election:
    """What a ballot for candidates came to. `elected`, `next_tour`, `tied`: positions in the list of candidates.

    `next_tour`: who stands in the next round, none when somebody is elected or a new election is held. `tied`: those of
    whom some must give way though they have equally many votes: the law does not say who (LAW-161)."""

    elected: int | None
    needed: int
    next_tour: tuple[int, ...]
    tied: tuple[int, ...]
    law: str
    why: str
    line: str


# ── Quorum ────────────────────────────────────────────────────────────────────────────────────────────────────────


def one_third(seats: int) -> int:
    """The smallest number that is at least one third of the deputies (LAW-10, 12, 13, 25, 46)."""
    return -(-seats // 3)


def quorum_needed(seats: int, reduced: bool = False) -> int:
    """More than half of the members (LAW-20, LAW-63), or one third in a second repeat session (LAW-25).

    seats: for the council the statutory number of deputies, for a committee the number of its members."""
    return one_third(seats) if reduced else seats // 2 + 1


def is_reduced(session_kind: str, repeat_no: int, extraordinary_origin: bool, committee: bool = False) -> bool:
    """Whether a session works with the reduced quorum: the second repeat of a regular council session (LAW-25)."""
    return session_kind == "repeat" and repeat_no >= 2 and not extraordinary_origin and not committee


def quorum(present: int, seats: int, *, committee: bool = False, reduced: bool = False) -> QuorumOutcome:
    """Whether enough members take part to open or count a vote (LAW-20, 21, 25, 63)."""
    needed = quorum_needed(seats, reduced)
    reached = present >= needed
    if reduced:
        rule = _("Local Government Law, section 27(2¹): one third of deputies in the second repeat session")
    elif committee:
        rule = _("Local Government Law, section 41(4): more than half of the committee members")
    else:
        rule = _("Local Government Law, section 27(2): more than half of the deputies")
    words = dict(present=present, needed=needed, seats=seats)
    if reached:
        why = _("There is a quorum: %(present)s of %(seats)s are present, at least %(needed)s are needed.", **words)
    else:
        why = _("There is no quorum: %(present)s of %(seats)s are present, at least %(needed)s are needed.", **words)
    return QuorumOutcome(present, needed, reached, rule, why)


def joint_quorum(parts: list[tuple[str, int, int]]) -> QuorumOutcome:
    """Whether more than half of the members of each committee take part in a joint session (LAW-69).

    parts: (name, members present, seats) of each committee. `present` and `needed` are of the one that lacks most."""
    each = [(name, quorum(present, seats, committee=True)) for name, present, seats in parts]
    least = min((one for _name, one in each), key=lambda one: one.present - one.needed)
    rule = _("Local Government Law, section 43(3): more than half of the members of each committee")
    short = [name for name, one in each if not one.reached]
    counted = ", ".join(
        _("%(name)s %(present)s (at least %(needed)s)", name=name, present=one.present, needed=one.needed)
        for name, one in each
    )
    if short:
        why = _("There is no quorum in each committee. Present: %(counted)s.", counted=counted)
    else:
        why = _("There is a quorum in each committee. Present: %(counted)s.", counted=counted)
    return QuorumOutcome(least.present, least.needed, not short, rule, why)


# ── Majorities ────────────────────────────────────────────────────────────────────────────────────────────────────


def rule_for(subject: Subject, *, committee: bool = False, reduced: bool = False) -> Rule:
    """The majority that the law presets for a subject (LAW-45); a committee and a reduced session know one only."""
    if committee or reduced:
        return Rule.PRESENT_MAJORITY
    return PRESETS.get(subject, Rule.PRESENT_MAJORITY)


def votes_needed(rule: Rule, voted: int, seats: int) -> int:
    """The smallest number of votes for that adopts. voted: par + pret + atturas, the "present" of LAW-38."""
    if rule == Rule.ALL_DEPUTIES_MAJORITY:
        return seats // 2 + 1
    if rule == Rule.PRESENT_TWO_THIRDS:
        return max(1, -(-2 * voted // 3))
    return voted // 2 + 1


def decide(
    rule: Rule,
    par: int,
    pret: int,
    atturas: int,
    seats: int,
    committee: bool = False,
    chair_choice: str | None = None,
    reduced: bool = False,
) -> Outcome:
    """Whether a draft is adopted, and why (LAW-38..45; committees LAW-64).

    seats: all deputies of the council, used by ALL_DEPUTIES_MAJORITY only. chair_choice: "par", "pret", "atturas" or
    None, the vote of the committee's chair, which decides when votes for and against are equal."""
    if min(par, pret, atturas) < 0:
        raise ValueError("counts of votes cannot be negative")
    rule = Rule(rule)
    voted = par + pret + atturas
    needed = votes_needed(rule, voted, seats)
    adopted = par >= needed
    tie = par == pret and voted > 0
    by_chair = committee and rule == Rule.PRESENT_MAJORITY and par == pret and par > 0
    if by_chair:
        adopted = chair_choice == "par"
    law = _law(rule, committee, by_chair, reduced)
    counts = dict(par=par, pret=pret, atturas=atturas, voted=voted, needed=needed, seats=seats, more_than=needed - 1)
    why = _chair_decided(adopted, chair_choice, counts) if by_chair else _why(rule, adopted, tie, committee, counts)
    line = _line(rule, adopted, committee, by_chair, counts)
    return Outcome(adopted, needed, rule, law, why, line, tie)


def _law(rule, committee, by_chair, reduced):
    if by_chair:
        return _("Local Government Law, section 41(6): the chair's vote decides when votes are equal")
    if committee:
        return _("Local Government Law, section 41(6): majority of members present")
    if reduced:
        return _(
            "Local Government Law, section 32(6): more than half of deputies present, in the second repeat session"
        )
    if rule == Rule.ALL_DEPUTIES_MAJORITY:
        return _("Local Government Law, sections 12(1), 19(6), 21(7): more than half of all deputies")
    if rule == Rule.PRESENT_TWO_THIRDS:
        return _("Local Government Law, section 34(2): at least two thirds of deputies present")
    return _("Local Government Law, section 37(1) and (4): more than half of deputies present")


def _why(rule, adopted, tie, committee, counts):
    if not counts["voted"]:
        return _("Nobody voted, so the draft did not get the votes it needs.")
    if rule == Rule.ALL_DEPUTIES_MAJORITY:
        if adopted:
            return _(
                "%(par)s voted for; more than half of all %(seats)s deputies is needed, that is at least "
                "%(needed)s. The draft got enough.",
                **counts,
            )
        return _(
            "%(par)s voted for; more than half of all %(seats)s deputies is needed, that is at least "
            "%(needed)s. The draft did not get enough.",
            **counts,
        )
    if rule == Rule.PRESENT_TWO_THIRDS:
        if adopted:
            return _(
                "%(par)s of the %(voted)s who voted were for; two thirds of them are needed, that is at least "
                "%(needed)s. The draft got enough.",
                **counts,
            )
        return _(
            "%(par)s of the %(voted)s who voted were for; two thirds of them are needed, that is at least "
            "%(needed)s. The draft did not get enough.",
            **counts,
        )
    if adopted:
        return _(
            "%(par)s of the %(voted)s who voted were for; more than half of them is needed, that is at least "
            "%(needed)s, and abstentions count against. The draft got enough.",
            **counts,
        )
    if tie and not committee:
        return _(
            "Votes for and against are equal (%(par)s and %(pret)s); in the council that is a rejection, because "
            "more than half of the %(voted)s who voted is needed, that is at least %(needed)s.",
            **counts,
        )
    return _(
        "%(par)s of the %(voted)s who voted were for; more than half of them is needed, that is at least "
        "%(needed)s, and abstentions count against. The draft did not get enough.",
        **counts,
    )


def _chair_decided(adopted, chair_choice, counts):
    if adopted:
        return _(
            "Votes for and against are equal (%(par)s and %(pret)s); the chair's vote decides, and it was for.",
            **counts,
        )
    if chair_choice == "pret":
        return _(
            "Votes for and against are equal (%(par)s and %(pret)s); the chair's vote decides, and it was against.",
            **counts,
        )
    return _(
        "Votes for and against are equal (%(par)s and %(pret)s); the chair's vote decides, but the chair did not "
        "vote for or against, so the draft is not supported.",
        **counts,
    )


def _line(rule, adopted, committee, by_chair, counts):
    if by_chair:
        if adopted:
            return _(
                "Supported: for %(par)s, against %(pret)s, abstained %(atturas)s (the chair's vote decided)", **counts
            )
        return _(
            "Not supported: for %(par)s, against %(pret)s, abstained %(atturas)s (the chair's vote decided)", **counts
        )
    if committee and adopted:
        return _(
            "Supported: for %(par)s, against %(pret)s, abstained %(atturas)s (more than %(more_than)s needed)", **counts
        )
    if committee:
        return _(
            "Not supported: for %(par)s, against %(pret)s, abstained %(atturas)s (more than %(more_than)s needed)",
            **counts,
        )
    if rule == Rule.PRESENT_TWO_THIRDS:
        if adopted:
            return _(
                "Adopted: for %(par)s, against %(pret)s, abstained %(atturas)s (at least %(needed)s needed)", **counts
            )
        return _(
            "Rejected: for %(par)s, against %(pret)s, abstained %(atturas)s (at least %(needed)s needed)", **counts
        )
    if adopted:
        return _(
            "Adopted: for %(par)s, against %(pret)s, abstained %(atturas)s (more than %(more_than)s needed)", **counts
        )
    return _(
        "Rejected: for %(par)s, against %(pret)s, abstained %(atturas)s (more than %(more_than)s needed)", **counts
    )


# ── Elections ──────────────────────────────────────────────────────────────────────────────────────────────────────


def elect(
    names: list[str], votes: list[int], voted: int, tour: int, rule: Rule, seats: int, committee: bool = False
) -> Election:
    """Who of several candidates for one office is elected (LAW-36, 44, 61, 161).

    names, votes: of each candidate, in the order of the ballot. voted: how many members voted, also for nobody.
    Round 2 is held with the two who got most votes, round 3 with the one of them who got more, then a new election."""
    needed = votes_needed(rule, voted, seats)
    elected = next((place for place, count in enumerate(votes) if count >= needed), None)
    stay, tied = ((), ()) if elected is not None else _next_tour(votes, tour)
    if rule == Rule.ALL_DEPUTIES_MAJORITY:
        law = _("Local Government Law, section 12(1)–(4): more than half of all deputies, in up to three rounds")
    elif committee:
        law = _("Local Government Law, section 40(2): more than half of deputies present")
    else:
        law = _("Local Government Law, section 37(1) and (4): more than half of deputies present")
    words: dict[str, int | str] = {"needed": needed, "tour": tour, "voted": voted}
    if elected is not None:
        words |= {"name": names[elected], "votes": votes[elected]}
        why = _("%(name)s got %(votes)s votes; at least %(needed)s were needed.", **words)
        return Election(elected, needed, (), (), law, why, _("Elected: %(name)s, %(votes)s votes", **words))
    line = _("Round %(tour)s: nobody is elected (%(needed)s votes needed)", **words)
    if tied:
        why = _(
            "Nobody got %(needed)s votes, and candidates with equally many votes (%(names)s) compete for the next "
            "round. The rules of procedure settle who stands in it.",
            names=", ".join(names[place] for place in tied),
            **words,
        )
    elif stay:
        why = _(
            "Nobody got %(needed)s votes. In the next round stand: %(names)s.",
            names=", ".join(names[place] for place in stay),
            **words,
        )
    else:
        why = _("Nobody got %(needed)s votes. A new election is held.", **words)
    return Election(None, needed, stay, tied, law, why, line)


def _next_tour(votes, tour):
    """Who stands in the next round, and who is tied for a place in it."""
    places = {1: 2, 2: 1}.get(tour, 0)
    if not places or len(votes) < 2:
        return (), ()
    order = sorted(range(len(votes)), key=lambda place: (-votes[place], place))
    if len(votes) <= places:
        return tuple(sorted(order)), ()
    last_in, first_out = votes[order[places - 1]], votes[order[places]]
    if last_in != first_out:
        return tuple(sorted(order[:places])), ()
    sure = tuple(sorted(place for place in order if votes[place] > last_in))
    return sure, tuple(sorted(place for place in order if votes[place] == last_in))


def may_lead(subject: Subject, *, is_chair: bool) -> Verdict:
    """Whether the one who presides may lead a matter of this subject (LAW-47). is_chair: the body's chair presides."""
    if subject == Subject.CHAIR_DISMISSAL and is_chair:
        return refuse(
            _(
                "The dismissal of the chair is led by the deputy chair (Local Government Law, section 19(5)). "
                "Hand the chair over for this matter."
            )
        )
    return ALLOWED


def may_chair_committee(*, finance: bool, council_chair: bool, chairs: int) -> Verdict:
    """Whether somebody may chair a committee; chairs: how many others that person chairs (LAW-61)."""
    if finance and not council_chair:
        return refuse(
            _("The finance committee is led by the chair of the council (Local Government Law, section 40(1)).")
        )
    if chairs >= MOST_COMMITTEES_CHAIRED:
        return refuse(_("A deputy chairs at most two committees (Local Government Law, section 40(4))."))
    return ALLOWED


def may_lead_joint(*, finance: bool, council_chair: bool, committee_chair: bool) -> Verdict:
    """Whether somebody may lead a joint session of committees (LAW-69). finance: the finance committee takes part."""
    if finance and not council_chair:
        return refuse(
            _(
                "A joint session with the finance committee is led by the chair of the council "
                "(Local Government Law, section 43(2))."
            )
        )
    if not (committee_chair or council_chair):
        return refuse(
            _("A joint session is led by the chair of one of its committees (Local Government Law, section 43(2)).")
        )
    return ALLOWED


def may_request_session(requester: Requester | None, signed: int, seats: int) -> Verdict:
    """Whether an extraordinary session of a committee is asked for by who may ask (LAW-68); None: its own chair."""
    if requester == Requester.MEMBERS and signed < one_third(seats):
        return refuse(
            _(
                "An extraordinary session of a committee is asked for by at least one third of its members, here "
                "%(needed)s (Local Government Law, section 42(1)).",
                needed=one_third(seats),
            )
        )
    return ALLOWED


def may_join_from_afar(*, session_remote: bool, clause: str, reason: str) -> Verdict:
    """Whether a member may take part from afar (LAW-28, 29).

    clause: of the statute; reason: why the member cannot come."""
    if not session_remote and not clause.strip():
        return refuse(
            _(
                "The statute of the municipality does not provide for joining from afar (Local Government Law, "
                "section 33(2)). When it does, enter the clause in the rules of procedure."
            )
        )
    if not session_remote and not reason.strip():
        return refuse(_("Say why the member cannot come (Local Government Law, section 33(2))."))
    return ALLOWED


# ── Interest ──────────────────────────────────────────────────────────────────────────────────────────────────────


def interest_blocks(act_kind: ActKind) -> bool:
    """Whether a declared interest takes the member out of the vote (LAW-49).

    Only in individual acts and contracts: regulations, political decisions, own pay and office are excepted by law."""
    return act_kind == ActKind.INDIVIDUAL


# ── Agenda ────────────────────────────────────────────────────────────────────────────────────────────────────────


def may_place(subject: Subject, *, extraordinary: bool, reduced: bool, urgency: str | None, has_draft: bool) -> Verdict:
    """Whether a matter may stand on the agenda of such a session at all (LAW-6, 7, 26).

    extraordinary: also the repeat of an extraordinary session."""
    if extraordinary and subject == Subject.BUDGET:
        return refuse(
            _(
                "The budget and its amendments may not be handled in an extraordinary session "
                "(Local Government Law, section 29(2)). Place the matter in a regular session."
            )
        )
    if extraordinary and subject not in PROCEDURAL and not (urgency or "").strip():
        return refuse(
            _(
                "A matter of an extraordinary session needs a justification of its urgency "
                "(Local Government Law, section 29(2)). Add it to the matter."
            )
        )
    if extraordinary and subject not in PROCEDURAL and not has_draft:
        return refuse(
            _(
                "A matter of an extraordinary session needs a draft decision "
                "(Local Government Law, section 29(2)). Add it to the matter."
            )
        )
    if reduced and subject in BARRED_AT_REDUCED_QUORUM:
        return refuse(
            _(
                "In the second repeat session, which works with one third of deputies, this matter may not be "
                "handled (Local Government Law, section 32(6))."
            )
        )
    return ALLOWED


class AgendaChange(enum.StrEnum):
    ORDER = "order"
    ADD = "add"
    REMOVE = "remove"


def may_change_agenda(
    change: AgendaChange, *, state: str, extraordinary: bool, repeat: bool, adopted: frozenset[Subject] = frozenset()
) -> Verdict:
    """Whether the agenda may be changed now (LAW-23, 31, 32, 33).

    state: planned, invited, open, paused or closed. adopted: procedural subjects adopted in this open session."""
    if state == "closed":
        return refuse(_("The session is closed, its agenda stays as it is."))
    if state == "planned" and not (extraordinary and repeat):
        return ALLOWED
    removal = change == AgendaChange.REMOVE
    if extraordinary and not (removal and state in ("open", "paused")):
        return refuse(
            _(
                "The agenda of an extraordinary session cannot be changed after it is convened; only the "
                "council itself may remove a matter that is not urgent (Local Government Law, "
                "section 34(2))."
            )
        )
    if state in ("planned", "invited"):
        return ALLOWED
    if change == AgendaChange.ORDER:
        if adopted & PROCEDURAL:
            return ALLOWED
        return refuse(
            _(
                "In an open session the order is changed by a vote of more than half of those present "
                "(Local Government Law, section 34(1)). Put it to the vote first."
            )
        )
    if Subject.AGENDA_CHANGE in adopted:
        return ALLOWED
    return refuse(
        _(
            "In an open session matters are added or removed by a vote of at least two thirds of those present "
            "(Local Government Law, section 34(2)). Put it to the vote first."
        )
    )


# ── The path of a draft ───────────────────────────────────────────────────────────────────────────────────────────

OFFICIALS = frozenset(
    {Subject.COUNCIL_CHAIR, Subject.COMMITTEE_MEMBERS, Subject.EXECUTIVE_DIRECTOR, Subject.INSTITUTION_HEAD}
)


def may_skip(skip: Skip, subject: Subject) -> Verdict:
    """Whether a draft may reach the council without checks and opinions on this ground (LAW-15)."""
    if skip == Skip.OFFICIALS and subject not in OFFICIALS:
        return refuse(
            _(
                "Only drafts on electing, appointing or recalling officials skip the path on this ground "
                "(Local Government Law, section 36(2))."
            )
        )
    return ALLOWED


def may_place_skipped(skip: Skip | None, *, extraordinary: bool, repeat: bool, special: bool = False) -> Verdict:
    """Whether a draft that skipped the path may stand on the agenda of such a session (LAW-15).

    special: a regular session convened by deputies or by the minister."""
    if skip == Skip.EXTRAORDINARY and not extraordinary:
        return refuse(
            _(
                "The draft skipped checks and opinions for an extraordinary session; in a regular one it needs them "
                "(Local Government Law, section 36(2))."
            )
        )
    if skip == Skip.SPECIAL_REGULAR and not (repeat or special or extraordinary):
        return refuse(
            _(
                "The draft skipped checks and opinions for a session convened by deputies or the minister or for a "
                "repeat session; in another one it needs them (Local Government Law, section 36(2))."
            )
        )
    return ALLOWED


def needs_finance(subject: Subject, amount_cents: int | None, real_estate: bool) -> bool:
    """Whether the law asks for the finance committee's opinion before the council (LAW-60)."""
    return subject == Subject.BUDGET or bool(amount_cents) or real_estate


def merge(text: str, old: str, new: str) -> str | None:
    """The text with an amendment in it; None when its place is not there exactly once, so that a person decides."""
    return text.replace(old, new) if old and text.count(old) == 1 else None


# ── Terms ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def working_days_before(day: date, count: int) -> date:
    """The last day that still lies `count` working days before `day`; `day` itself is not counted (LAW-174)."""
    while count > 0:
        day -= timedelta(days=1)
        if clock.is_working_day(day):
            count -= 1
    return day


def nth_weekday(year: int, month: int, week: int, weekday: int) -> date:
    """The first to fourth (1 to 4) or last (-1) such day of the week in a month; weekday 0 is Monday."""
    if week == -1:
        last = (date(year, month, 1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (week - 1))


def off_holidays(day: date) -> date:
    """The day, or the next working day, but in the same month: each has its regular session (LAW-1)."""
    later = clock.next_working_day(day)
    return later if later.month == day.month else clock.add_working_days(day, -1)


def notice_by(session_day: date) -> date:
    """Last day to open drafts to members and publish the notice of a regular session (LAW-3, 4, 5)."""
    return working_days_before(session_day, NOTICE_WORKING_DAYS)


def materials_by(planned_at: datetime) -> datetime:
    """Last moment to open the materials of an extraordinary session to members (LAW-8)."""
    return planned_at - EXTRAORDINARY_NOTICE


def committee_convened_by(requested_at: datetime) -> datetime:
    """Last moment to convene an extraordinary session of a committee that was asked for (LAW-68)."""
    return requested_at + COMMITTEE_CONVENING


def is_late(added_at: datetime, planned_at: datetime, *, extraordinary: bool, committee: bool = False) -> bool:
    """Whether a matter became open to members after its term (LAW-3, 5, 8). Both times aware UTC.

    For committees the law sets no term (LAW-62)."""
    if committee:
        return False
    if extraordinary:
        return added_at > materials_by(planned_at)
    return clock.local(added_at).date() > notice_by(clock.local(planned_at).date())


def sign_by(day: date) -> date:
    """Last day to sign a decision adopted, or the minutes of a session held, on `day` (LAW-50, 54, 67)."""
    return clock.add_working_days(day, SIGNING_WORKING_DAYS)


def publish_by(signed_on: date) -> date:
    """Last day to publish decisions and minutes signed on this day (LAW-56, 67)."""
    return clock.add_working_days(signed_on, PUBLISHING_WORKING_DAYS)


def opinion_by(minutes_signed_on: date) -> date:
    """Last day for a member to file a written opinion that becomes part of the minutes (LAW-55)."""
    return clock.add_working_days(minutes_signed_on, SIGNING_WORKING_DAYS)


def recording_by(session_day: date) -> date:
    """Last day to publish the audiovisual recording (LAW-57)."""
    return clock.add_working_days(session_day, RECORDING_WORKING_DAYS)


def repeat_window(session_day: date, *, extraordinary: bool) -> tuple[date, date]:
    """First and last day for the repeat of a session that had no quorum (LAW-23)."""
    if extraordinary:
        return session_day + timedelta(days=1), clock.next_working_day(session_day + timedelta(days=1))
    return session_day + timedelta(days=REPEAT_EARLIEST_DAYS), session_day + timedelta(days=REPEAT_LATEST_DAYS)


def next_regular_by(last_regular_day: date) -> date:
    """Last day for the next regular session: one in every calendar month (LAW-1)."""
    first = (last_regular_day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
