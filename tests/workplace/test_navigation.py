"""The bar: who sees what, drafts and their preview, versions and the way back."""

import pytest

from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.clock import date
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid
from portal.kernel.live import LiveEvent
from portal.workflow import service as workflow
from portal.workplace import service as workplace
from portal.workplace.models import Board

PLAIN = {"label_lv": "", "label_en": "", "icon": "home", "roles": [], "units": [], "since": None, "until": None,
         "badge": "", "note_lv": "", "note_en": ""}  # fmt: skip


def _labels(actor, language="lv", **values):
    return [item.label for item in workplace.navigation(actor, language, **values)]


def _link(edgars, **changes):
    values = {**PLAIN, "label_lv": "Karte", "label_en": "Map", "icon": "map-2", "url": "https://karte.example.lv/"}
    return workplace.save_line(edgars, None, **{**values, **changes})


def _publish(edgars):
    return workplace.publish_draft(edgars, Board.NAVIGATION)


@pytest.mark.req("2.1")
def test_without_configuration_the_bar_is_what_the_roles_open(anna, edgars):
    assert _labels(anna)[:3] == ["Mans darbs", "Lietas", "Dokumenti"]
    assert "Darba vieta" not in _labels(anna) and "Darba vieta" in _labels(edgars)


@pytest.mark.req("2.1")
def test_a_draft_is_seen_in_the_preview_only_until_it_is_published(edgars, anna):
    _link(edgars, note_lv="Jauns")
    assert "Karte" not in _labels(anna)
    shown = workplace.preview(edgars, "clerk", None, None)
    assert (shown[-1].label, shown[-1].note, shown[-1].url) == ("Karte", "Jauns", "https://karte.example.lv/")
    _publish(edgars)
    assert _labels(anna)[-1] == "Karte" and _labels(anna, "en")[-1] == "Map"


@pytest.mark.req("2.1")
def test_items_are_for_roles_units_with_all_below_them_and_days(edgars, anna, dace, bruno, cast):
    _link(edgars, label_lv="Lietvežiem", roles=["clerk"])
    top = next(iter(cast.units.values()))
    below = identity.add_unit(SYSTEM, "Apakšnodaļa", "77", parent_id=top.id)
    new = identity.add_person(SYSTEM, "Jauns", "Cilvēks", "j@c.example", "", below.id, "jauns", "gara-parole-1")
    _link(edgars, label_lv="Nodaļai", units=[top.id])
    _link(edgars, label_lv="Decembrī", since=date(2027, 12, 1), until=date(2027, 12, 31))
    _publish(edgars)
    assert "Lietvežiem" in _labels(anna) and "Lietvežiem" not in _labels(dace)
    assert "Nodaļai" in _labels(identity.actor_for(new.id))
    outside = next(p for p in (anna, bruno, dace) if top.id not in p.unit_ids)
    assert "Nodaļai" not in _labels(outside)
    assert "Decembrī" not in _labels(anna)
    assert "Decembrī" in _labels(anna, on=date(2027, 12, 31)) and "Decembrī" not in _labels(anna, on=date(2028, 1, 1))


def test_a_place_stays_closed_to_whom_it_is_closed_whatever_is_configured(edgars, dace):
    workplace.save_line(edgars, "audit.index", **{**PLAIN, "label_lv": "Žurnāls", "roles": ["member"]})
    _publish(edgars)
    assert "Žurnāls" not in _labels(dace)


@pytest.mark.req("2.1")
def test_order_and_hiding(edgars, anna):
    workplace.move_line(edgars, "documents.list", up=True)
    workplace.show_line(edgars, "search.results", False)
    _publish(edgars)
    assert _labels(anna)[:3] == ["Mans darbs", "Dokumenti", "Lietas"] and "Meklēšana" not in _labels(anna)


@pytest.mark.req("2.1")
def test_a_version_is_taken_back_and_every_screen_is_told(edgars, anna):
    before = _labels(anna)
    workplace.show_line(edgars, "search.results", False)
    first = _publish(edgars)
    _link(edgars)
    _publish(edgars)
    workplace.take_back(edgars, Board.NAVIGATION, first.number, 2)
    assert _labels(anna) == [label for label in before if label != "Meklēšana"]
    workplace.take_back(edgars, Board.NAVIGATION, 0, 3)
    assert _labels(anna) == before
    assert [row.number for row in workplace.history(edgars, Board.NAVIGATION)] == [4, 3, 2, 1]
    told = db.session.query(LiveEvent).filter_by(topic=workplace.TOPIC).count()
    assert told in (0, 4)  # 0: over Redis nothing is written down


