"""Applications of one-stop shops over real HTTP: they become cases without re-typing, and hear what became of them."""

import hashlib
import uuid
from datetime import date

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.cases import service as cases
from portal.cases.adapters import gateway
from portal.cases.adapters.vpvkac import Vpvkac
from portal.cases.models import Case, PsppEvent, ShopApplication
from portal.cases.ports import ResultFile
from portal.cases.service.timeline import change_status
from portal.documents import service as documents
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import ExternalUnavailable
from portal.sandbox import vpvkac
from tests.cases import factories

pytestmark = pytest.mark.req("11.1")
CLIENT = {"type": "natural", "code": "32000000012", "codeType": "PK", "name": "Ilze Paraudziņa"}


@pytest.fixture
def centre(sandbox, trees):
    """`centre(…)`: an operator fills in an application for felling trees; returns its id."""
    gateway._tokens.clear()

    def fill_in(**values):
        data = {"Zemes vienība": "Upmale", "Koki": [{"suga": "bērzs", "skaits": 3}], "Piekrītu": True}
        usual = {"service_code": factories.TREES, "client": CLIENT, "answer_channel": "KLATIENE", "data": data}
        return vpvkac.fill_in(sandbox.store, **{**usual, **values})

    return fill_in


@pytest.fixture
def there(sandbox):
    """What the one-stop shop holds of an application."""
    return lambda id: sandbox.store.get("vpvkac.application", id)


def mine(id):
    db.session.expire_all()
    return db.session.scalar(sa.select(ShopApplication).where(ShopApplication.application_id == uuid.UUID(id)))


def test_an_application_becomes_a_case_and_status_and_answer_return(
    centre, there, as_client, cast, run_jobs, client, sandbox
):
    picture = b"\x89PNG picture of a tree"
    id = centre(files=[("koks.png", "image/png", picture)])
    cases.take_applications(SYSTEM)
    cases.take_applications(SYSTEM)
    assert there(id)["state"] == "acknowledged"
    known = mine(id)
    case = db.session.get_one(Case, known.case_id)
    assert (case.channel, case.client_name, case.client_code, case.client_address, case.number) == (
        "VPVKAC", "Ilze Paraudziņa", CLIENT["code"], "", there(id)["case_number"],
    )  # fmt: skip
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Case)) == 1
    files = documents.files_of(case.document_id)
    assert [file.name for file in files] == ["pieteikums.pdf", "koks.png"]
    assert files[1].sha256 == hashlib.sha256(picture).hexdigest()
    summary = documents.get_document(SYSTEM, case.document_id).summary
    assert "Zemes vienība: Upmale" in summary and "Koki 1 › suga: bērzs" in summary and "Piekrītu: jā" in summary

    run_jobs()
    assert [event["status"] for event in there(id)["events"]] == ["REGISTRETS"]
    head = as_client("bruno")
    head.post(f"/cases/{case.id}/assign", data={"responsible_id": str(cast.liga.id)})
    run_jobs()
    assert [event["status"] for event in there(id)["events"]] == ["REGISTRETS", "APSTRADE"]

    again = centre(replaces=id, data={"Zemes vienība": "Lejas"}, files=[("a.txt", "text/plain", b"abc")])
    sandbox.store.set_setting("vpvkac.fault", "corrupt")
    for _round in range(2):  # a correction that fails is neither confirmed nor forgotten
        cases.take_applications(SYSTEM)
    assert (mine(id).problem_code, there(id)["state"]) == ("DATA_INVALID", "new")
    sandbox.store.set_setting("vpvkac.fault", "")
    cases.take_applications(SYSTEM)
    assert again == id and mine(id).version == 2 and there(id)["state"] == "acknowledged"
    liga = as_client("liga")
    page = liga.get(f"/cases/{case.id}").get_data(as_text=True)
    assert "VPVKAC-OZP" in page and "Jūsu pieteikuma labojums ir saņemts" in page
    assert "Iepazīties ar laboto pieteikumu" in liga.get("/").get_data(as_text=True)
    assert len(documents.documents_of_case(SYSTEM, case.id)) == 2

    factories.signed_decision(case.id)
    case = db.session.get_one(Case, case.id)
    case.granted = True
    db.session.commit()
    change_status(SYSTEM, case, "SNIEGTS", "Lēmums nodots")
    db.session.commit()
    run_jobs()
    answer = there(id)["result"]
    assert there(id)["events"][-1]["status"] == "SNIEGTS" and answer["deliveredVia"] == "KLATIENE"
    assert [file["name"] for file in answer["files"]] == ["lemums.asice"]
    assert [file["size"] for file in answer["files"]] == [len(b"konteiners")]
    assert cases.shop_cases_waiting() == []

    clerk = as_client("anna")
    listed = clerk.get("/cases/shop").get_data(as_text=True)
    assert "Ilze Paraudziņa" in listed and case.number in listed
    shown = clerk.get(f"/cases/shop/{mine(id).id}").get_data(as_text=True)
    assert "320000•••••" in shown and CLIENT["code"] not in shown and "Lejas" in shown
    assert as_client("pauls").get("/cases/shop").status_code == 403
    assert client.get("/cases/shop").status_code == 302
    assert db.session.scalars(sa.select(AuditRecord).where(AuditRecord.action == "shop_application.read")).one()


