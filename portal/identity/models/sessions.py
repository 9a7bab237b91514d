"""Signed-in browsers, and the failed tries that slow guessing down."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import db, primary_key


class SignInSession(db.Model):
    """A signed-in browser. The cookie holds a random token, the row its hash; ending the row signs out.

    method: how the person proved who they are (`password`, `passkey`, `password+totp` …). strong_at: when they last did
    so by the strongest means they hold; None after a password alone. waits_for: what must be done before anything else
    opens: `factor` (a second factor; nobody is signed in yet), `enrol` (a factor must be set up), `renew` (a password
    that IT staff gave out must be replaced), `terms`."""

    __tablename__ = "sign_in_session"
    id: Mapped[uuid.UUID] = primary_key()
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("person.id"), index=True)
    address: Mapped[str] = mapped_column(sa.String(60))
    browser: Mapped[str] = mapped_column(sa.String(300))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    method: Mapped[str] = mapped_column(sa.String(40), default="password", server_default="password")
    strong_at: Mapped[datetime | None]
    waits_for: Mapped[str] = mapped_column(sa.String(10), default="", server_default="")
    acting_for_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))


class SignInFailure(db.Model):
    """Failed tries for an account or an address, to slow guessing down."""

    __tablename__ = "sign_in_failure"
    id: Mapped[uuid.UUID] = primary_key()
    subject: Mapped[str] = mapped_column(sa.String(120), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
