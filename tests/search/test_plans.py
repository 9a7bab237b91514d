"""Searching never goes through all entries that one may see, however many there are."""

import pytest
import sqlalchemy as sa

from jobs.search import index_pending
from portal.kernel.db import db
from portal.search import service as search


@pytest.mark.req("15.2")
@pytest.mark.alike
def test_no_question_to_the_database_goes_through_all_entries(app, anna):
    db.session.commit()
    asked = []

    def note(connection, cursor, statement, parameters, context, many):
        if "search_entry" in statement:
            asked.append((statement, parameters))

    index_pending()
    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        search.find(anna, "dome")
        search.find(anna, "2.4/26-7")
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    raw = db.session.connection().connection.cursor()
    for statement, parameters in asked:
        steps = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        # those that wait, have a level or bear the number are few; those that one may see are not
        ways = [step for step in steps if " search_entry " in f"{step} "]
        few = ("ix_search_entry_pending", "ix_search_entry_level", "ix_search_entry_number", "sqlite_autoindex")
        assert all(any(name in step for name in few) for step in ways), (steps, statement)
    assert len(asked) >= 3