def test_a_draft_that_another_version_overtook_is_not_published(edgars):
    _link(edgars)
    workplace.draft(Board.NAVIGATION).based_on = 7
    db.session.flush()
    with pytest.raises(Conflict):
        _publish(edgars)


def test_a_new_place_of_a_later_release_is_shown_although_the_version_does_not_know_it(anna):
    only = {"items": [{**workplace.editable(SYSTEM)[0][1]}]}
    assert _labels(anna, content=only)[0] == "Lietas" and "Dokumenti" in _labels(anna, content=only)
    gone = {"items": [{**only["items"][0], "place": "no.longer"}]}
    assert "Lietas" in _labels(anna, content=gone)


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://anna:parole@example.lv/"}, "url"),
        ({"url": "//example.lv"}, "url"),
        ({"label_lv": " "}, "label_lv"),
        ({"icon": "../../etc/passwd"}, "icon"),
        ({"badge": "nothing"}, "badge"),
        ({"since": date(2027, 1, 2), "until": date(2027, 1, 1)}, "until"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(edgars, changes, field):
    with pytest.raises(Invalid) as refused:
        _link(edgars, **changes)
    assert refused.value.field == field


def test_only_it_staff_configure(anna, edgars):
    with pytest.raises(Forbidden):
        _link(anna)
    with pytest.raises(Forbidden):
        workplace.take_back(anna, Board.LOOK, 0, 0)
    with pytest.raises(Conflict):
        workplace.remove_line(edgars, "cases.list")


@pytest.mark.req("2.1")
def test_the_pages_configure_preview_publish_and_take_back(as_client):
    browser = as_client("edgars")
    data = {"url": "https://karte.example.lv/", "label_lv": "Karte", "icon": "map-2", "badge": "", "roles": "clerk"}
    assert browser.post("/admin/workplace/navigation/new", data={**data, "url": "karte"}).status_code == 422
    assert browser.post("/admin/workplace/navigation/new", data=data).status_code == 303
    shown = browser.get("/admin/workplace/navigation?role=clerk", headers={"HX-Request": "true"}).text
    assert "<html" not in shown and "Karte" in shown
    whole = browser.get("/admin/workplace/navigation?role=clerk&unit=nonsense&on=x").text
    assert "Not a valid" not in whole and "Karte" in whole
    assert "Karte" not in browser.get("/admin/workplace/navigation?role=member", headers={"HX-Request": "true"}).text
    clerk = as_client("anna")
    assert "karte.example.lv" not in clerk.get("/").text
    browser.post("/admin/workplace/navigation/publish")
    assert 'href="https://karte.example.lv/"' in clerk.get("/").text
    fresh = clerk.get("/shell?at=/cases").text
    assert "<html" not in fresh and "karte.example.lv" in fresh and 'href="/cases" aria-current="page"' in fresh
    assert browser.post("/admin/workplace/navigation/take-back", data={"number": 0, "based_on": 1}).status_code == 303
    assert "karte.example.lv" not in clerk.get("/").text
    assert browser.post("/admin/workplace/navigation/take-back", data={"number": 1, "based_on": 1}).status_code == 409


def test_the_bar_costs_a_page_no_query_while_nothing_changes(as_client, count_queries, edgars, cast):
    browser = as_client("anna")
    browser.get("/help")
    with count_queries() as seen:
        browser.get("/help")
    assert not [one for one in seen if "shell_version" in one or "task" in one]
    workplace.show_line(edgars, "cases.list", False)
    _publish(edgars)
    workflow.add_task(SYSTEM, "council.place", "case", cast.anna.id, "Darbs", person_id=cast.anna.id)
    db.session.commit()
    page = browser.get("/help").text
    assert 'href="/cases"' not in page and '<span class="nav-count">1<' in page


def test_the_bar_counts_what_waits_and_what_of_it_is_late(edgars, anna, cast, as_client):
    for number, days in enumerate((-2, 3)):
        due = clock.today() + clock.timedelta(days=days)
        workflow.add_task(SYSTEM, "council.place", "case", cast.anna.id, f"Darbs {number}", person_id=cast.anna.id,
                          due_on=due)  # fmt: skip
        db.session.execute(
            db.text("update task set kind = 'k' || :n where title = :t"), {"n": number, "t": f"Darbs {number}"}
        )
    workplace.save_line(edgars, "cases.list", **{**PLAIN, "icon": "briefcase", "badge": "late"})
    _publish(edgars)
    assert workflow.count_waiting(anna) == (2, 1)
    page = as_client("anna").get("/help").text
    assert '<span class="nav-count">2<' in page and '<span class="nav-count is-late">1<' in page
