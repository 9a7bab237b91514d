"""Bringing an instance's tables to this version."""

import sqlalchemy as sa
from flask_migrate import upgrade as migrate

from portal.documents import service as documents
from portal.identity import service as identity
from portal.identity.models import Person
from portal.identity.service import terms
from portal.kernel.db import db, transaction


def upgrade():
    """Run the migrations that are missing, then put in what a new instance starts with."""
    migrate()
    with transaction():
        identity.install_roles()
        terms.install()
        documents.install_registers()


def is_empty() -> bool:
    """Has nobody been added yet?"""
    return db.session.scalar(sa.select(Person.id).limit(1)) is None
