"""Groups: people across units, with roles that they hold together."""

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key


class Group(db.Model):
    """A working group or the like. Its members hold the key `group:<id>` and the group's roles while it is in force."""

    __tablename__ = "person_group"
    id: Mapped[uuid.UUID] = primary_key()
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    since: Mapped[date | None]
    until: Mapped[date | None]

    def __str__(self):
        return self.name


class GroupMember(db.Model):
    """A person belongs to a group, from a date, until a date or for good."""

    __tablename__ = "group_member"
    id: Mapped[uuid.UUID] = primary_key()
    group_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person_group.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    since: Mapped[date]
    until: Mapped[date | None]


class GroupRole(db.Model):
    """A role that the members of a group hold."""

    __tablename__ = "group_role"
    group_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person_group.id"), primary_key=True)
    role_key: Mapped[str] = mapped_column(db.ForeignKey("role.key"), primary_key=True)
