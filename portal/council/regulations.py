"""The law of binding regulations (saistošie noteikumi) as pure functions: LAW-71 … LAW-78, LAW-169."""

import enum
from dataclasses import dataclass, field
from datetime import date, timedelta

from portal.kernel import clock
from portal.kernel.access import ALLOWED, Verdict, refuse
from portal.kernel.i18n import _, _l, date_short

CONSULTATION_DAYS = 14  # LAW-72: at least two weeks
SENDING_WORKING_DAYS = 3  # LAW-74, 75, 76, 77
OPINION_MONTHS = 1  # LAW-74
REASONED_MONTHS = 2  # LAW-77


class Area(enum.StrEnum):
    """What regulations are about, as far as their way depends on it (LAW-73, 74, 169)."""

    MUNICIPAL = "municipal"  # section 45
    SOCIAL = "social"
    CHILDREN = "children"
    FEES = "fees"
    TAX = "tax"
    OTHER_LAW = "other_law"  # another law names the ministry that gives an opinion
    OTHER = "other"
    STATUTE = "statute"
    BUDGET = "budget"
    PLANNING = "planning"


NEEDS_OPINION = frozenset({Area.MUNICIPAL, Area.SOCIAL, Area.CHILDREN, Area.FEES, Area.TAX, Area.OTHER_LAW})  # LAW-74
EXEMPT = frozenset({Area.BUDGET, Area.PLANNING})  # LAW-73
INFORMED = frozenset({Area.BUDGET, Area.STATUTE})  # LAW-169: to the ministry for information

NOTE = {  # LAW-71: the sections of the explanatory note, in their order
    "aim": _l("Aim and need"),
    "fiscal": _l("Effect on the municipal budget"),
    "impact": _l("Effect on society, environment, health, business and competition"),
    "procedures": _l("Administrative procedures and their costs"),
    "functions": _l("Effect on functions and staff"),
    "enforcement": _l("How it is carried out"),
    "proportionality": _l("Proportionality"),
    "consultations": _l("Consultations and opinions of the public"),
}


@dataclass(frozen=True)
class Facts:
    """What is known of regulations. Days of Riga. `objections`: of the ministry's opinion; `kept_on`: the day the
    council's reasoned decision was signed; `set_on`: the day of entry into force that the act itself sets."""

    area: Area
    note: dict = field(default_factory=dict)
    since: date | None = None
    until: date | None = None
    signed_on: date | None = None
    sent_on: date | None = None
    received_on: date | None = None
    opinion_on: date | None = None
    objections: bool = False
    kept_on: date | None = None
    gazette_on: date | None = None
    published_on: date | None = None
    set_on: date | None = None


@dataclass(frozen=True)
class Term:
    """One step with its term. `state`: done, now, late, blocked or waiting."""

    key: str
    label: str
    rule: str
    state: str
    due_on: date | None = None
    done_on: date | None = None


def sections(area: Area) -> tuple[str, ...]:
    """The sections that the note needs: none for budget and planning (LAW-73); no budget effect for fees (LAW-169)."""
    if area in EXEMPT:
        return ()
    return tuple(key for key in NOTE if not (area == Area.FEES and key == "fiscal"))


def missing(area: Area, note: dict, before: str | None = None) -> list[str]:
    """Sections that are still empty; of those before one, when given."""
    needed = sections(area)
    if before in needed:
        needed = needed[: needed.index(before)]
    return [key for key in needed if not (note.get(key) or "").strip()]


def earliest_end(since: date) -> date:
    """The earliest last day of a consultation that begins on this day (LAW-72)."""
    return since + timedelta(days=CONSULTATION_DAYS)


def may_reach_council(facts: Facts, today: date) -> Verdict:
    """Whether the draft may stand on the council's agenda (LAW-71, 72, 73)."""
    if facts.area in EXEMPT:
        return ALLOWED
    if facts.until is None:
        return refuse(
            _("The draft regulations are published for opinions first (Local Government Law, section 46(3)).")
        )
    if today <= facts.until:
        return refuse(
            _(
                "The public may give opinions until %(day)s (Local Government Law, section 46(3)).",
                day=date_short(facts.until),
            )
        )
    if left := missing(facts.area, facts.note):
        names = ", ".join(str(NOTE[key]) for key in left)
        return refuse(
            _("The explanatory note is not complete: %(names)s (Local Government Law, section 46(1)).", names=names)
        )
    return ALLOWED


def send_by(signed_on: date) -> date:
    """Last day to send to the ministry or to Latvijas Vēstnesis (LAW-74, 75, 76, 77)."""
    return clock.add_working_days(signed_on, SENDING_WORKING_DAYS)


def answer_by(received_on: date) -> date:
    """Last day of the ministry's opinion (LAW-74)."""
    return clock.add_months(received_on, OPINION_MONTHS)


def reason_by(opinion_on: date) -> date:
    """Last day for the council's reasoned decision or the corrected text after objections (LAW-77)."""
    return clock.add_months(opinion_on, REASONED_MONTHS)


