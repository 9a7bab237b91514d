"""What identity needs of the outside, in our words."""

from dataclasses import dataclass, field


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
