"""Runs migrations with the instance's own engine; SQLite tables are rebuilt where ALTER cannot do it."""

from alembic import context
from flask import current_app

from portal.kernel.db import db


def render_item(kind, item, _autogen):
    """Our own column types by their plain names."""
    if kind == "type" and type(item).__module__ == "portal.kernel.db":
        return f"portal.kernel.db.{type(item).__name__}()"
    return False


def run():
    """One transaction for all missing migrations."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=render_item,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
