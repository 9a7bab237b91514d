"""Transactions, order of Latvian words, access sets, encryption."""

import contextlib
import threading
from datetime import date

import pytest
import sqlalchemy as sa
from flask import current_app

from portal.identity.models import Unit
from portal.kernel import clock, crypto
from portal.kernel.access import Key, actor_with, keys_of, set_of, visible_sets
from portal.kernel.db import db, latvian_order, reading, short_transaction, transaction
from portal.kernel.latvian import sort_key


def test_latvian_words_are_sorted_as_in_a_dictionary(app):
    words = ["Žagari", "Zāle", "Čaks", "Cēsis", "Ādaži", "Aizpute", "Šķēde", "Saldus", "ūdens", "upe"]
    db.session.add_all(Unit(name=word, index=str(n)) for n, word in enumerate(words))
    db.session.flush()
    found = list(db.session.scalars(sa.select(Unit.name).order_by(latvian_order(Unit.name))))
    assert found == ["Aizpute", "Ādaži", "Cēsis", "Čaks", "Saldus", "Šķēde", "upe", "ūdens", "Zāle", "Žagari"]


def test_the_database_and_the_sort_key_order_alike(app):
    words = [
        "Ābele",
        "abele",
        "ÄB",
        "Yda",
        "Īda",
        "ida",
        "Ģ 10",
        "Ģ 9",
        "Œ",
        "Ŗ",
        "r",
        "Зоя",
        "é",
        "",
        "!",
        "Z-Ž",
        "ž z",
    ]
    db.session.add_all(Unit(name=word, index=str(n)) for n, word in enumerate(words))
    db.session.flush()
    found = list(db.session.scalars(sa.select(Unit.name).order_by(latvian_order(Unit.name), Unit.index)))
    assert [sort_key(word) for word in found] == sorted(sort_key(word) for word in words)


def test_twenty_threads_that_write_at_once_meet_no_lock_error(app):
    errors = []

    def write(number):
        try:
            for step in range(10):
                with app.app_context(), transaction() as session:
                    session.scalar(sa.select(sa.func.count()).select_from(Unit))
                    session.add(Unit(name=f"{number}-{step}", index=f"{number}-{step}"))
        except Exception as error:
            errors.append(error)

    db.session.commit()
    threads = [threading.Thread(target=write, args=(n,)) for n in range(20)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert errors == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Unit)) == 200


def test_a_short_transaction_is_kept_though_the_reader_fails(app):
    db.session.commit()
    with reading():
        db.session.scalar(sa.select(sa.func.count()).select_from(Unit))
        with short_transaction() as session:
            session.add(Unit(name="x", index="x"))
        db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Unit)) == 1


def test_equal_keys_share_one_set_and_a_key_ends_on_its_date(app, clock_at):
    a = set_of("role:clerk", Key("person:x", until=date(2026, 12, 1)))
    assert a == set_of(Key("person:x", until=date(2026, 12, 1)), "role:clerk")
    assert a != set_of("role:clerk")
    assert [key.name for key in keys_of(set_of("unit:1", base=a))] == ["person:x", "role:clerk", "unit:1"]
    person = actor_with(["person:x"])
    clock_at("2026-12-01 12:00")
    assert a in set(db.session.scalars(visible_sets(person)))
    clock_at("2026-12-02 12:00")
    assert a not in set(db.session.scalars(visible_sets(person)))


def test_values_are_encrypted_and_found_by_a_keyed_hash(app):
    secret = crypto.encrypt(b"010190-12345")
    assert b"010190" not in secret
    assert crypto.decrypt(secret) == b"010190-12345"
    assert crypto.lookup_hash("010190-12345") == crypto.lookup_hash("01019012345")
    with pytest.raises(Exception, match=""):
        crypto.decrypt(secret[:-1] + bytes([secret[-1] ^ 1]))


def test_what_is_read_beside_a_transaction_never_waits_for_a_connection_that_others_hold(app):
    """Two hundred voters once held every connection while they waited for the one who asked the clock for another."""
    with contextlib.ExitStack() as held:
        for _one in range(60):  # all that the pool gives
            held.enter_context(db.engine.connect())
        current_app.extensions["pkip.clock"].clear()
        assert clock.offset() == 0
