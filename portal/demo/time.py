"""Doing things in the past: the sandbox's clock is moved for a while."""

from contextlib import contextmanager

from portal.kernel import clock
from portal.kernel.db import db


@contextmanager
def at(moment):
    """Within: the instance's clock shows this moment. What was done is committed before and after."""
    db.session.commit()
    before = clock.offset()
    clock.set_offset(round((moment - clock.real_now()).total_seconds()))
    try:
        yield
        db.session.commit()
    finally:
        db.session.rollback()
        clock.set_offset(before)
