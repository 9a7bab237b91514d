"""The index follows the database, whatever happens to the process that writes it."""

import pytest

from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict
from portal.search import backends, indexing
from portal.search import service as search
from portal.search.models import SearchEntry


def _found(query):
    return search.find(SYSTEM, query).total


def test_changes_of_one_transaction_ask_for_one_run_and_a_run_twice_changes_nothing(put):
    for number in range(5):
        put(f"Ceļa remonts {number}")
    assert search.index_pending() == 5
    assert search.index_pending() == 0
    assert _found("ceļi") == 5
    db.session.execute(SearchEntry.__table__.update().values(pending=True))
    assert search.index_pending() == 5
    assert _found("ceļi") == 5


def test_a_change_during_the_writing_stays_pending(put, monkeypatch):
    changed = put("Ceļa remonts")
    backend = backends.current()
    write = type(backend).update

    def update_and_change(self, entries, gone):
        result = write(self, entries, gone)
        if entries[0].title == "Ceļa remonts":
            put("Tilta remonts", object_id=changed)
        return result

    monkeypatch.setattr(type(backend), "update", update_and_change)
    assert search.index_pending() == 2
    assert (_found("ceļi"), _found("tilti")) == (0, 1)


def test_a_job_killed_before_it_marks_what_it_wrote_is_repeated_without_doubles(put, monkeypatch):
    put("Ceļa remonts")
    monkeypatch.setattr(indexing, "released", _dies_after)
    with pytest.raises(KeyboardInterrupt):
        search.index_pending()
    db.session.rollback()
    monkeypatch.undo()
    assert db.session.query(SearchEntry).filter_by(pending=True).count() == 1
    assert search.index_pending() == 1
    assert _found("ceļi") == 1


class _dies_after:
    """Stands for a process that dies once the index is written."""

    def __enter__(self):
        db.session.commit()

    def __exit__(self, *_error):
        raise KeyboardInterrupt


def test_a_rebuild_holds_everything_and_searching_goes_on_meanwhile(put):
    put("Ceļa remonts")
    put("Tilta remonts")
    search.index_pending()
    during = []
    assert search.rebuild(progress=lambda _done: during.append(_found("remonts"))) == 2
    assert during == [2]
    assert _found("remonti") == 2


@pytest.mark.req("15.1")
def test_changes_during_a_rebuild_are_not_lost_and_searching_goes_on(put, monkeypatch):
    monkeypatch.setattr(indexing, "BATCH", 2)
    ids = [put(f"Ceļa remonts {number}") for number in range(5)]
    search.index_pending()
    seen = []

    def meanwhile(done):
        if done == 2:
            put("Tilta remonts")
            put("Skolas remonts", object_id=ids[0])
            search.remove("document", ids[1])
            db.session.commit()
        seen.append((_found("remonti"), search.index_pending()))

    search.rebuild(progress=meanwhile)
    assert [written for _hits, written in seen] == [0] * len(seen)  # one writer at a time
    assert all(hits >= 4 for hits, _written in seen)
    while search.index_pending():
        pass
    assert [_found(word) for word in ("ceļi", "tilti", "skolas", "remonti")] == [3, 1, 1, 5]


@pytest.mark.req("15.1")
def test_an_index_whose_words_were_read_otherwise_is_built_anew(put, run_jobs, monkeypatch):
    put("Ceļa remonts")
    search.catch_up()
    assert not backends.current().outdated()
    monkeypatch.setattr(backends, "FORMAT", backends.FORMAT + 1)
    assert backends.current().outdated()
    put("Ceļa sega")
    search.catch_up()
    assert _found("ceļi") == 2  # nobody waits for it
    db.session.commit()
    run_jobs()
    assert not backends.current().outdated()
    assert _found("ceļi") == 2


def test_a_batch_holds_no_more_text_than_memory_should(put, monkeypatch):
    monkeypatch.setattr(indexing, "_BATCH_CHARS", 100)
    for number in range(5):
        put(f"Ceļa remonts {number}", "teksts " * (20 if number == 2 else 6))
    assert search.index_pending(batches=1) < 5
    while search.index_pending():
        pass
    assert search.rebuild() == 5
    assert _found("teksti") == 5


def test_two_writers_never_meet(put):
    put("Ceļa remonts")
    search.index_pending()
    refused = []

    def try_others(_done):
        refused.append(backends.current().update([], []))
        with pytest.raises(Conflict):
            backends.current().rebuild([])

    assert search.rebuild(progress=try_others) == 1
    assert refused == [False]
    assert _found("ceļi") == 1


def test_an_empty_instance_finds_nothing_and_rebuilds_to_nothing(index):
    assert _found("ceļi") == 0
    assert search.rebuild() == 0
    assert _found("ceļi") == 0
