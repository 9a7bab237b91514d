"""Applications that sign people in through the portal, what they were given, and the keys that sign it."""

import hashlib
import hmac
import uuid
from datetime import datetime

import sqlalchemy as sa
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin
from authlib.oidc.core import AuthorizationCodeMixin
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import EncryptedText, db, primary_key

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")


def hash_of(secret: str) -> str:
    """What is kept of a code, token or client secret: all are random and long, so a plain digest does."""
    return hashlib.sha256(secret.encode()).hexdigest()


class OAuthClient(ClientMixin, db.Model):
    """An application that IT staff registered. resource: the name under which it is itself called as an API;
    audiences: the APIs that tokens given to it may be for. claims: which of its scopes' claims it gets; empty: all."""

    __tablename__ = "oauth_client"
    id: Mapped[uuid.UUID] = primary_key()
    client_id: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    auth_method: Mapped[str] = mapped_column(sa.String(30))
    secret_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    secret_made_at: Mapped[datetime | None]
    jwks: Mapped[dict | None]
    redirect_uris: Mapped[list] = mapped_column(default=list)
    post_logout_uris: Mapped[list] = mapped_column(default=list)
    logout_uri: Mapped[str] = mapped_column(sa.String(500), default="")
    grant_types: Mapped[list] = mapped_column(default=list)
    scopes: Mapped[list] = mapped_column(default=list)
    claims: Mapped[list] = mapped_column(default=list)
    resource: Mapped[str] = mapped_column(sa.String(300), default="")
    audiences: Mapped[list] = mapped_column(default=list)
    asks_consent: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    registered_at: Mapped[datetime]
    logout_told_at: Mapped[datetime | None]
    logout_problem: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}

    def __str__(self):
        return self.name

    # what Authlib asks
    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return None  # OAuth 2.1: always said, always compared

    def get_allowed_scope(self, scope):
        """The wished scopes that this application may have; None (refused) when none of them is."""
        wished = (scope or "").split()
        allowed = [one for one in wished if one in self.scopes]
        return None if wished and not allowed else " ".join(dict.fromkeys(allowed))

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret):
        return bool(self.secret_hash) and hmac.compare_digest(self.secret_hash, hash_of(client_secret))

    def check_endpoint_auth_method(self, method, endpoint):
        return self.auth_method == method

    def check_response_type(self, response_type):
        return response_type == "code" and "authorization_code" in self.grant_types

    def check_grant_type(self, grant_type):
        return grant_type in self.grant_types


class OAuthCode(AuthorizationCodeMixin, db.Model):
    """A code on its way from the browser to the application; spent by the first use, right or wrong."""

    __tablename__ = "oauth_code"
    id: Mapped[uuid.UUID] = primary_key()
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    client_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("oauth_client.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("sign_in_session.id"), index=True)
    redirect_uri: Mapped[str]
    scope: Mapped[str]
    audience: Mapped[str] = mapped_column(sa.String(300))
    nonce: Mapped[str | None]
    code_challenge: Mapped[str] = mapped_column(sa.String(128))
    code_challenge_method: Mapped[str] = mapped_column(sa.String(10))
    signed_in_at: Mapped[datetime]
    acr: Mapped[str] = mapped_column(sa.String(60))
    amr: Mapped[list]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    spent_at: Mapped[datetime | None]

    # what Authlib asks
    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return int(self.signed_in_at.timestamp())

    def get_acr(self):
        return self.acr

    def get_amr(self):
        return self.amr


class OAuthGrant(db.Model):
    """What one sign-in gave to one application: the family of all tokens that follow from it. Its id is that of the
    code it began with. session_id: ends with this session, unless `offline` (offline_access was granted)."""

    __tablename__ = "oauth_grant"
    id: Mapped[uuid.UUID] = mapped_column(sa.Uuid, primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("oauth_client.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    session_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("sign_in_session.id"), index=True)
    scope: Mapped[str]
    audience: Mapped[str] = mapped_column(sa.String(300))
    signed_in_at: Mapped[datetime]
    acr: Mapped[str] = mapped_column(sa.String(60))
    amr: Mapped[list]
    offline: Mapped[bool]
    begun_at: Mapped[datetime]
    used_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class OAuthToken(TokenMixin, db.Model):
    """An access token (its id is the token's `jti`) or a refresh token (of which the hash is kept)."""

    __tablename__ = "oauth_token"
    __table_args__ = (sa.Index("ix_oauth_token_use", "client_id", "issued_at"),)
    id: Mapped[uuid.UUID] = primary_key()
    kind: Mapped[str] = mapped_column(sa.String(10))
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    client_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("oauth_client.id"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    grant_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("oauth_grant.id"), index=True)
    scope: Mapped[str]
    audience: Mapped[str] = mapped_column(sa.String(300))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    spent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    # what Authlib asks
    def check_client(self, client):
        return self.client_id == client.id

    def get_scope(self):
        return self.scope

    def is_expired(self):
        return self.expires_at <= clock.real_now()

    def is_revoked(self):
        return self.ended_at is not None or self.spent_at is not None


class OAuthConsent(db.Model):
    """A person allowed an application these scopes."""

    __tablename__ = "oauth_consent"
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), primary_key=True)
    client_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("oauth_client.id"), primary_key=True, index=True)
    scopes: Mapped[list]
    given_at: Mapped[datetime]


class OAuthAssertion(db.Model):
    """A client's signed assertion that was used, remembered until it would have expired anyway."""

    __tablename__ = "oauth_assertion"
    client_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("oauth_client.id"), primary_key=True)
    jti_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SigningKey(db.Model):
    """A key that signs tokens. Published from the day it is made, signs from `signs_from` until another takes over;
    withdrawn_at: at once worthless, as when it leaked."""

    __tablename__ = "signing_key"
    kid: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    private_pem: Mapped[str] = mapped_column(EncryptedText)
    public_jwk: Mapped[dict]
    signs_from: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
