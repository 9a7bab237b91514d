"""People, units, roles and the keys they hold."""

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel.db import db, primary_key


class Unit(db.Model):
    """A unit of the administration; units form a tree."""

    __tablename__ = "unit"
    id: Mapped[uuid.UUID] = primary_key()
    name: Mapped[str] = mapped_column(sa.String(200))
    index: Mapped[str] = mapped_column(sa.String(20), unique=True)
    parent_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("unit.id"), index=True)
    head_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id", use_alter=True))

    def __str__(self):
        return self.name


class Person(db.Model):
    """A user of the portal: an employee or a member of the council."""

    __tablename__ = "person"
    id: Mapped[uuid.UUID] = primary_key()
    username: Mapped[str] = mapped_column(sa.String(60), unique=True)
    given_name: Mapped[str] = mapped_column(sa.String(100))
    family_name: Mapped[str] = mapped_column(sa.String(100))
    email: Mapped[str] = mapped_column(sa.String(200))
    position: Mapped[str] = mapped_column(sa.String(200))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("unit.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(sa.String(5), default="lv")
    password_hash: Mapped[str] = mapped_column(sa.String(200), default="")
    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id])

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    def __str__(self):
        return self.name


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


class ActorKey(db.Model):
    """The keys a person holds (`role:…`, `unit:…`, `person:…`, `can:…`), kept ready so that a request asks once.
    Made anew whenever roles, units or permissions change."""

    __tablename__ = "actor_key"
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    until: Mapped[date | None]
