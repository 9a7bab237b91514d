"""What the services hand to screens, minutes and the replay: plain values, already read, never a query."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from portal.council.models import (
    Amendment,
    Ballot,
    Body,
    Choice,
    ClosedPart,
    Decision,
    Matter,
    MatterFile,
    Minutes,
    Proposal,
    Regulation,
    Rehearsal,
    Remark,
    Session,
    SessionBreak,
    Speaker,
)
from portal.kernel.access import Verdict


@dataclass(frozen=True)
class Quorum:
    """`present` counts members in the room, `needed` is the smallest number that suffices; `rule` names the law.

    `why` is a sentence such as "8 of 15 are needed, 9 are present"; `reduced`: second repeat session (LAW-25)."""

    present: int
    needed: int
    seats: int
    reached: bool
    rule: str
    why: str
    reduced: bool = False
    name: str = ""  # of the committee, in `each`
    each: list["Quorum"] = field(default_factory=list)  # of a joint session: one for each committee (LAW-69)


@dataclass(frozen=True)
class Named:
    """A person with a name to show."""

    id: uuid.UUID
    name: str


@dataclass(frozen=True)
class OptionResult:
    """One candidate of a closed ballot: how many voted for, and who (LAW-37)."""

    id: uuid.UUID
    name: str
    votes: int
    elected: bool
    voters: list[Named]


@dataclass(frozen=True)
class Result:
    """A closed ballot. `needed` votes for were needed; `names`: Choice -> [Named], in the order of names.

    `not_voted`, `recused`: [Named]. `line` is one line for the hall screen; `why` the sentence with the rule."""

    ballot_id: uuid.UUID
    matter_id: uuid.UUID
    round: int
    valid: bool  # False: ended without a result, because the quorum was lost or the chair called it off
    adopted: bool
    par: int
    pret: int
    atturas: int
    needed: int
    rule: str  # the key of rules.Rule
    law: str  # "Pašvaldību likums 37(1), 37(4)"
    why: str
    line: str
    present: int
    quorum_needed: int
    opened_at: datetime
    closed_at: datetime
    names: dict[Choice, list[Named]]
    not_voted: list[Named]
    recused: list[Named]
    kind: str = "draft"  # the key of models.BallotKind; a draft and an election settle the matter
    way: str = "tablet"
    question: str | None = None  # None: the draft itself
    tour: int | None = None  # the round of an election
    repeat_reason: str | None = None
    options: list[OptionResult] = field(default_factory=list)  # candidates


@dataclass(frozen=True)
class Tally:
    """An open ballot from outside: who has voted, never what."""

    ballot_id: uuid.UUID
    voted: list[Named]
    waiting: list[Named]
    recused: list[Named]


@dataclass(frozen=True)
class CountLine:
    """One voter on the sheets of a counting commission. `mark`: what the asking teller entered; `sheets`: what each
    entered, in the order of `CountView.entered`, once that may be seen."""

    person: Named
    mark: str | None
    differs: bool
    sheets: list[str]


@dataclass(frozen=True)
class CountView:
    """A vote by hands or paper as its commission sees it. `words`: option id -> the candidate's name."""

    ballot: Ballot
    session: Session
    matter: Matter
    tellers: list[tuple[Named, datetime | None]]
    entered: list[Named]
    mine: bool
    lines: list[CountLine]
    words: dict[str, str]
    stored: bool


@dataclass(frozen=True)
class Mark:
    """One small sign of a matter's or session's readiness; `text` explains it. `kind`: ok, warn or late."""

    key: str  # draft | files | opinion | term | rapporteur | agenda | notice | …
    kind: str
    text: str
    rule: str = ""


@dataclass(frozen=True)
class Opinion:
    """What a committee thinks of a draft. counts: (par, pret, atturas); text: its proposals; version: of the text."""

    matter_id: uuid.UUID
    body_id: uuid.UUID
    body: str
    short: str
    outcome: str
    counts: tuple[int, int, int] | None
    text: str
    version: int | None
    decided_at: datetime


