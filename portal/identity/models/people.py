"""People, units, positions, roles and the keys they hold."""

import enum
import unicodedata
import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel.db import EncryptedText, db, primary_key
from portal.kernel.latvian import sort_key


class AccountKind(enum.StrEnum):
    """What an account is for: who administers the system does so with a second account (LAW-151)."""

    ORDINARY = "ordinary"
    ADMIN = "admin"


class Unit(db.Model):
    """A unit of the administration; units form a tree."""

    __tablename__ = "unit"
    id: Mapped[uuid.UUID] = primary_key()
    name: Mapped[str] = mapped_column(sa.String(200))
    index: Mapped[str] = mapped_column(sa.String(20), unique=True)
    parent_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("unit.id"), index=True)
    head_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id", use_alter=True))
    since: Mapped[date | None]
    until: Mapped[date | None]

    def __str__(self):
        return self.name


def folded(text: str) -> str:
    """Small letters without marks, as people type when they look for somebody."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


class Person(db.Model):
    """A user of the portal: an employee or a member of the council. unit_id and position are those held today;
    `Placement` has the earlier and the coming ones. since/until: days on which the account works, both inclusive."""

    __tablename__ = "person"
    __table_args__ = (sa.Index("ix_person_order", "order_key", "id"),)
    id: Mapped[uuid.UUID] = primary_key()
    username: Mapped[str] = mapped_column(sa.String(60), unique=True)
    given_name: Mapped[str] = mapped_column(sa.String(100))
    family_name: Mapped[str] = mapped_column(sa.String(100))
    email: Mapped[str] = mapped_column(sa.String(200))
    phone: Mapped[str] = mapped_column(sa.String(40), default="", server_default="")
    position: Mapped[str] = mapped_column(sa.String(200))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("unit.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    # somebody else knows the password: it is replaced at the next sign-in
    password_given: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    since: Mapped[date | None]
    until: Mapped[date | None]
    language: Mapped[str] = mapped_column(sa.String(5), default="lv")
    look: Mapped[str] = mapped_column(sa.String(40), default="", server_default="")  # theme and size, as words
    password_hash: Mapped[str] = mapped_column(sa.String(200), default="")
    personal_code: Mapped[str | None] = mapped_column(EncryptedText)
    personal_code_hash: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    picture_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    account: Mapped[AccountKind] = mapped_column(default=AccountKind.ORDINARY, server_default="ordinary")
    owner_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"), index=True)
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"), index=True)
    successor_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))  # takes over when they left
    # PostgreSQL would sort by the server's locale; the key is made to be compared code point by code point
    order_key: Mapped[str] = mapped_column(
        sa.String(240).with_variant(sa.String(240, collation="C"), "postgresql"), default="", server_default=""
    )
    search_text: Mapped[str] = mapped_column(default="", server_default="")
    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id])

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    def works_on(self, day: date) -> bool:
        """Is the account open on this day?"""
        return self.active and (self.since or day) <= day <= (self.until or day)

    def __str__(self):
        return self.name


def person_keys(given_name, family_name, username, email, position) -> dict[str, str]:
    """What lists of people are ordered and searched by."""
    return {
        "order_key": sort_key(f"{family_name} {given_name}")[:240],
        "search_text": folded(f" {given_name} {family_name} {username} {email} {position} "),
    }


@sa.event.listens_for(Person, "before_insert")
@sa.event.listens_for(Person, "before_update")
def _keep_keys(_mapper, _connection, person):
    wanted = person_keys(person.given_name, person.family_name, person.username, person.email, person.position)
    for name, value in wanted.items():
        if getattr(person, name) != value:
            setattr(person, name, value)


class Placement(db.Model):
    """A person's position in a unit, from a date until a date or for good: what was, is and will be."""

    __tablename__ = "placement"
    id: Mapped[uuid.UUID] = primary_key()
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    unit_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("unit.id"), index=True)
    position: Mapped[str] = mapped_column(sa.String(200))
    since: Mapped[date]
    until: Mapped[date | None]
    unit: Mapped[Unit | None] = relationship()


class RegisterDay(db.Model):
    """The day up to which dates that come and go (roles, positions, groups, accounts) have been put into effect."""

    __tablename__ = "register_day"
    id: Mapped[int] = mapped_column(primary_key=True)
    settled_on: Mapped[date]


class Role(db.Model):
    """A role and, as rows, what it permits: rights are data."""

    __tablename__ = "role"
    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))

    def __str__(self):
        return self.name


class RolePermission(db.Model):
    """A permission of a role, such as `documents.register`."""

    __tablename__ = "role_permission"
    role_key: Mapped[str] = mapped_column(db.ForeignKey("role.key"), primary_key=True)
    permission: Mapped[str] = mapped_column(sa.String(60), primary_key=True)


class RoleAssignment(db.Model):
    """A person holds a role, from a date, until a date or for good."""

    __tablename__ = "role_assignment"
    id: Mapped[uuid.UUID] = primary_key()
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    role_key: Mapped[str] = mapped_column(db.ForeignKey("role.key"), index=True)
    since: Mapped[date]
    until: Mapped[date | None]


class GivenKey(db.Model):
    """Whoever holds the key `holder` also holds the key `name`, until a date (inclusive) or for good: how an area opens
    many of its rows at once, and closes them again, without touching one of them."""

    __tablename__ = "given_key"
    holder: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    until: Mapped[date | None]


class ActorKey(db.Model):
    """The keys a person holds (`role:…`, `unit:…`, `person:…`, `can:…`), kept ready so that a request asks once.
    Made anew whenever roles, units or permissions change."""

    __tablename__ = "actor_key"
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    until: Mapped[date | None]
