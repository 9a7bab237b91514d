"""A database that was migrated is the one that the models describe, on both databases."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from portal import schema
from portal.kernel.db import db


def differences():
    """What autogeneration would still add, remove or change."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": db.metadata, "compare_type": True})
        return compare_metadata(context, db.metadata)


def triggers():
    """Names of the triggers: the models do not know them, so they are looked for by themselves."""
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[db.engine.dialect.name]
    return set(db.session.scalars(sa.text(names)))


def test_migrating_makes_what_the_models_describe(make_app):
    with make_app().app_context():
        schema.upgrade()
        assert differences() == []
        migrated = triggers()
        db.session.commit()

        db.drop_all()
        db.create_all()
        assert migrated and triggers() == migrated


def test_migrations_form_one_line(make_app):
    with make_app().app_context():
        scripts = ScriptDirectory(str(schema._MIGRATIONS))
        assert len(scripts.get_heads()) == 1
