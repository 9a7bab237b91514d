"""The tables of the council area, split by noun."""

from portal.council.models.bodies import Body, BodyKind, BodyMember
from portal.council.models.matters import Matter, MatterFile, MatterState, Outcome, Recusal, Remark, RemarkKind, Speaker
from portal.council.models.papers import Decision, Minutes, PaperState
from portal.council.models.sessions import (
    Absence,
    Attendance,
    Invitation,
    Session,
    SessionKind,
    SessionState,
    SessionTemplate,
)
from portal.council.models.voting import Ballot, Choice, Vote
from portal.council.rules import ActKind, Rule, Subject

__all__ = [
    "Absence", "ActKind", "Attendance", "Ballot", "Body", "BodyKind", "BodyMember", "Choice", "Decision",
    "Invitation", "Matter", "MatterFile", "MatterState", "Minutes", "Outcome", "PaperState", "Recusal", "Remark",
    "RemarkKind", "Rule", "Session", "SessionKind", "SessionState", "SessionTemplate", "Speaker", "Subject", "Vote",
]  # fmt: skip
