"""The tables of the council area, split by noun."""

from portal.council.models.bodies import (
    Body,
    BodyKind,
    BodyMember,
    Convocation,
    Faction,
    FactionMember,
    Office,
    OfficeHeld,
)
from portal.council.models.interests import Interest
from portal.council.models.materials import Materials, MaterialsState
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
from portal.council.models.pay import PayBasis, PayRate, Statement, StatementState
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
    Guest,
    Invitation,
    Presiding,
    Procedure,
    Session,
    SessionBreak,
    SessionKind,
    SessionState,
    SessionTemplate,
    session_body,
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
from portal.council.rules import ActKind, Requester, Rule, Skip, Subject, Submitter

__all__ = [
    "Absence", "ActKind", "AdditionKind", "Amendment", "AmendmentState", "Attendance", "AttendanceWay", "Ballot",
    "BallotKind", "BallotOption", "BallotTeller", "BallotWay", "Body", "BodyKind", "BodyMember", "Choice",
    "ClosedPart", "Convocation", "Decision", "DraftCheck", "DraftTemplate", "EntryAnswer", "Faction", "FactionMember",
    "Guest", "Interest", "Invitation", "Materials", "MaterialsState", "Matter", "MatterFile", "MatterState",
    "MatterVersion", "Minutes", "MinutesAddition", "MinutesVersion", "Note", "Office", "OfficeHeld", "OpenObject",
    "OpinionOutcome", "Outcome", "PaperState", "PayBasis", "PayRate", "Presiding", "Procedure", "Proposal",
    "PublicOpinion", "Publication", "Recording", "Recusal", "Redaction", "Regulation", "Rehearsal", "Remark",
    "RemarkKind", "Requester", "Rule", "Session", "SessionBreak", "SessionKind", "SessionState", "SessionTemplate",
    "Skip", "Speaker", "SpeechKind", "Statement", "StatementState", "Stop", "Subject", "Submitter", "Tablet",
    "VersionCause", "Vote", "VoteChange", "session_body",
]  # fmt: skip
