"""Terms are kept in sight: reminders, broken terms, control, the radar, bulk acts, the calendar feed (12.5)."""

import io
import re
from datetime import date
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from portal.identity import service as identity
from portal.identity.service import preferences
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.db import db, new_id
from portal.kernel.events import Outbox
from portal.workflow import service as workflow
from portal.workflow.models import Task, TaskState


def _text(response):
    return response.get_data(as_text=True)


@pytest.fixture
def given(clock_at, make_document, cast, bruno):
    """On Friday, 27 November 2026, Bruno orders Līga to answer until 4 December."""
    clock_at("2026-11-27 10:00")
    document = make_document(unit_id=cast.units["2"].id)
    found = workflow.write_resolution(bruno, document.id, "Sagatavot atbildi", cast.liga.id, days=5)
    db.session.commit()
    return found


def news():
    """(person, what) of the words that were queued, in their order."""
    rows = db.session.scalars(sa.select(Outbox).where(Outbox.job == "control.tell_of_task").order_by(Outbox.id))
    return [(row.payload["person_id"], row.payload["what"]) for row in rows]


@pytest.mark.req("12.5", "2.2")
def test_people_are_reminded_once_and_a_broken_term_goes_to_head_and_substitute(
    given, clock_at, cast, as_client, run_jobs, anna, bruno, liga
):
    bruno_id, liga_id, pauls_id = (str(one.id) for one in (cast.bruno, cast.liga, cast.pauls))

    def pass_to(moment):
        clock_at(moment)
        workflow.send_notices(SYSTEM)
        workflow.send_notices(SYSTEM)
        db.session.commit()
        return news()

    assert pass_to("2026-11-27 12:00") == []
    assert pass_to("2026-12-01 09:00") == [(liga_id, "before")]  # three working days
    assert pass_to("2026-12-02 09:00") == [(liga_id, "before")]
    assert pass_to("2026-12-03 09:00") == [(liga_id, "before")] * 2  # one
    identity.add_substitution(SYSTEM, cast.liga.id, cast.pauls.id, clock.today(), date(2026, 12, 31))
    db.session.commit()
    late = [(liga_id, "late"), (pauls_id, "late"), (bruno_id, "late")]
    assert pass_to("2026-12-07 09:00")[2:] == late
    assert pass_to("2026-12-08 09:00")[2:] == late

    head = as_client("bruno")
    page = _text(head.get("/"))
    assert "Jūsu struktūrvienībā nokavēts termiņš" in page and "Līga Ozola" in page
    preferences.set_notices(liga, set())
    db.session.commit()
    run_jobs()
    mails = list((settings().var / "outbox").glob("*.eml"))
    assert len(mails) == 2  # Līga wants none
    workflow.ask_extension(bruno, given.id, date(2026, 12, 11), "Slimība")  # another term: not broken any more
    assert [task.kind for task in workflow.list_tasks(bruno)] == []
    assert pass_to("2026-12-10 09:00")[5:] == [(liga_id, "before")]


@pytest.mark.req("12.5")
def test_clerks_set_the_rules_of_reminders(given, clock_at, as_client, cast):
    assert as_client("liga").get("/control/settings").status_code == 403
    clerk = as_client("anna")
    wrong = clerk.post("/control/settings", data={"kind": "resolution.execute", "days": "drīz"})
    assert wrong.status_code == 422 and "piemēram, 3, 1" in _text(wrong) and 'value="drīz"' in _text(wrong)
    assert clerk.post("/control/settings", data={"kind": "resolution.execute", "days": "2"}).status_code == 303
    assert clerk.post("/control/settings/choices", data={"accept_needed": "y"}).status_code == 303
    page = _text(clerk.get("/control/settings"))
    assert "paziņo tikai izpildītājam" in page
    clock_at("2026-12-01 09:00")
    workflow.send_notices(SYSTEM)
    assert news() == []
    clock_at("2026-12-07 09:00")
    workflow.send_notices(SYSTEM)
    assert news() == [(str(cast.liga.id), "late")]
    assert clerk.post("/control/settings/drop", data={"kind": "resolution.execute"}).status_code == 303
    assert not workflow.choices().finish_document
    assert db.session.scalars(sa.select(Task.kind).where(Task.state == TaskState.OPEN)).all() == ["resolution.execute"]