@dataclass(frozen=True)
class WayStep:
    """One step on a draft's way. `state`: done, now, late, waiting, failed or skipped; `detail`: who or what."""

    key: str
    label: str
    state: str
    detail: str = ""
    when: datetime | None = None
    matter_id: uuid.UUID | None = None
    due_on: date | None = None
    rule: str = ""


@dataclass(frozen=True)
class Way:
    """Where a draft stands. `next`: who acts next, in words; `at_council`: it has reached the council."""

    steps: list[WayStep]
    next: str
    at_council: bool
    decision: Decision | None


@dataclass(frozen=True)
class Step:
    """The next formal step. `endpoint` + `params` make its URL; `method` GET opens a page, POST acts at once.

    `due_on` (Riga date) is the lawful deadline, `rule` its source; when not `ready`, `why_not` says what is missing."""

    key: str
    label: str
    endpoint: str
    params: dict[str, Any]
    method: str
    due_on: date | None
    rule: str
    ready: bool
    why_not: str = ""


@dataclass(frozen=True)
class MatterLine:
    """A matter as a line of the agenda."""

    matter: Matter
    case_number: str | None
    rapporteur: str | None
    marks: list[Mark]
    result: Result | None  # of the last closed ballot (names left out: empty dict)
    opinions: list[Opinion] = field(default_factory=list)  # of the committees


@dataclass(frozen=True)
class InterestHint:
    """A matter names what a member has declared in the register. `blocks`: whether a declaration in this matter takes
    the member out of the vote (LAW-49)."""

    person: Named
    subject: str
    relation: str
    blocks: bool


@dataclass(frozen=True)
class MemberLine:
    """A member in a session. `arrived_at`: start of the present stay; `recused`: in the current matter."""

    id: uuid.UUID
    name: str
    present: bool
    arrived_at: datetime | None
    left_at: datetime | None
    absence_reason: str | None
    recused: bool
    voted: bool  # in the open ballot


@dataclass(frozen=True)
class SessionView:
    session: Session
    body: Body
    chair: Named | None
    minute_taker: Named | None
    matters: list[MatterLine]
    members: list[MemberLine]
    current: MatterLine | None
    ballot: Ballot | None  # the open one
    speakers: list[Speaker]  # of the current matter: waiting and spoken
    quorum: Quorum
    minutes: Minutes | None
    can: dict[str, Verdict]  # keys: service/screens.py, _session_can
    marks: list[Mark]  # readiness of the session as a whole
    steps: list[Step]
    floor: Speaker | None = None  # who speaks now
    shown: Ballot | None = None  # the last closed one of the current matter, on whatever question, while none is open
    package: list[Ballot] = field(default_factory=list)  # the other ballots of the common vote that is open
    pause: SessionBreak | None = None  # the break that lasts
    closed_part: ClosedPart | None = None  # the closed part that is going on


@dataclass(frozen=True)
class TabletView:
    session: Session
    body: Body
    member: Named
    present: bool
    current: Matter | None
    files: list[MatterFile]
    ballot: Ballot | None  # the open one
    my_vote: Choice | None
    my_vote_at: datetime | None
    recused: bool
    may_check_in: Verdict
    may_vote: Verdict
    may_recuse: Verdict
    last_result: Result | None  # of the current matter, with names
    agenda: list[Matter]
    quorum: Quorum
    speakers: list[Speaker] = field(default_factory=list)
    floor: Speaker | None = None
    package: list[Matter] = field(default_factory=list)  # the other matters of the common vote that is open
    my_option: str | None = None  # the candidate whom the member's vote is for
    pause: SessionBreak | None = None
    entered: str | None = None  # why the desk entered the member's vote; "" when no reason was kept
    answered: bool | None = None  # whether the member agreed to that
    hints: list[InterestHint] = field(default_factory=list)  # what the current matter names of the own interests
    rehearsal: Rehearsal | None = None
    trial: Choice | None = None  # the member's choice for trial
    amendments: list[Amendment] = field(default_factory=list)  # to the current matter
    closed_part: ClosedPart | None = None  # the closed part that is going on


