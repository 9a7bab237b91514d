"""Choices of the municipality about resolutions, and when people are told of terms."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.kernel.db import db
from portal.kernel.errors import Invalid, ensure
from portal.kernel.i18n import _
from portal.workflow import policy
from portal.workflow.kinds import KIND_NAMES
from portal.workflow.models import ControlRule, ControlSetting

USUAL = (3, 1)  # working days before the term
MOST_DAYS = 60


def choices() -> ControlSetting:
    """What holds now; the usual choices until somebody has set others."""
    return db.session.get(ControlSetting, 1) or ControlSetting(id=1, accept_needed=True, finish_document=True)


def set_choices(actor, accept_needed, finish_document):
    """Must the author agree that a resolution is carried out; is the document done with its last resolution?"""
    ensure(policy.can_set_rules(actor))
    row = db.session.get(ControlSetting, 1)
    old = None if row is None else {"accept": row.accept_needed, "finish": row.finish_document}
    if row is None:
        row = ControlSetting(id=1)
        db.session.add(row)
    row.accept_needed, row.finish_document = bool(accept_needed), bool(finish_document)
    db.session.flush()
    new = {"accept": row.accept_needed, "finish": row.finish_document}
    audit.record(actor, "control.choices_set", object_kind="control", label=_("Resolutions"), old=old, new=new)


def rules() -> dict[str, ControlRule]:
    """The rules by kind of task; "" is the one for all other kinds and is always there."""
    found = {row.kind: row for row in db.session.scalars(sa.select(ControlRule))}
    found.setdefault("", ControlRule(kind="", remind_days=list(USUAL), escalate=True))
    return found


def set_rule(actor, kind, days, escalate):
    """Remind of tasks of a kind so many working days before the term: a text such as `3, 1`, or nothing for never.
    Raises Invalid naming the field."""
    ensure(policy.can_set_rules(actor))
    if kind and kind not in KIND_NAMES:
        raise Invalid(_("Choose from the list"), field="kind")
    wanted = _days(days)
    row = db.session.get(ControlRule, kind)
    old = None if row is None else {"days": row.remind_days, "escalate": row.escalate}
    if row is None:
        row = ControlRule(kind=kind)
        db.session.add(row)
    row.remind_days, row.escalate = wanted, bool(escalate)
    db.session.flush()
    audit.record(actor, "control.rule_set", object_kind="control", label=str(KIND_NAMES.get(kind, "*")), old=old,
                 new={"days": wanted, "escalate": row.escalate})  # fmt: skip


def drop_rule(actor, kind):
    """The kind goes by the rule for all others again."""
    ensure(policy.can_set_rules(actor))
    row = db.session.get(ControlRule, kind)
    if row is not None and kind:
        db.session.delete(row)
        db.session.flush()
        audit.record(actor, "control.rule_dropped", object_kind="control", label=str(KIND_NAMES.get(kind, kind)))


def _days(text):
    parts = [one for one in (text or "").replace(",", " ").split() if one]
    if not all(one.isdigit() and int(one) <= MOST_DAYS for one in parts) or len(parts) > 5:
        raise Invalid(_("Write days as numbers, for example 3, 1"), field="days")
    return sorted({int(one) for one in parts}, reverse=True)
