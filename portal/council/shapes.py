"""What the services hand to screens, minutes and the replay: plain values, already read, never a query."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from portal.council.models import Ballot, Body, Choice, Matter, MatterFile, Minutes, Session, Speaker
from portal.kernel.access import Verdict


@dataclass(frozen=True)
class Quorum:
    """`present` counts members in the room, `needed` is the smallest number that suffices; `rule` is a reference to law.

    `why` is a sentence such as "8 of 15 are needed, 9 are present"; `reduced`: second repeat session (LAW-25)."""

    present: int
    needed: int
    seats: int
    reached: bool
    rule: str
    why: str
    reduced: bool = False


@dataclass(frozen=True)
class Named:
    """A person with a name to show."""

    id: uuid.UUID
    name: str


@dataclass(frozen=True)
class Result:
    """A closed ballot. `needed` votes for were needed; `names`: Choice -> [Named], in the order of names.

    `not_voted`, `recused`: [Named]. `line` is the one-line result of the hall screen; `why` the sentence with the rule."""

    ballot_id: uuid.UUID
    matter_id: uuid.UUID
    round: int
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


@dataclass(frozen=True)
class Tally:
    """An open ballot from outside: who has voted, never what."""

    ballot_id: uuid.UUID
    voted: list[Named]
    waiting: list[Named]
    recused: list[Named]


@dataclass(frozen=True)
class Mark:
    """One small sign of a matter's or session's readiness; `text` explains it. `kind`: ok, warn or late."""

    key: str  # draft | files | opinion | term | rapporteur | agenda | notice | …
    kind: str
    text: str
    rule: str = ""


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
    can: dict[str, Verdict]  # invite, open, pause, resume, close, place, attend, open_ballot, close_ballot, enter_vote, minutes
    marks: list[Mark]  # readiness of the session as a whole
    steps: list[Step]


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
    may_vote: Verdict
    may_recuse: Verdict
    last_result: Result | None  # of the current matter, with names
    agenda: list[Matter]
    quorum: Quorum


@dataclass(frozen=True)
class Seat:
    """A named tile of the hall screen. `state`: waiting, voted, for, against, abstained, absent, recused, not_voted."""

    id: uuid.UUID
    name: str
    state: str


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


@dataclass(frozen=True)
class Pool:
    """Matters that wait for a session of a body."""

    body: Body
    matters: list[MatterLine] = field(default_factory=list)
