"""Lists of trusted services (ETSI TS 119 612): what was read, when, and whether it is believed."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key


class TrustList(db.Model):
    """A list, from an address that the settings name or uploaded by IT staff.

    sha256: the last version that was believed; it stays in force while later ones cannot be had or believed, and
    `problem` says why not. tried_at: the last attempt to read it anew.
    """

    __tablename__ = "trust_list"
    id: Mapped[uuid.UUID] = primary_key()
    url: Mapped[str | None] = mapped_column(sa.String(500), unique=True)
    name: Mapped[str] = mapped_column(sa.String(300), default="")
    operator: Mapped[str] = mapped_column(sa.String(300), default="")
    territory: Mapped[str] = mapped_column(sa.String(10), default="")
    sequence: Mapped[int] = mapped_column(default=0)
    issued_at: Mapped[datetime | None]
    next_update: Mapped[datetime | None]
    services: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str | None] = mapped_column(sa.String(64))
    read_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    added_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    removed_at: Mapped[datetime | None]

    def __str__(self):
        return self.name or self.url or "–"
