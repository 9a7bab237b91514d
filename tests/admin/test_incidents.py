"""The journal of security incidents (LAW-154)."""

import re

import pytest

from portal.admin import service as admin
from portal.admin.models import IncidentKind
from portal.identity.service import steps
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Forbidden
from tests.conftest import PASSWORD

WHEN = {"day": "26.11.2026", "hour": "09:30"}


def test_law_154_an_incident_is_entered_within_a_day_or_says_why_not(as_client, cast, clock_at, edgars):
    clock_at("2026-11-27 08:00")
    staff = as_client("edgars")
    assert "Nav incidentu" in staff.get("/admin/incidents").text
    typed = {"title": "Sveša pieslēgšanās", "kind": "access", "description": "Divi mēģinājumi naktī", **WHEN}
    first = staff.post("/admin/incidents/new", data=typed)
    assert first.status_code == 303 and "Ierakstīts novēloti" not in staff.get(first.location).text
    clock_at("2026-11-27 09:40")
    late = staff.post("/admin/incidents/new", data=typed)
    assert late.status_code == 422 and 'id="late_reason-error"' in late.text and "Divi mēģinājumi naktī" in late.text
    late = staff.post("/admin/incidents/new", data={**typed, "late_reason": "Ziņoja tikai šorīt", "personal_data": "y"})
    page = staff.get(late.location).text
    assert "Ierakstīts novēloti" in page and "Ziņoja tikai šorīt" in page
    assert "29.11.2026" in page  # three days for the breach of personal data (GDPR Art. 33)
    future = staff.post("/admin/incidents/new", data={**typed, "day": "28.11.2026"})
    assert future.status_code == 422 and 'id="day-error"' in future.text

    assert staff.post(late.location, data={"text": "Parole nomainīta", "add": "1"}).status_code == 303
    assert staff.post(late.location, data={"text": "Viss kārtībā", "close": "1"}).status_code == 303
    page = staff.get(late.location).text
    assert "Parole nomainīta" in page and "Slēgts" in page
    assert staff.post(late.location, data={"text": "vēl", "add": "1"}).status_code == 409

    reader = as_client("oskars")
    assert "Sveša pieslēgšanās" in reader.get("/admin/incidents").text
    assert reader.get("/admin/incidents/new").status_code == 403
    with pytest.raises(Forbidden):
        admin.note_incident(edgars.__class__(person_id=cast.oskars.id), admin.list_incidents(edgars).rows[0].id, "x")
    assert as_client("anna").get("/admin/incidents").status_code == 403


def test_the_use_of_the_sealed_account_is_an_incident_by_itself(app, client, cast, as_client):
    password = steps.break_glass("avarija")
    assert client.post("/sign-in", data={"username": "avarija", "password": password}).status_code == 303
    page = as_client("edgars").get("/admin/incidents").text
    assert "Lietots aizzīmogotais konts" in page
    assert password != PASSWORD


def test_a_full_page_of_the_journal_leads_to_no_empty_one(app, as_client, edgars):
    for number in range(51):
        if number == 50:
            db.session.commit()
            assert "after=" not in as_client("edgars").get("/admin/incidents").text
        admin.enter_incident(edgars, f"Incidents {number:02}", IncidentKind.ACCESS, clock.now(), "x")
    db.session.commit()
    page = as_client("edgars").get("/admin/incidents").text
    more = re.search(r'href="(/admin/incidents\?after=[^"]+)"', page)[1]
    last = as_client("edgars").get(more).text
    assert "Incidents 00" in last and "Incidents 01" not in last and "after=" not in last