def test_what_cannot_be_taken_in_waits_for_a_person_and_stops_nobody(centre, there, as_client, run_jobs, sandbox):
    unknown, good = centre(service_code="PA-9999-001"), centre(client=CLIENT | {"name": "Otra Persona"})
    broken = centre(client={"type": "natural", "code": "123", "codeType": "PK", "name": "Trešā"})
    for _round in range(7):
        cases.take_applications(SYSTEM)
    assert [there(id)["state"] for id in (unknown, good, broken)] == ["new", "acknowledged", "new"]
    assert (mine(unknown).problem_code, mine(broken).problem_code) == ("UNKNOWN_SERVICE", "DATA_INVALID")
    assert mine(unknown).tries == 5  # afterwards only when somebody asks
    clerk = as_client("anna")
    page = clerk.get("/cases/shop?state=problem").get_data(as_text=True)
    assert "Trešā" in page and "Otra Persona" not in page and "Izvēlieties pakalpojumu" in page

    answer = clerk.post(f"/cases/shop/{mine(unknown).id}/retry", data={"service_code": factories.TREES})
    assert answer.status_code == 303
    run_jobs()
    assert there(unknown)["case_number"].startswith("KOK-")

    here = f"/cases/shop/{mine(broken).id}"
    wrong = clerk.post(f"{here}/refuse", data={"code": "DATA_INVALID", "text": ""})
    assert wrong.status_code == 422 and "DATA_INVALID" in wrong.get_data(as_text=True)
    assert as_client("edgars").post(f"{here}/refuse", data={"code": "DATA_INVALID", "text": "x"}).status_code == 403
    assert clerk.post(f"{here}/refuse", data={"code": "DATA_INVALID", "text": "Nav personas koda"}).status_code == 303
    sandbox.store.set_setting("vpvkac.fault", "lost")
    with pytest.raises(ExternalUnavailable):
        cases.take_applications(SYSTEM)
    sandbox.store.set_setting("vpvkac.fault", "")
    cases.take_applications(SYSTEM)
    assert there(broken)["refusal"] == {"code": "DATA_INVALID", "text": "Nav personas koda"}
    assert mine(broken).state == "refused"
    assert clerk.post(f"{here}/refuse", data={"code": "DUPLICATE", "text": "x"}).status_code == 409

    sandbox.store.set_setting("vpvkac.fault", "corrupt")
    spoilt = centre(files=[("a.txt", "text/plain", b"abc")])
    cases.take_applications(SYSTEM)
    assert mine(spoilt).problem_code == "DATA_INVALID" and there(spoilt)["state"] == "new"
    sandbox.store.set_setting("vpvkac.fault", "")
    cases.take_applications(SYSTEM)
    assert there(spoilt)["state"] == "acknowledged" and mine(spoilt).problem is None


@pytest.mark.parametrize("fault", ["down", "throttled", "unauthorised", "lost", "garbage"])
def test_either_side_may_be_away_and_nothing_is_lost_or_doubled(centre, there, sandbox, run_jobs, fault):
    id = centre()
    sandbox.store.set_setting("vpvkac.fault", fault)
    for _round in range(3):
        with pytest.raises(ExternalUnavailable):
            cases.take_applications(SYSTEM)
        db.session.rollback()
    sandbox.store.set_setting("vpvkac.fault", "")
    cases.take_applications(SYSTEM)
    run_jobs()
    sandbox.store.set_setting("vpvkac.fault", "repeat")  # they list once more what they were told
    cases.take_applications(SYSTEM)
    assert there(id)["state"] == "acknowledged" and db.session.query(Case).count() == 1
    assert [event["status"] for event in there(id)["events"]] == ["REGISTRETS"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PsppEvent)) == 1


def test_a_large_answer_goes_in_parts(centre, there, sandbox, app):
    id = centre()
    cases.take_applications(SYSTEM)
    large = bytes(range(256)) * 4096 * 5  # 5 MiB
    files = [
        ResultFile("lielais.asice", "application/octet-stream", large),
        ResultFile("mazs.txt", "text/plain", b"ok"),
    ]
    for _time in range(2):
        Vpvkac().give_result(uuid.UUID(id), uuid.uuid4(), "1-2/26", date(2026, 11, 27), "KLATIENE", files)
    kept = there(id)["result"]["files"]
    assert [(file["name"], file["size"]) for file in kept] == [("lielais.asice", len(large)), ("mazs.txt", 2)]
    assert sandbox.store.blob_get(kept[0]["sha"]) == large
