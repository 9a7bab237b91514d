"""Bringing an instance's tables to this version."""

from pathlib import Path

import flask_migrate
import sqlalchemy as sa
from flask import current_app

from portal.documents import service as documents
from portal.identity import service as identity
from portal.identity.models import Person
from portal.identity.service import terms
from portal.kernel.db import db, transaction

_MIGRATIONS = Path(__file__).parent / "migrations"


def _connect():
    """Let Alembic know this app: here and not at its making, since a web process has no use for Alembic."""
    flask_migrate.Migrate(current_app, db, directory=str(_MIGRATIONS), render_as_batch=True, compare_type=True)


def draft(message):
    """Write a migration that brings a migrated database to what the models say now, for a person to read and mend."""
    _connect()
    flask_migrate.migrate(message=message)


def upgrade():
    """Run the migrations that are missing, then put in what a new instance starts with."""
    _connect()
    flask_migrate.upgrade()
    with transaction():
        identity.install_roles()
        terms.install()
        documents.install_registers()


def is_empty() -> bool:
    """Has nobody been added yet?"""
    return db.session.scalar(sa.select(Person.id).limit(1)) is None
