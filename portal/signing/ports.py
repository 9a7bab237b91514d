"""What signing needs from outside: somebody who signs a digest, and somebody who stamps one with the time."""

import uuid
from dataclasses import dataclass
from typing import Protocol

from portal.kernel.errors import ExternalRefused


class PinRefused(ExternalRefused):
    """The PIN is wrong, or the card is locked; the message is for the signer."""


@dataclass(frozen=True)
class Credential:
    """A signing certificate that the service keeps. certificate, chain: DER; chain without the root where possible."""

    id: str
    certificate: bytes
    chain: tuple[bytes, ...]
    needs_pin: bool


class RemoteSigner(Protocol):
    """A remote signing service."""

    def credential(self, person_id: uuid.UUID | None, name: str) -> Credential:
        """The card of a person, or the municipality's seal when there is no person.
        Raises ExternalRefused when there is none, ExternalUnavailable."""

    def sign(self, credential: Credential, digest: bytes, hash_name: str, pin: str | None) -> bytes:
        """The signature value of a digest, in the form in which the service gives it.
        Raises PinRefused, ExternalRefused, ExternalUnavailable."""


class TimeStamper(Protocol):
    """A time-stamp authority."""

    def stamp(self, data: bytes) -> bytes:
        """An RFC 3161 token (DER) over the data. Raises ExternalRefused, ExternalUnavailable."""
