"""Versions of the boards: one in force, one draft at most, and every earlier one to go back to."""

import time
from dataclasses import dataclass

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.kernel import clock
from portal.kernel.db import after_commit, db, in_writing_transaction
from portal.kernel.errors import Conflict, NotFound, ensure
from portal.kernel.i18n import _
from portal.kernel.live import publish as tell
from portal.workplace import policy
from portal.workplace.models import Board, ShellVersion, VersionState

TOPIC = "shell:00000000-0000-0000-0000-000000000000"  # everybody's screens listen to this
_HISTORY = 30
_KEPT_S = 2


@dataclass(frozen=True)
class InForce:
    """What is in force of a board; number 0 is what the portal comes with."""

    number: int
    content: dict


NOTHING = InForce(0, {})


def in_force(fresh=False) -> dict[Board, InForce]:
    """All boards, in one query or none: pages may be as old as two seconds in a process that another one overtook.
    fresh: ask in any case, as screens do that were told of a change."""
    kept = _kept()
    if in_writing_transaction():
        return _asked()
    if fresh or time.monotonic() > kept.get("until", 0):
        kept.update(boards=_asked(), until=time.monotonic() + _KEPT_S)
    return kept["boards"]


def _kept():
    return current_app.extensions.setdefault("pkip.boards", {"until": 0})


def _forget():
    """The next page asks again."""
    kept = _kept()
    after_commit(lambda: kept.update(until=0))


def _asked():
    rows = db.session.execute(
        sa.select(ShellVersion.board, ShellVersion.number, ShellVersion.content).where(
            ShellVersion.state == VersionState.CURRENT
        )
    )
    return dict.fromkeys(Board, NOTHING) | {row.board: InForce(row.number, row.content) for row in rows}


def draft(board) -> ShellVersion | None:
    """The draft of a board, if somebody has begun one."""
    return db.session.scalar(
        sa.select(ShellVersion).where(ShellVersion.board == board, ShellVersion.state == VersionState.DRAFT)
    )


def history(actor, board) -> list[ShellVersion]:
    """What was and is in force, newest first."""
    ensure(policy.can_configure(actor))
    return list(
        db.session.scalars(
            sa.select(ShellVersion)
            .where(ShellVersion.board == board, ShellVersion.number.is_not(None))
            .order_by(ShellVersion.number.desc())
            .limit(_HISTORY)
        )
    )


def every(board) -> list[InForce]:
    """All published contents of a board."""
    rows = db.session.execute(
        sa.select(ShellVersion.number, ShellVersion.content).where(
            ShellVersion.board == board, ShellVersion.number.is_not(None)
        )
    )
    return [InForce(row.number, row.content) for row in rows]


def save_draft(actor, board, content, note):
    """Keep a draft; it changes nobody's screen until it is published."""
    ensure(policy.can_configure(actor))
    row = draft(board)
    if row is None:
        row = ShellVersion(board=board, number=None, state=VersionState.DRAFT, based_on=in_force()[board].number)
        db.session.add(row)
    row.content, row.note = content, note[:300]
    row.made_at, row.made_by_id = clock.now(), actor.person_id
    _flush_first()
    return row


def discard_draft(actor, board):
    """Forget the draft."""
    ensure(policy.can_configure(actor))
    row = draft(board)
    if row is not None:
        db.session.delete(row)
        db.session.flush()


def publish_draft(actor, board):
    """Put the draft in force. Raises NotFound without one, Conflict when another version came into force meanwhile."""
    ensure(policy.can_configure(actor))
    row = draft(board)
    if row is None:
        raise NotFound(_("There is no draft to publish"))
    content, note, based_on = row.content, row.note, row.based_on
    discard_draft(actor, board)
    return publish(actor, board, content, note, based_on)


def publish(actor, board, content, note, based_on):
    """Put a content in force at once, everywhere. based_on: the number that the editor saw.
    Raises Conflict when it is no longer the one in force."""
    ensure(policy.can_configure(actor))
    old = db.session.scalar(
        sa.select(ShellVersion).where(ShellVersion.board == board, ShellVersion.state == VersionState.CURRENT)
    )
    number = old.number if old else 0
    if number != based_on:
        raise Conflict(_("Somebody else changed this meanwhile; open it again"))
    if old is not None:
        old.state = VersionState.PAST
        db.session.flush()
    new = ShellVersion(
        board=board,
        number=number + 1,
        state=VersionState.CURRENT,
        based_on=number,
        content=content,
        note=note[:300],
        made_at=clock.now(),
        made_by_id=actor.person_id,
    )
    db.session.add(new)
    _flush_first()
    audit.record(actor, "shell.published", new, old=old.content if old else None, new=content, reason=note)
    _forget()
    tell(TOPIC, board.value)
    return new


def take_back(actor, board, number, based_on):
    """Put an earlier version (0: what the portal comes with) in force again, as a new version."""
    ensure(policy.can_configure(actor))
    content = {}
    if number:
        content = db.session.scalar(
            sa.select(ShellVersion.content).where(ShellVersion.board == board, ShellVersion.number == number)
        )
        if content is None:
            raise NotFound(_("There is no such version"))
    note = _("Taken back to version %(number)s", number=number) if number else _("Taken back to the beginning")
    return publish(actor, board, content, note, based_on)


def _flush_first():
    """Write, or say that somebody was faster: the database lets one version of a number, and one draft, be."""
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict(_("Somebody else changed this meanwhile; open it again")) from error