@dataclass(frozen=True)
class TabletLine:
    """A member's tablet at the desk. `seen_s`: seconds since it last spoke, None when never; `quiet`: too long ago;
    `way`: stream or poll; `low`: the battery runs out; `old`: an earlier program; `entry`: entered, confirmed or
    objected, of a vote that the desk entered; `tried`: the choice made for trial."""

    id: uuid.UUID
    name: str
    present: bool
    voted: bool
    waiting: bool
    entry: str | None
    seen_s: int | None
    quiet: bool
    way: str | None
    battery: int | None
    low: bool
    charging: bool
    old: bool
    tried: Choice | None


@dataclass(frozen=True)
class HealthView:
    """The tablets of a session. `waiting`: those who are in the hall and have not voted in the open ballot."""

    session: Session
    ballot: Ballot | None
    lines: list[TabletLine]
    waiting: list[TabletLine]
    objections: list[str]
    rehearsal: Rehearsal | None
    may_enter: Verdict
    may_rehearse: bool


@dataclass(frozen=True)
class Seat:
    """A named tile of the hall screen. `state`: waiting, voted, for, against, abstained, absent, recused, not_voted;
    `candidate`: the number of the candidate that "for" is for."""

    id: uuid.UUID
    name: str
    state: str
    candidate: int | None = None


@dataclass(frozen=True)
class PublicLine:
    """A matter as the public may know it. `title`: None of a closed one (LAW-18); `line`: what was decided."""

    n: int
    title: str | None
    line: str = ""


@dataclass(frozen=True)
class PublicLive:
    """A session that goes on, for everybody. `ground`: why the public may not hear this part (LAW-17);
    `voting`: (how many have voted, how many are present) while a vote is open, `candidates` who stand in it."""

    session: Session
    ground: str | None
    current: PublicLine | None
    question: str | None
    voting: tuple[int, int] | None
    quorum: Quorum
    result: Result | None
    floor: Speaker | None
    lines: list[PublicLine]
    pause: SessionBreak | None
    tour: int | None = None
    candidates: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class FactionVotes:
    """How the members of one faction voted."""

    name: str
    par: int
    pret: int
    atturas: int


@dataclass(frozen=True)
class HallView:
    session: Session
    body: Body
    current: Matter | None
    ballot: Ballot | None
    quorum: Quorum
    seats: list[Seat]
    result: Result | None
    line: str  # "Pieņemts: par 9, pret 4, atturas 2 (vajadzīgs vairāk par 7)", or what is going on now
    voted: int = 0
    expected: int = 0
    floor: Speaker | None = None
    pause: SessionBreak | None = None
    closed_part: bool = False
    hidden: bool = False  # the matter is closed and the public is in the hall: only its number and outcome (LAW-18)
    factions: list[FactionVotes] = field(default_factory=list)  # of the result that is shown


@dataclass(frozen=True)
class MatterView:
    """Everything about one matter. `recusals`: (who, why)."""

    matter: Matter
    line: MatterLine
    body: Body
    session: Session | None
    files: list[MatterFile]
    results: list[Result]
    recusals: list[tuple[Named, str]]
    speakers: list[Speaker]
    remarks: list[Remark]
    decision: Decision | None
    proposal: Proposal | None
    way: Way | None
    regulation: Regulation | None
    amendments: list[Amendment]
    can: dict[str, Verdict]  # keys: service/screens.py, _matter_can


@dataclass(frozen=True)
class Overview:
    """The council's front page: sessions that are open or to come, and what waits in each pool."""

    bodies: list[Body]
    sessions: list[Session]
    past: list[Session]
    pool_counts: dict[uuid.UUID, int]
    can_prepare: Verdict
