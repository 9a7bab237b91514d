"""Registers, the numbers they have given or keep back, and how much lies in each."""

import enum
import re
import string
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

from portal.kernel import clock
from portal.kernel.db import db, primary_key

NUMBER_FIELDS = {"index", "seq", "year", "yy", "unit", "suffix"}
_PADDING = re.compile(r"(0[1-9])?")  # {seq:04}: four digits with leading zeros


class Direction(enum.StrEnum):
    """Which way a document goes (R282-34: received, sent, internal)."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    INTERNAL = "internal"


class Register(db.Model):
    """A list in which documents get consecutive numbers within a year (LAW-79)."""

    __tablename__ = "register"
    id: Mapped[uuid.UUID] = primary_key()
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    index: Mapped[str] = mapped_column(sa.String(20))
    number_format: Mapped[str] = mapped_column(sa.String(60), default="{index}/{year}/{seq}")
    suffix: Mapped[str] = mapped_column(sa.String(20), default="")
    direction: Mapped[Direction]
    kinds: Mapped[list]
    unit_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("unit.id"))
    default_keys: Mapped[list] = mapped_column(default=list)
    # index of the dossier of each year's filing plan into which documents of the register go by themselves
    dossier_index: Mapped[str] = mapped_column(sa.String(30), default="")
    place: Mapped[int] = mapped_column(default=0)
    closed: Mapped[bool] = mapped_column(default=False)
    asks_purpose: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # personal files: why opened?

    # within how many working days of receipt, sending or signing a document is registered (LAW-90)
    within_days: Mapped[int] = mapped_column(default=1, server_default="1")

    @validates("number_format")
    def _known_fields(self, _name, value):
        """A format of known plain fields with at least the sequence number (LAW-79)."""
        seen = []
        for _text, name, spec, conversion in string.Formatter().parse(value):
            if name is not None:
                seen.append(name)
                if conversion or not _PADDING.fullmatch(spec or "") or (spec and name != "seq"):
                    raise ValueError(f"number format {value!r}: only seq may be padded, as in {{seq:04}}")
        if "seq" not in seen or set(seen) - NUMBER_FIELDS:
            raise ValueError(f"number format {value!r} must hold seq and may hold {', '.join(sorted(NUMBER_FIELDS))}")
        return value

    def number_of(self, year, seq, unit=""):
        """The number as people see it."""
        return self.number_format.format(
            index=self.index, year=year, yy=f"{year % 100:02}", seq=seq, unit=unit, suffix=self.suffix
        )

    def __str__(self):
        return self.name


class RegisterCounter(db.Model):
    """The last number given in a register in a year."""

    __tablename__ = "register_counter"
    register_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("register.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class RegisterTally(db.Model):
    """How many documents of a register have an access set: counts over any number of documents stay quick and
    never tell of documents that the reader may not see."""

    __tablename__ = "register_tally"
    register_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("register.id"), primary_key=True)
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"), primary_key=True)
    documents: Mapped[int] = mapped_column(default=0)


class NumberReservation(db.Model):
    """Numbers kept back for paper work: given later by hand, or explained one by one when they stay unused."""

    __tablename__ = "number_reservation"
    __table_args__ = (sa.Index("ix_number_reservation_register", "register_id", "year", "first"),)
    id: Mapped[uuid.UUID] = primary_key()
    register_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("register.id"))
    year: Mapped[int]
    first: Mapped[int]
    last: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(500))
    reserved_at: Mapped[datetime] = mapped_column(default=clock.now)
    reserved_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))

    def __str__(self):
        return f"{self.first}–{self.last} ({self.year})"


class NumberNote(db.Model):
    """Why a number was never given to a document; such a number is not given any more."""

    __tablename__ = "number_note"
    __table_args__ = (sa.UniqueConstraint("register_id", "year", "seq"),)
    id: Mapped[uuid.UUID] = primary_key()
    register_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("register.id"))
    year: Mapped[int]
    seq: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(500))
    noted_at: Mapped[datetime] = mapped_column(default=clock.now)
    noted_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
