"""Facts that the register of users announces."""

from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True)
class PersonLeft:
    """The last day of a person has passed; who takes over their tasks, if anybody does."""

    person_id: UUID
    successor_id: UUID | None


@dataclass(frozen=True)
class SubstitutionChanged:
    """Somebody began or ceased to stand in for a person: the substitute's work list is another."""

    person_id: UUID
    substitute_id: UUID


@dataclass(frozen=True)
class SignOutOwed:
    """A sign-in ended through which an application had signed the person in; the application must be told."""

    client_id: UUID
    session_id: UUID
    person_id: UUID


@dataclass(frozen=True)
class NoticeTrialAsked:
    """IT staff want to see whether an application takes sign-out notices."""

    client_id: UUID


@dataclass(frozen=True)
class ProviderChanged:
    """An outside provider of sign-in has new settings: what it says of itself is to be fetched."""

    provider_id: UUID


@dataclass(frozen=True)
class CodeReceived:
    """A browser brought a provider's code, which is to be given for tokens."""

    request_id: UUID


@dataclass(frozen=True)
class DirectoryReadersChanged:
    """Which applications read the directory, or what they may read there, changed."""

    account_id: UUID


@dataclass(frozen=True)
class ReconciliationAsked:
    """Somebody wants the whole directory compared with the register."""

    run_id: UUID


@dataclass(frozen=True)
class AccountNews:
    """Something happened to a person's account that they may want to hear of. event: a key of preferences.NOTICES;
    at: when; detail: from where or what, in plain words."""

    person_id: UUID
    event: str
    at: datetime
    detail: str


@dataclass(frozen=True)
class OutsideReadingAsked:
    """Somebody wants the register compared with the directory that the municipality already has."""

    run_id: UUID
    person_id: UUID
