"""Requests of other systems that may come twice: the answer is kept with the act, in the same transaction."""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import db, insert_ignore, new_id, primary_key
from portal.kernel.errors import Conflict
from portal.kernel.i18n import _

KEPT = timedelta(hours=24)


class KeptAnswer(db.Model):
    """What a caller's request with this key was answered. status 0: it is being done."""

    __tablename__ = "kept_answer"
    __table_args__ = (sa.UniqueConstraint("client", "key"),)
    id: Mapped[uuid.UUID] = primary_key()
    client: Mapped[str] = mapped_column(sa.String(80))
    key: Mapped[str] = mapped_column(sa.String(100))
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int] = mapped_column(default=0)
    headers: Mapped[dict] = mapped_column(default=dict)
    body: Mapped[bytes] = mapped_column(default=b"")
    kept_at: Mapped[datetime] = mapped_column(index=True)

    def finish(self, status, headers, body):
        """Keep the answer; it counts once the transaction of the act is committed."""
        self.status, self.headers, self.body = status, headers, body
        db.session.flush()


def begin(actor, key, fingerprint) -> KeptAnswer:
    """The caller's row for this key: with `status` when it was answered before. Of two at the same moment the second
    waits for the first. Raises Conflict when the key came with another request."""
    now = clock.real_now()
    db.session.execute(sa.delete(KeptAnswer).where(KeptAnswer.kept_at < now - KEPT))
    row = {"id": new_id(), "client": actor.client, "key": key, "fingerprint": fingerprint, "kept_at": now}
    insert_ignore(KeptAnswer.__table__, [{**row, "status": 0, "headers": {}, "body": b""}])
    kept = db.session.execute(
        sa.select(KeptAnswer).where(KeptAnswer.client == actor.client, KeptAnswer.key == key)
    ).scalar_one()
    if kept.fingerprint != fingerprint:
        raise Conflict(_("This key was used for another request"))
    return kept
