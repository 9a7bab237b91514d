"""What identity needs of the outside, in our words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Identity:
    """Who an outside provider says somebody is, the same whatever the protocol.
    level: 0 (not said) to 4; personal_code: 11 digits or nothing; claims: everything that was said, by its name."""

    subject: str
    personal_code: str = ""
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    authority: str = ""
    company: str = ""
    level: int = 0
    method: str = ""
    issuer: str = ""
    historic_codes: tuple[str, ...] = ()
    claims: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    def value(self, claim: str) -> str:
        """The value under one of our names or, failing that, under the provider's own."""
        ours = {name: str(getattr(self, name)) for name in _OURS}
        return ours[claim] if claim in ours else self.claims.get(claim, "")


_OURS = ("subject", "personal_code", "given_name", "family_name", "email", "authority", "company", "level", "method")


class NotAccepted(Exception):
    """A provider's answer that is not to be believed, or a refusal of theirs. kind: a word for the log; detail: the
    library's own words, for IT staff."""

    def __init__(self, kind, detail=""):
        super().__init__(f"{kind}: {detail}")
        self.kind, self.detail = kind, detail


@dataclass(frozen=True)
class Entry:
    """An entry of a directory: its name there, and the values of each attribute."""

    dn: str
    attributes: dict[str, frozenset[bytes]]


@dataclass(frozen=True)
class Change:
    """One difference between a directory and what should stand in it. act: add, change, rename or remove.
    values: by attribute, what is to go and what is to come; entry: what is to be added, or the new name."""

    act: str
    dn: str
    entry: Entry | None = None
    values: dict[str, tuple[frozenset[bytes], frozenset[bytes]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """A change that the directory did not take, in its own words."""

    change: Change
    problem: str


class Directory(Protocol):
    """A directory that we write. Every call may raise ExternalUnavailable (try later) or ExternalRefused."""

    def read(self, base: str, condition: str, attributes: Iterable[str]) -> list[Entry]:
        """All entries under a base that meet an LDAP filter; none when the base is not there."""

    def apply(self, changes: list[Change]) -> list[Failure]:
        """Carry out changes, parents before children; returns those that were not taken."""


@dataclass(frozen=True)
class OutsidePerson:
    """Somebody as another directory has them."""

    username: str
    given_name: str
    family_name: str
    email: str
    phone: str
    position: str
    unit: str
    open: bool


class OutsideDirectory(Protocol):
    """The directory that a municipality already has."""

    def proves(self, username: str, password: str) -> bool:
        """Is it their password there? Raises ExternalUnavailable, ExternalRefused."""

    def people(self) -> list[OutsidePerson]:
        """Everyone in it."""
