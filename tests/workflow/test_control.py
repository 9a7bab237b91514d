"""Terms are kept in sight: reminders, broken terms, control, the radar, bulk acts, the calendar feed (12.5)."""

from datetime import date

import pytest
import sqlalchemy as sa

from portal.identity import service as identity
from portal.identity.service import preferences
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.db import db
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
