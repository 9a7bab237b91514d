"""Pages of flows over HTTP: making, trying, choosing, doing and mending, without scripts."""

import re

import pytest

from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.db import db
from portal.workflow import service as workflow
from portal.workflow.models import FlowRun


def page(browser, path, status=200, **query):
    answer = browser.get(path, query_string=query or None)
    assert answer.status_code == status, answer.get_data(as_text=True)[-2000:]
    return answer.get_data(as_text=True)


def post(browser, path, status=303, **form):
    answer = browser.post(path, data=form)
    assert answer.status_code == status, answer.get_data(as_text=True)[-2000:]
    return answer.headers.get("Location") or answer.get_data(as_text=True)


@pytest.mark.req("12.3")
def test_a_clerk_makes_a_list_tries_it_publishes_it_and_rules_choose_it(cast, anna, as_client, liga):
    documents.install_registers()
    register = next(one for one in documents.list_registers(anna) if one.direction == "incoming")
    db.session.commit()
    browser = as_client("anna")
    assert "Nosūtāma vēstule" in page(browser, "/flows/kinds")
    assert as_client("liga").get("/flows/kinds").status_code == 403
    there = post(browser, "/flows/kinds", name="Ēku apskate", listed="list")
    assert there.endswith("/flows/kinds/eku_apskate/steps") and "Ēku apskate" in page(browser, there)
    rows = {"name": "Ēku apskate", "purpose": "Reizi gadā", "version": "1",
            "steps-0-order": "2", "steps-0-name": "Parakstīt aktu", "steps-0-what": "task", "steps-0-who": "role:head",
            "steps-0-answers": "Parakstīt | Atgriezt",
            "steps-1-order": "1", "steps-1-name": "Apskatīt ēku", "steps-1-what": "task", "steps-1-who": "starter",
            "steps-1-days": "3"}  # fmt: skip
    more = post(browser, there, 200, more="1", **rows)
    assert "steps-2-name" in more and "Parakstīt aktu" in more
    wrong = post(browser, there, 422, **{**rows, "steps-0-condition": "import os"})
    assert "Parakstīt aktu" in wrong and "nevar saprast" in wrong
    shown = post(browser, there, **rows)
    text = page(browser, shown)
    assert text.index("Apskatīt ēku") < text.rindex("Parakstīt aktu") and "Pārbaudes neatrod" in text

    tried = page(browser, "/flows/kinds/eku_apskate/trial")
    link = re.search(r'href="([^"]*a=eku_apskate.s1[^"]*)"', tried)[1].replace("&amp;", "&")
    assert "Parakstīt" in page(browser, link)
    assert "publicēta" in page(browser, post(browser, "/flows/kinds/eku_apskate/publish"))

    assert "vienu pazīmi" in post(browser, "/flows/rules", 422, key="eku_apskate")
    post(browser, "/flows/rules", key="eku_apskate", keyword="ēk", register=register.code)
    letter = documents.register(anna, register.id, "Par ēku stāvokli", clock.today())
    db.session.commit()
    assert "„Par ēku stāvokli”" in page(browser, "/flows/rules", document=letter.id)
    run = workflow.open_run("document", letter.id)
    assert run.definition.name == "Ēku apskate"
    assert "Apskatīt ēku" in page(browser, f"/flows/documents/{letter.id}")
    (rule,) = workflow.list_flow_rules(anna)
    post(browser, f"/flows/rules/{rule.id}/move", way="up")
    post(browser, f"/flows/rules/{rule.id}/remove")
    post(browser, "/flows/kinds/eku_apskate/take-back", 422, reason="")
    post(browser, "/flows/kinds/eku_apskate/take-back", reason="Jāpārstrādā")
    post(browser, "/flows/kinds/eku_apskate/restore/1")
    model = workflow.get_draft(anna, "eku_apskate").xml
    there = "/flows/kinds/eku_apskate/drawing"
    assert "nav redzams" in page(
        browser, post(browser, there, xml=re.sub(r"<bpmndi:BPMNDiagram.*Diagram>", "", model, flags=re.S))
    )
    assert "nav atļauts" in post(browser, there, 422, xml=model.replace("userTask", "scriptTask"))


@pytest.mark.req("7.2", "12.3")
def test_a_step_is_done_given_skipped_and_cancelled_on_its_pages(cast, as_client, liga, anna):
    liga_browser, bruno_browser, anna_browser = as_client("liga"), as_client("bruno"), as_client("anna")
    assert "Fill" not in post(liga_browser, "/flows/begin", 422, flow="invoice", title="")
    there = post(liga_browser, "/flows/begin", flow="invoice", title="Nopirkt datorus", details="Trīs darba vietas")
    assert "Pārbaudīt rēķinu" in page(liga_browser, there)
    task = workflow.list_tasks(liga)[0]
    step = liga_browser.get(f"/tasks/{task.id}").headers["Location"]
    text = page(liga_browser, step)
    assert "Trīs darba vietas" in text and "Rēķins nav pamatots" in text
    refused = post(liga_browser, step, 422, outcome="Rēķins nav pamatots", note="")
    assert "Pasakiet, kāpēc" in refused
    post(liga_browser, step, outcome="Preces vai pakalpojums saņemts", note="Saņemti trīs")
    assert "Saņemti trīs" in page(bruno_browser, "/flows") or "Akceptēt" in page(bruno_browser, "/flows")
    (row,) = workflow.open_steps(liga)
    acts = f"/flows/runs/steps/{row.id}"
    assert "Izvēlieties" in post(bruno_browser, f"{acts}/give", 422, person_id="")
    post(bruno_browser, f"{acts}/give", person_id=str(cast.liga.id), reason="Esmu atvaļinājumā")
    post(liga_browser, f"{acts}/skip", 422, outcome="Akceptēt", reason="")
    post(liga_browser, f"{acts}/skip", outcome="Akceptēt", reason="Steidzami")
    assert "Nodot apmaksai" in page(anna_browser, "/flows")
    run = db.session.get(FlowRun, row.run_id, populate_existing=True)
    post(liga_browser, f"/flows/runs/{run.id}/cancel", 422, reason="")
    post(liga_browser, f"/flows/runs/{run.id}/cancel", reason="Vairs nevajag")
    assert "Vairs nevajag" in page(liga_browser, f"/flows/runs/{run.id}")
    assert as_client("pauls").get(f"/flows/runs/{run.id}").status_code == 404


@pytest.mark.req("12.3")
def test_the_list_of_what_runs_takes_few_queries_however_long_it_is(cast, anna, as_client, count_queries):
    for number in range(60):
        workflow.start_action(anna, "invoice", f"Darbība {number}")
    db.session.commit()
    browser = as_client("anna")
    page(browser, "/flows")
    with count_queries() as seen:
        text = page(browser, "/flows")
    assert text.count('<tr id="step-') == 50 and "Ielādēt vēl" in text
    assert len(seen) <= 12, len(seen)