@pytest.fixture
def terms(clock_at, make_document, cast, anna, bruno):
    """On Friday, 27 November: one term of Līga's that is broken, one that ends next week, a letter of the clerk's for
    Pauls, and an application that nobody was told to answer."""
    clock_at("2026-11-13 10:00")
    first = make_document(title="Vecais iesniegums", unit_id=cast.units["2"].id)
    late = workflow.write_resolution(bruno, first.id, "Atbildēt", cast.liga.id, days=3)
    forgotten = make_document(title="Aizmirsts iesniegums", unit_id=cast.units["2"].id, received_on=date(2026, 11, 11))
    clock_at("2026-11-27 10:00")
    letter = make_document(title="Vēstule par žogu", code="sanemtie", unit_id=cast.units["1"].id)
    soon = workflow.write_resolution(anna, letter.id, "Noskaidrot", cast.liga.id, days=3)
    other = workflow.write_resolution(anna, letter.id, "Izbraukt", cast.pauls.id, days=2)
    db.session.commit()
    return SimpleNamespace(late=late, soon=soon, other=other, forgotten=forgotten, letter=letter)


def shown(page):
    """Titles of the radar's lines in their order."""
    return re.findall(r'title-cell"><a href="[^"]*">([^<]*)<', page)


@pytest.mark.req("12.5")
def test_the_radar_shows_what_breaks_late_first_to_those_whom_it_concerns(terms, as_client, count_queries, run_jobs):
    from openpyxl import load_workbook

    clerk = as_client("anna")
    clerk.get("/control")
    with count_queries() as seen:
        page = _text(clerk.get("/control"))
    assert len(seen) <= 12
    numbers = {name: one.number for name, one in (("old", terms.forgotten), ("letter", terms.letter))}
    assert [title.split(" · ")[1] for title in shown(page)] == [
        "Vecais iesniegums",
        "Aizmirsts iesniegums",
        "Vēstule par žogu",
        "Vēstule par žogu",
    ]
    assert "Izpilde vēl nav uzdota" in page and numbers["old"] in page and "Kavējas 1" in page
    assert len(shown(_text(clerk.get("/control?late=1")))) == 2
    assert len(shown(_text(as_client("liga").get("/control")))) == 2
    head = _text(as_client("bruno").get("/control"))
    assert len(shown(head)) == 3 and f">{numbers['letter']}<" in head  # a letter that he may not see: its number only
    rows = _text(clerk.get("/control/export.csv")).splitlines()
    assert len(rows) == 5 and rows[1].startswith("19.11.2026;-8;") and "Līga Ozola" in rows[1]
    asked = clerk.post("/control/export.xlsx?late=1")
    run_jobs()
    book = load_workbook(io.BytesIO(clerk.get(f"{asked.headers['Location']}/file").get_data()))
    assert [row[2].split(" · ")[1] for row in list(book.active.values)[1:]] == [
        "Vecais iesniegums",
        "Aizmirsts iesniegums",
    ]
    only = _text(clerk.get(f"/control?unit={terms.forgotten.unit_id}&within=month"))
    assert len(shown(only)) == 3


@pytest.mark.req("12.5")
def test_many_are_extended_given_away_and_reminded_of_at_once_and_it_is_undone(terms, as_client, cast, anna, liga):
    clerk, url = as_client("anna"), "/control/bulk"
    ticked = [str(task.id) for task in db.session.scalars(sa.select(Task).where(Task.kind == "resolution.execute"))]
    page = _text(clerk.post(url, data={"act": "extend", "task": ticked}))
    assert "Mainīsies 2 uzdevumi" in page and "1 paliek, kā ir" in page and "rezolūcijas autors" in page
    go = {"task": ticked, "go": "1"}
    assert clerk.post(url, data={"act": "extend", **go, "days": "2"}).status_code == 422
    assert clerk.post(url, data={"act": "extend", **go, "days": "2", "reason": "Slimība"}).status_code == 303
    assert (terms.soon.due_on, terms.other.due_on) == (date(2026, 12, 4), date(2026, 12, 3))
    page = _text(clerk.get("/control"))
    assert "Pagarināti 2 termiņi" in page
    undo = re.search(r'action="(/control/bulk/[^"]+/undo)"', page).group(1)
    assert as_client("bruno").post(undo).status_code == 404
    assert clerk.post(undo).status_code == 303 and clerk.post(undo).status_code == 409
    assert (terms.soon.due_on, terms.other.due_on) == (date(2026, 12, 2), date(2026, 12, 1))
    give = {"act": "reassign", **go, "person_id": str(cast.edgars.id)}
    assert clerk.post(url, data=give).status_code == 303
    left = _text(clerk.get("/control"))
    assert "Citam nodoti 2 uzdevumi. 1 palika" in left and "rezolūcijas autors" in left
    workflow.undo_bulk(anna, workflow.last_bulk(anna).id)
    assert {terms.soon.responsible.person_id, terms.other.responsible.person_id} == {cast.liga.id, cast.pauls.id}
    db.session.commit()
    assert clerk.post(url, data={"act": "remind", **go}).status_code == 303
    assert [what for _who, what in news()] == ["reminded"] * 3


