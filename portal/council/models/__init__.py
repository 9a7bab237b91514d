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
from portal.council.models.proposals import (
    Amendment,
    AmendmentState,
    DraftCheck,
    DraftTemplate,
    MatterVersion,
    Proposal,
    Stop,
    VersionCause,
)
from portal.council.models.published import (
    AdditionKind,
    MinutesAddition,
    MinutesVersion,
    OpenObject,
    Publication,
    Recording,
    Redaction,
)
from portal.council.models.regulations import OpinionOutcome, PublicOpinion, Regulation
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
from portal.council.models.tablets import EntryAnswer, Note, Rehearsal, Tablet
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
from portal.council.rules import ActKind, Rule, Skip, Subject, Submitter

__all__ = [
    "Absence", "ActKind", "AdditionKind", "MinutesAddition", "MinutesVersion", "OpenObject", "Publication", "Recording",
    "Redaction", "Amendment", "AmendmentState", "Attendance", "AttendanceWay", "Ballot", "BallotKind",
    "BallotOption", "BallotTeller", "BallotWay", "Body", "BodyKind", "BodyMember", "Choice", "ClosedPart", "Decision",
    "DraftCheck", "DraftTemplate", "EntryAnswer", "Invitation", "Matter", "MatterFile", "MatterState", "MatterVersion",
    "Minutes", "Note", "OpinionOutcome", "Outcome", "PaperState", "Presiding", "Procedure", "Proposal", "PublicOpinion",
    "Recusal", "Regulation", "Rehearsal", "Remark", "RemarkKind", "Rule", "Session", "SessionBreak", "SessionKind",
    "SessionState", "SessionTemplate", "Skip", "Speaker", "SpeechKind", "Stop", "Subject", "Submitter", "Tablet",
    "VersionCause", "Vote", "VoteChange",
]  # fmt: skip
