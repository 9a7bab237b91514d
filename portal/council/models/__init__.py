"""The tables of the council area, split by noun."""

from portal.council.models.bodies import Body, BodyKind, BodyMember
from portal.council.models.matters import (
    Matter,
    MatterFile,
    MatterState,
    Outcome,
    Recusal,
    Remark,
    RemarkKind,
    Speaker,
    SpeechKind,
)
from portal.council.models.papers import Decision, Minutes, PaperState
from portal.council.models.sessions import (
    Absence,
    Attendance,
    AttendanceWay,
    ClosedPart,
    Invitation,
    Presiding,
    Procedure,
    Session,
    SessionBreak,
    SessionKind,
    SessionState,
    SessionTemplate,
)
from portal.council.models.voting import (
    Ballot,
    BallotKind,
    BallotOption,
    BallotTeller,
    BallotWay,
    Choice,
    Vote,
    VoteChange,
)
from portal.council.rules import ActKind, Rule, Subject

__all__ = [
    "Absence", "ActKind", "Attendance", "AttendanceWay", "Ballot", "BallotKind", "BallotOption", "BallotTeller",
    "BallotWay", "Body", "BodyKind", "BodyMember", "Choice", "ClosedPart", "Decision", "Invitation", "Matter",
    "MatterFile", "MatterState", "Minutes", "Outcome", "PaperState", "Presiding", "Procedure", "Recusal", "Remark",
    "RemarkKind", "Rule", "Session", "SessionBreak", "SessionKind", "SessionState", "SessionTemplate", "Speaker",
    "SpeechKind", "Subject", "Vote", "VoteChange",
]  # fmt: skip
