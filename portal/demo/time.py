"""Doing things in the past: the clock is moved for a while, the instance's and the sandbox's."""

from contextlib import contextmanager

from portal.demo import outside
from portal.kernel import clock
from portal.kernel.db import db
from portal.sandbox.store import Store


@contextmanager
def at(moment):
    """Within: the clocks show this moment. What was done is committed before and after."""
    db.session.commit()
    before = clock.offset()
    _move(round((moment - clock.real_now()).total_seconds()))
    try:
        yield
        db.session.commit()
    finally:
        db.session.rollback()
        _move(before)


def _move(seconds):
    clock.set_offset(seconds)
    Store(outside.sandbox_folder()).set_setting("clock_offset_s", seconds)
