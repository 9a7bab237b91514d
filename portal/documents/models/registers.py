"""Registers, the numbers they have given, and how much lies in each."""

import enum
import string
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

from portal.kernel.db import db, primary_key

NUMBER_FIELDS = {"index", "seq", "year", "unit"}


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
    direction: Mapped[Direction]
    kinds: Mapped[list]
    unit_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("unit.id"))
    default_keys: Mapped[list] = mapped_column(default=list)
    place: Mapped[int] = mapped_column(default=0)
    closed: Mapped[bool] = mapped_column(default=False)

    @validates("number_format")
    def _known_fields(self, _name, value):
        """A format of known plain fields with at least the sequence number (LAW-79)."""
        fields = [name for _text, name, _spec, _conversion in string.Formatter().parse(value) if name is not None]
        if "seq" not in fields or set(fields) - NUMBER_FIELDS:
            raise ValueError(f"number format {value!r} must hold seq and may hold index, year, unit")
        return value

    def number_of(self, year, seq, unit=""):
        """The number as people see it."""
        return self.number_format.format(index=self.index, year=year, seq=seq, unit=unit)

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
