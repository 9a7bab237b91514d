"""Generated rights: search, list and get agree with each other and with the rule, whatever was granted, changed, ended
or ran out (14.1).

A situation is one item and one who asks for it. CI tries some 250; PKIP_RIGHTS_SITUATIONS=5000 says how many."""

import os
import random
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM, actor_with
from portal.kernel.db import db
from portal.kernel.errors import NotFound
from portal.search import service as search
from portal.store import service as store
from portal.store.models import LEVELS
from tests.store.conftest import Caller

OWNERS = ("o-viens", "o-divi")
HOLDERS = ("client:s-viens", "client:s-divi", "unit:2", "unit:3", "role:clerk")
ITEMS, ASKING = 12, 7
WORLDS = max(1, int(os.environ.get("PKIP_RIGHTS_SITUATIONS", "250")) // (ITEMS * ASKING))
LATER = 3  # days that pass after everything was granted

item = st.fixed_dictionaries({
    "owner": st.sampled_from(OWNERS), "class": st.sampled_from("ab"), "level": st.sampled_from(range(4)),
    "became": st.none() | st.sampled_from(range(4)), "fate": st.sampled_from(["kept", "kept", "deleted", "restored"]),
})  # fmt: skip
grant = st.fixed_dictionaries({
    "owner": st.sampled_from(OWNERS), "holder": st.sampled_from(HOLDERS),
    "of": st.sampled_from(range(ITEMS)) | st.tuples(st.sampled_from(["a", "b", "*"]), st.sampled_from(range(4))),
    "days": st.sampled_from([None, 0, LATER - 1, LATER, 9]), "ended": st.booleans() | st.just(False),
})  # fmt: skip
worlds = st.tuples(st.lists(item, min_size=ITEMS, max_size=ITEMS), st.lists(grant, min_size=3, max_size=12))


@pytest.mark.req("14.1", "15.2")
def test_search_returns_exactly_what_get_allows(app, cast):
    for name in (*OWNERS, "s-viens", "s-divi"):
        Caller(app, name, name)
    number = iter(range(1, 10_000))

    @hypothesis.seed(int(os.environ.get("PKIP_RIGHTS_SEED", "1")))
    @hypothesis.settings(
        max_examples=WORLDS,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(worlds)
    def compare(world):
        assert _disagreements(cast, f"pasaule{next(number)}", *world) == []

    compare()


def _disagreements(cast, word, items, grants):
    """(Who, which way, what it gives, what the rule says) wherever the two differ in this world."""
    random.seed(word)  # hypothesis begins each example alike, and the index names its files by chance
    made = _make(cast, word, items, grants)
    clock.set_offset(int((clock.now() - clock.real_now()).total_seconds()) + LATER * 86400)
    while search.index_pending(batches=1):
        pass
    db.session.commit()
    found = []
    for who, keys in _asking(cast):
        expected = {one.id for one in made if _allowed(keys, one, grants)}
        got = set()
        for one in made:
            with suppress(NotFound):
                got.add(store.get_item(who, one.id).id)
        active = {one.id for one in made if one.fate != "deleted"}
        hits = search.find(who, word)
        listed = {row.id for row in store.list_items(who).rows} & {one.id for one in made}
        found += [
            (who.name, way, given, right)
            for way, given, right in (
                ("get", got, expected),
                ("search", {hit.object_id for hit in hits.hits}, expected & active),
                ("count", hits.total, len(expected & active)),
                ("list", listed, expected & active),
            )
            if given != right
        ]
    for drawn in grants:  # what holds for all classes would reach into the next world
        if not drawn["ended"]:
            store.end_grant(_owner(drawn["given"].owner), drawn["given"].id)
    return found


def _make(cast, word, items, grants):
    """The world as drawn; then its items with what became of them."""
    for letter in "ab":
        store.save_class(SYSTEM, f"{word}-{letter}", letter)
    made = []
    for n, drawn in enumerate(items):
        owner = _owner(drawn["owner"])
        kept = store.create_item(
            owner, title=f"{word} {n}", class_code=f"{word}-{drawn['class']}", level=LEVELS[drawn["level"]]
        )
        made.append(SimpleNamespace(id=kept.id, n=n, **drawn))
    for drawn in grants:
        of, owner = drawn["of"], drawn["owner"]
        if isinstance(of, int):
            owner = items[of]["owner"]
            what = {"item_id": made[of].id}
        else:
            code = "*" if of[0] == "*" else f"{word}-{of[0]}"
            what = {"class_code": code, "up_to_level": LEVELS[of[1]]}
        until = None if drawn["days"] is None else clock.today() + timedelta(days=drawn["days"])
        drawn["given"] = store.give_grant(_owner(owner), owner, _holder(cast, drawn["holder"]), until=until, **what)
    for one in made:
        if one.became is not None:
            one.level = one.became
            store.change_item(_owner(one.owner), one.id, None, {"level": LEVELS[one.became]})
        if one.fate != "kept":
            store.delete_item(_owner(one.owner), one.id, None, "tā")
        if one.fate == "restored":
            store.restore_item(_owner(one.owner), one.id, None)
    for drawn in grants:
        if drawn["ended"]:
            store.end_grant(_owner(drawn["given"].owner), drawn["given"].id)
    db.session.commit()
    return made


def _allowed(keys, one, grants):
    """The rule in plain words: the owner; or whom it was granted, until the last day, up to the level."""
    if f"client:{one.owner}" in keys:
        return True
    if one.fate == "deleted":
        return False
    for drawn in grants:
        if drawn["ended"] or drawn["holder"] not in keys:
            continue
        if drawn["days"] is not None and drawn["days"] < LATER:
            continue
        if drawn["of"] == one.n:
            return True
        if isinstance(drawn["of"], tuple) and drawn["owner"] == one.owner:
            code, level = drawn["of"]
            if code in ("*", vars(one)["class"]) and one.level <= level:
                return True
    return False


def _asking(cast):
    """(actor, its keys in the words of the drawn world)."""
    for name in ("o-viens", "o-divi", "s-viens", "s-divi"):
        key = f"client:{name}"
        names = {key, "can:search.use", *identity.given_names(key)}
        yield actor_with(names, client=name, name=name), {key}
    for name, keys in (("liga", {"unit:2"}), ("pauls", {"unit:3"}), ("anna", {"role:clerk"})):
        yield identity.actor_for(getattr(cast, name).id), keys


def _owner(name):
    return actor_with({f"client:{name}", "scope:store:write"}, client=name, name=name)


def _holder(cast, drawn):
    return f"unit:{cast.units[drawn[5:]].id}" if drawn.startswith("unit:") else drawn
