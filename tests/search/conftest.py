"""Search over both kinds of index: files (Whoosh) and a PostgreSQL of its own beside the instance's database."""

import uuid
from dataclasses import replace
from datetime import date

import pytest

from portal.kernel.access import set_of
from portal.kernel.db import db
from portal.search import service as search
from tests import servers
from tests.documents.factories import make_document, registers

__all__ = ["make_document", "registers"]
KINDS = ["postgresql"] if servers.wanted() else ["files", pytest.param("postgresql", marks=pytest.mark.server)]


@pytest.fixture(params=KINDS)
def index(request, app):
    """The kind of index the test runs on; where the database is a server, so is the index."""
    if request.param == "postgresql":
        name = f"t{uuid.uuid4().hex[:12]}"
        admin = servers.postgresql()
        servers._sql(admin, f'CREATE DATABASE "{name}"')
        url = f"{admin.rpartition('/')[0]}/{name}"
    else:
        url = ""
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], search_url=url)
    yield request.param
    if url:
        from portal.search import backends

        backends.current().engine.dispose()
        servers._sql(admin, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def put(index):
    """`put("title", "text", key="role:employee", …)` stores an entry; returns the object's id."""

    def make(title, text="", *, keys=("role:employee",), kind="document", number="", day=date(2026, 11, 24), unit="",
             object_id=None, **more):  # fmt: skip
        object_id = object_id or uuid.uuid4()
        search.put(kind, object_id, title, number, text, day, unit, f"/documents/{object_id}", set_of(*keys), **more)
        db.session.commit()
        return object_id

    return make