def test_acts_on_many_tell_nothing_of_tasks_that_are_not_on_ones_radar(terms, as_client, anna, pauls):
    theirs = db.session.scalar(sa.select(Task.id).where(Task.title.contains("Vecais iesniegums")))
    page = as_client("pauls").post("/control/bulk", data={"act": "remind", "task": str(theirs)})
    assert "Vecais iesniegums" not in _text(page)
    plan = workflow.plan_bulk(pauls, "remind", [theirs])
    assert (plan.able, plan.unable) == ([], [])


@pytest.mark.req("12.5")
def test_a_document_stands_under_control_until_taken_off_with_a_reason(terms, as_client):
    clerk, url = as_client("anna"), f"/documents/{terms.letter.id}/control"
    assert as_client("liga").post(url, data={}).status_code == 403
    assert clerk.post(url, data={"reason": "Domes uzdevums"}).status_code == 303
    assert len(shown(_text(clerk.get("/control?controlled=1")))) == 2
    card = _text(clerk.get(url))
    for said in ("Kontroles kartīte", "Domes uzdevums", "Noskaidrot", "Pauls Siliņš", "02.12.2026"):
        assert said in card, said
    assert clerk.post(url, data={"reason": "Domes uzdevums"}).status_code == 409  # a second click takes nothing off
    assert clerk.post(url, data={"reason": "", "act": "end"}).status_code == 422
    assert clerk.post(url, data={"reason": "Izpildīts", "act": "end"}).status_code == 303
    assert "Noņemts" in _text(clerk.get(url)) and shown(_text(clerk.get("/control?controlled=1"))) == []


@pytest.mark.req("12.5")
def test_the_calendar_feed_gives_own_terms_at_a_secret_address_until_it_is_renewed(terms, as_client, client, cast):
    from icalendar import Calendar

    browser = as_client("liga")
    assert "Izveidot adresi" in _text(browser.get("/control/calendar"))
    browser.post("/control/calendar/renew")
    address = re.search(r"/calendar/[\w-]+\.ics", _text(browser.get("/control/calendar"))).group(0)
    answer = client.get(address)
    assert answer.status_code == 200 and answer.mimetype == "text/calendar"
    found = Calendar.from_ical(answer.get_data())
    events = found.walk("VEVENT")
    assert sorted(one.decoded("dtstart") for one in events) == [date(2026, 11, 19), date(2026, 12, 2)]
    text = answer.get_data(as_text=True)
    assert "Noskaidrot" not in text and terms.letter.number in text.replace("\r\n ", "")  # title and number, no more
    assert "Pēdējoreiz lasīta" in _text(browser.get("/control/calendar"))
    browser.post("/control/calendar/renew")
    assert client.get(address).status_code == 404
    address = re.search(r"/calendar/[\w-]+\.ics", _text(browser.get("/control/calendar"))).group(0)
    identity.suspend(SYSTEM, cast.liga.id, "aizgāja")
    db.session.commit()
    assert client.get(address).status_code == 404


@pytest.mark.req("12.5", "2.1")
def test_several_tasks_of_the_work_list_are_done_at_once_and_papers_go_to_the_pin(terms, as_client, cast, bruno, liga):
    paper = new_id()
    workflow.task_for_signature(SYSTEM, paper, "trial", paper, "Pilnvara", cast.liga.id)
    read = workflow.add_task(SYSTEM, "document.read", "trial", new_id(), "Iepazīties", person_id=cast.liga.id)
    other = workflow.add_task(SYSTEM, "document.read", "trial", new_id(), "Svešs", person_id=cast.pauls.id)
    workflow.write_resolution(bruno, terms.late.document_id, "Zemāk", cast.liga.id)
    db.session.commit()
    browser, url = as_client("liga"), "/tasks/many"
    ticked = [str(task.id) for task in workflow.list_tasks(liga)]
    page = _text(browser.get("/"))
    assert all(f'value="{one}" form="work-picks"' in page for one in ticked) and str(other.id) not in page
    assert browser.post(url, data={"act": "done", "task": [*ticked, str(other.id)]}).status_code == 404
    assert browser.post(url, data={"act": "agree", "task": ticked}).status_code == 422
    to_sign = browser.post(url, data={"act": "sign", "task": ticked})
    assert to_sign.headers["Location"].endswith(f"/signing/many?request={paper}")
    assert browser.post(url, data={"act": "done", "task": ticked}).status_code == 303
    assert "Izpildīti 4 uzdevumi" in _text(browser.get("/"))
    assert [task.kind for task in workflow.list_tasks(liga)] == ["signing.sign"] and not read.is_open
