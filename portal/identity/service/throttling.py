"""Slowing guessing down: failed tries are counted for an account, for a second factor and for an address."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity.models import SignInFailure
from portal.kernel import clock
from portal.kernel.access import NOBODY
from portal.kernel.db import db, reading, short_transaction
from portal.kernel.errors import Forbidden
from portal.kernel.i18n import _

MAX_FAILURES = 5  # per account or factor; an address may fail ten times as often (one office, many people)
FAILURES_KEPT = timedelta(minutes=15)


def ensure_may_try(subject, address):
    """Raise Forbidden while too many tries failed for the subject (`account:anna`) or from the address."""
    since = clock.real_now() - FAILURES_KEPT
    counts = dict(
        db.session.execute(
            sa.select(SignInFailure.subject, sa.func.count())
            .where(SignInFailure.subject.in_([subject, f"address:{address}"]), SignInFailure.at > since)
            .group_by(SignInFailure.subject)
        ).all()
    )
    if counts.get(subject, 0) >= MAX_FAILURES or counts.get(f"address:{address}", 0) >= 10 * MAX_FAILURES:
        raise Forbidden(
            _(
                "Too many failed tries. Wait %(minutes)s minutes and try again",
                minutes=int(FAILURES_KEPT.total_seconds() // 60),
            )
        )


def note_failure(subject, address, label):
    """Kept although the request fails: a transaction of its own, after the request's one let go. label: whom the try
    named, for the log."""
    db.session.rollback()
    with short_transaction() as session:
        now = clock.real_now()
        session.add_all([SignInFailure(subject=subject, at=now), SignInFailure(subject=f"address:{address}", at=now)])
    with reading():
        audit.record(
            replace(NOBODY, address=address),
            "sign_in.failed",
            object_kind="person",
            label=label,
            result="refused",
            reason=subject.partition(":")[0],
        )


def forget_failures(subject):
    """The right answer came: the subject's count begins anew."""
    db.session.execute(sa.delete(SignInFailure).where(SignInFailure.subject == subject))