def gazette_by(facts: Facts, today: date) -> date | None:
    """Last day to send to Latvijas Vēstnesis; None while the way there is not open (LAW-75, 76, 77)."""
    if facts.signed_on is None:
        return None
    if facts.area not in NEEDS_OPINION:
        return send_by(facts.signed_on)
    if facts.opinion_on is not None:
        if not facts.objections:
            return send_by(facts.opinion_on)
        return send_by(facts.kept_on) if facts.kept_on else None
    if facts.received_on is not None and today > answer_by(facts.received_on):
        return send_by(answer_by(facts.received_on))
    return None


def may_answer_objections(facts: Facts, today: date) -> Verdict:
    """Whether the council may still correct the text or insist on it (LAW-77)."""
    if facts.opinion_on is None or not facts.objections:
        return refuse(_("The ministry has no objections."))
    if facts.kept_on is None and today > reason_by(facts.opinion_on):
        return refuse(_too_late())
    return ALLOWED


def may_send_to_gazette(facts: Facts, today: date) -> Verdict:
    """Whether the regulations may go to Latvijas Vēstnesis today (LAW-75, 76, 77)."""
    if facts.signed_on is None:
        return refuse(_("The regulations are not adopted and signed yet."))
    due = gazette_by(facts, today)
    if due is None:
        if facts.opinion_on is not None and facts.objections:
            if today > reason_by(facts.opinion_on):
                return refuse(_too_late())
            return refuse(
                _(
                    "The ministry objects: correct the text and send it again, or adopt a reasoned decision until "
                    "%(day)s (Local Government Law, section 47(5)).",
                    day=date_short(reason_by(facts.opinion_on)),
                )
            )
        return refuse(_("The ministry's opinion is awaited (Local Government Law, section 47(2))."))
    if facts.objections and today > due:
        return refuse(_too_late())
    return ALLOWED


def _too_late():
    return _(
        "The terms after the ministry's objections have passed; the regulations may not be published any more (Local "
        "Government Law, section 47(7))."
    )


def in_force_on(facts: Facts) -> date | None:
    """The day of entry into force (LAW-78)."""
    if facts.published_on is None:
        return None
    return facts.set_on or facts.published_on + timedelta(days=1)


def terms(facts: Facts, today: date) -> list[Term]:
    """The whole way with its terms, each with its article."""
    found = []

    def add(key, label, rule, *, due=None, done=None, ready=True, blocked=False):
        state = "waiting"
        if done:
            state = "done"
        elif blocked:
            state = "blocked"
        elif ready:
            state = "late" if due and due < today else "now"
        found.append(Term(key, label, rule, state, due, done if isinstance(done, date) else None))

    if facts.area not in EXEMPT:
        rest = missing(facts.area, facts.note, before="consultations")
        add("note", _("Explanatory note"), _("Local Government Law, section 46(1)"), done=not rest)
        over = facts.until if facts.until and today > facts.until else None
        add("consultation", _("Opinions of the public, at least two weeks"), _("Local Government Law, section 46(3)"),
            due=facts.until, done=over, ready=not rest)  # fmt: skip
        add("collect", _("Opinions in the note"), _("Local Government Law, section 46(3)"),
            done=not missing(facts.area, facts.note), ready=over is not None)  # fmt: skip
    signed = facts.signed_on
    ready = bool(may_reach_council(facts, today))
    add("adopt", _("Adopted and signed"), _("Local Government Law, section 37(5)"), done=signed, ready=ready)
    if facts.area in NEEDS_OPINION:
        add("send", _("To the ministry"), _("Local Government Law, section 47(2)"),
            due=signed and send_by(signed), done=facts.sent_on, ready=bool(signed))  # fmt: skip
        answer = facts.received_on and answer_by(facts.received_on)
        silent = answer is not None and not facts.opinion_on and today > answer
        add("opinion", _("Opinion of the ministry"), _("Local Government Law, section 47(2)"),
            due=answer, done=facts.opinion_on or (answer if silent else None),
            ready=bool(facts.sent_on))  # fmt: skip
        if facts.objections and facts.opinion_on:
            add("objections", _("Reasoned decision or corrected text"), _("Local Government Law, section 47(5)"),
                due=reason_by(facts.opinion_on), done=facts.kept_on,
                blocked=not may_answer_objections(facts, today))  # fmt: skip
    due, verdict = gazette_by(facts, today), may_send_to_gazette(facts, today)
    blocked = bool(facts.objections and facts.opinion_on and not verdict and (due or facts.kept_on is None) and
                   today > (due or reason_by(facts.opinion_on)))  # fmt: skip
    add("gazette", _("To Latvijas Vēstnesis"), _("Local Government Law, section 47(1), (4) and (6)"),
        due=due, done=facts.gazette_on, ready=due is not None, blocked=blocked)  # fmt: skip
    add("published", _("Published in Latvijas Vēstnesis"), _("Local Government Law, section 47(1)"),
        done=facts.published_on, ready=bool(facts.gazette_on))  # fmt: skip
    start = in_force_on(facts)
    add("force", _("In force"), _("Local Government Law, section 47(1)"), due=start,
        done=start if start and start <= today else None, ready=bool(start))  # fmt: skip
    return found
