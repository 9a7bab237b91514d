"""What the council's rules of procedure (darba reglaments) choose where the law leaves the choice to them."""

from portal.audit import service as audit
from portal.council import policy
from portal.council.models import Procedure, SpeechKind
from portal.kernel.db import db
from portal.kernel.errors import Invalid, ensure
from portal.kernel.i18n import _

USUAL_MINUTES = {
    SpeechKind.REPORT: 10,
    SpeechKind.DEBATE: 5,
    SpeechKind.FOR: 3,
    SpeechKind.AGAINST: 3,
    SpeechKind.ORDER: 1,
    SpeechKind.QUESTION: 2,
}
MOST_MINUTES = 120


def choices() -> Procedure:
    """What holds now; the usual choices until somebody has set others."""
    return db.session.get(Procedure, 1) or Procedure(
        id=1,
        speech_minutes={str(kind): minutes for kind, minutes in USUAL_MINUTES.items()},
        change_vote=False,
        tool_decision="",
        remote_joining="",
        tie_rule="",
        own_redaction=False,
        approve_minutes=False,
    )


def set_choices(
    actor,
    *,
    speech_minutes,
    change_vote,
    tool_decision="",
    remote_joining="",
    tie_rule="",
    own_redaction=False,
    approve_minutes=False,
):
    """speech_minutes: {kind: minutes, or None for no limit}. Raises Forbidden, Invalid naming the field."""
    ensure(policy.can_prepare(actor))
    minutes = {str(SpeechKind(kind)): value for kind, value in speech_minutes.items()}
    for kind, value in minutes.items():
        if value is not None and not 1 <= value <= MOST_MINUTES:
            raise Invalid(_("Between 1 and %(most)s minutes", most=MOST_MINUTES), field=f"minutes_{kind}")
    row = db.session.get(Procedure, 1)
    old = _facts(row) if row else None
    if row is None:
        row = Procedure(id=1)
        db.session.add(row)
    row.speech_minutes, row.change_vote = minutes, bool(change_vote)
    row.tool_decision, row.remote_joining = tool_decision.strip()[:300], remote_joining.strip()[:300]
    row.tie_rule, row.own_redaction = tie_rule.strip()[:500], bool(own_redaction)
    row.approve_minutes = bool(approve_minutes)
    db.session.flush()
    audit.record(
        actor,
        "council.procedure_set",
        object_kind="council_procedure",
        label=_("Rules of procedure"),
        old=old,
        new=_facts(row),
    )
    return row


def limit_s(kind):
    """Seconds a speech of this kind may last, or None."""
    minutes = choices().speech_minutes.get(str(kind))
    return minutes * 60 if minutes else None


def _facts(row):
    names = (
        "speech_minutes",
        "change_vote",
        "tool_decision",
        "remote_joining",
        "tie_rule",
        "own_redaction",
        "approve_minutes",
    )
    return {name: getattr(row, name) for name in names}
