"""Facts that the register of users announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class PersonChanged:
    """A person was added, or anything of theirs changed: data, position, roles, groups, password, dates."""

    person_id: UUID


@dataclass(frozen=True)
class UnitChanged:
    """A unit was added, or its name, place in the tree, head or dates changed."""

    unit_id: UUID


@dataclass(frozen=True)
class GroupChanged:
    """A group was added, or its name, roles, members or dates changed."""

    group_id: UUID


@dataclass(frozen=True)
class PersonSuspended:
    """An account was closed: suspended, left, or merged into another. Whatever it had open has ended."""

    person_id: UUID


@dataclass(frozen=True)
class SealedAccountUsed:
    """The account kept for emergencies signed in. name: whose it is, for the alarm."""

    person_id: UUID
    session_id: UUID
    name: str
