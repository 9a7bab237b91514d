"""What members declare of their interests in general; for one matter it is a Recusal (LAW-49)."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from portal.council.models.bodies import Dated
from portal.kernel import clock
from portal.kernel.db import db, primary_key


class Interest(Dated, db.Model):
    """A member's tie to a company, an organisation or a person. `relation`: office held, share, kinship."""

    __tablename__ = "council_interest"

    id: Mapped[uuid.UUID] = primary_key()
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    subject: Mapped[str] = mapped_column(db.String(200))
    number: Mapped[str | None] = mapped_column(db.String(20))  # of the register of enterprises
    relation: Mapped[str] = mapped_column(db.String(200))
    declared_at: Mapped[datetime] = mapped_column(default=clock.now)
    declared_by_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"))

    def __str__(self):
        return self.subject
