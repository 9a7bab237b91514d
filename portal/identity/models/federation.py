"""Sign-in through outside providers: providers, rules of matching, links, and what makes each answer count once."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel.db import EncryptedText, db, primary_key


class ProviderKind(enum.Enum):
    """The protocol that a provider speaks."""

    SAML = "saml"
    OIDC = "oidc"


class TokenAuth(enum.Enum):
    """How we prove at a provider's token address who we are (OpenID Connect Core, 9)."""

    KEY = "private_key_jwt"
    SECRET = "client_secret_basic"  # noqa: S105 - the method's name
    NONE = "none"


class RuleAction(enum.Enum):
    """What a rule of matching does when it applies."""

    MATCH = "match"
    CREATE = "create"
    REFUSE = "refuse"


class PersonField(enum.Enum):
    """By what a person of the register is recognised."""

    PERSONAL_CODE = "personal_code"
    EMAIL = "email"
    USERNAME = "username"


class Purpose(enum.Enum):
    """Why the browser was sent to a provider."""

    SIGN_IN = "sign_in"
    LINK = "link"
    SIGN_OUT = "sign_out"


class RequestState(enum.Enum):
    """How far a request has come. The moves go forward only: SENT, then CODE (OpenID Connect), then one of the rest."""

    SENT = "sent"
    CODE = "code"
    VERIFIED = "verified"
    REFUSED = "refused"
    DONE = "done"


class FederationProvider(db.Model):
    """An outside service that says who somebody is: latvija.lv, VPVKAC IS …"""

    __tablename__ = "federation_provider"
    id: Mapped[uuid.UUID] = primary_key()
    key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[ProviderKind]
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    # SAML: where its metadata lie; OpenID Connect: its issuer. "sandbox:/…" is an address within the sandbox
    address: Mapped[str] = mapped_column(sa.String(500))
    pinned_pem: Mapped[str] = mapped_column(default="")
    client_id: Mapped[str] = mapped_column(sa.String(200), default="")
    client_secret: Mapped[str | None] = mapped_column(EncryptedText)
    token_auth: Mapped[TokenAuth] = mapped_column(default=TokenAuth.KEY)
    scope: Mapped[str] = mapped_column(sa.String(200), default="openid profile")
    min_level: Mapped[int] = mapped_column(default=3)
    sign_out_there: Mapped[bool] = mapped_column(default=True)
    help_text: Mapped[str] = mapped_column(default="")
    metadata_text: Mapped[str | None]
    metadata_at: Mapped[datetime | None]
    metadata_error: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return self.name


class FederationRule(db.Model):
    """One rule of a provider; they are asked in order, after the links. An empty condition always applies."""

    __tablename__ = "federation_rule"
    id: Mapped[uuid.UUID] = primary_key()
    provider_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("federation_provider.id"), index=True)
    position: Mapped[int]
    action: Mapped[RuleAction]
    condition_claim: Mapped[str] = mapped_column(sa.String(200), default="")
    condition_value: Mapped[str] = mapped_column(sa.String(200), default="")
    claim: Mapped[str] = mapped_column(sa.String(200), default="")
    person_field: Mapped[PersonField | None]
    unit_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("unit.id"))
    role_key: Mapped[str | None] = mapped_column(db.ForeignKey("role.key"))


class FederationLink(db.Model):
    """This subject of this provider is this person."""

    __tablename__ = "federation_link"
    __table_args__ = (sa.UniqueConstraint("provider_id", "subject_hash"),)
    id: Mapped[uuid.UUID] = primary_key()
    provider_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("federation_provider.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    subject: Mapped[str] = mapped_column(EncryptedText)  # latvija.lv writes the personal code into it
    subject_hash: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(200))
    linked_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    provider: Mapped[FederationProvider] = relationship()


class FederationRequest(db.Model):
    """One journey of a browser to a provider and back. The browser holds the secret, the row its hash."""

    __tablename__ = "federation_request"
    id: Mapped[uuid.UUID] = primary_key()
    provider_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("federation_provider.id"))
    purpose: Mapped[Purpose]
    person_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    state: Mapped[RequestState] = mapped_column(default=RequestState.SENT)
    sent_id: Mapped[str] = mapped_column(sa.String(80), unique=True)  # SAML's ID, OpenID Connect's state
    secret_hash: Mapped[str] = mapped_column(sa.String(64))
    private: Mapped[str | None] = mapped_column(EncryptedText)  # verifier and nonce, then code, then the claims
    next: Mapped[str] = mapped_column(default="")
    reason: Mapped[str | None]
    address: Mapped[str] = mapped_column(sa.String(60))
    made_at: Mapped[datetime] = mapped_column(index=True)


class UsedAssertion(db.Model):
    """An assertion or logout token that was accepted once and is not accepted again while it would be valid."""

    __tablename__ = "federation_used"
    provider_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("federation_provider.id"), primary_key=True)
    id_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    until: Mapped[datetime] = mapped_column(index=True)


class FederatedSession(db.Model):
    """A session of ours that began at a provider, and what the provider calls its own: needed to end both."""

    __tablename__ = "federation_session"
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("sign_in_session.id"), primary_key=True)
    provider_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("federation_provider.id"), index=True)
    subject_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    their_session: Mapped[str] = mapped_column(sa.String(300), default="")
    private: Mapped[str] = mapped_column(EncryptedText)  # NameID as XML, or the ID token


class FederationKey(db.Model):
    """Our key towards the providers: signs our requests, opens what is encrypted to us. The newest in use signs."""

    __tablename__ = "federation_key"
    id: Mapped[uuid.UUID] = primary_key()
    private_pem: Mapped[str] = mapped_column(EncryptedText)
    certificate_pem: Mapped[str]
    made_at: Mapped[datetime]
    used_since: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
