"""Approval rounds: bound to a version, in order or together, with remarks; over HTTP as people do it."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from portal.audit import service as audit
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db, transaction
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from portal.signing import service as signing
from portal.signing.models import ApprovalRound
from portal.signing.service import approvals
from portal.storage import service as storage
from portal.workflow import service as workflow


def _file(text, name="vestule.txt"):
    return (name, "text/plain", storage.put(SYSTEM, text.encode()).sha256)


@pytest.fixture
def ask(app, cast, anna):
    def make(*names, text="Pirmā redakcija", about_id=None, **changes):
        found = signing.ask_approval(
            anna,
            about_kind="trial",
            about_id=about_id or uuid.uuid4(),
            title="Atbilde Ozolam",
            file=_file(text),
            approvers=[getattr(cast, name).id for name in names],
            **changes,
        )
        db.session.commit()
        return found

    return make


@pytest.mark.req("12.4")
def test_a_letter_is_approved_with_remarks_and_a_new_version_asks_again(app, cast, as_client, anna, bruno, run_jobs):
    """From the document's page to the sheet: ask, approve in two acts, remark, answer the remark, new version."""
    documents.install_registers()
    blob = storage.put(SYSTEM, "Ceļu remontēs maijā.".encode())
    files = [("atbilde.txt", "text/plain", blob.sha256, blob.size_bytes)]
    document = documents.create(anna, documents.DocumentKind.OUTGOING, "Atbilde par ceļu", files=files)
    run_jobs()
    clerk = as_client("anna")
    card = clerk.get(f"/documents/{document.id}").get_data(as_text=True)
    assert f"/signing/ask-approval/document/{document.id}" in card and f"/signing/ask/document/{document.id}" in card
    sha256 = documents.files_of(document.id)[0].sha256
    form = {"file": sha256, "due_days": "3", "people-0": str(cast.bruno.id), "people-1": str(cast.sarma.id)}
    where = f"/signing/ask-approval/document/{document.id}"
    assert clerk.post(where, data={"file": sha256, "due_days": "3"}).status_code == 422
    assert clerk.post(where, data=form).status_code == 303
    first = signing.latest_round("document", document.id)
    assert (first.sha256, first.due_on) == (sha256, clock.add_working_days(clock.today(), 3))

    # from the start page: the task (one), the button (two)
    head = as_client("bruno")
    task = workflow.list_tasks(bruno)[0]
    assert task.kind == "signing.approve" and f"/tasks/{task.id}" in head.get("/").get_data(as_text=True)
    page = head.get(head.get(f"/tasks/{task.id}").location)
    assert page.get_data(as_text=True).count("btn-primary") == 1
    assert head.post(f"/approvals/{first.id}", data={"answer": "returned"}).status_code == 422
    remark = {"answer": "with_remarks", "remarks-0-quote": "remontēs maijā", "remarks-0-text": "Jāsaka, kurā gadā."}
    assert head.post(f"/approvals/{first.id}", data=remark).status_code == 303
    assert workflow.list_tasks(bruno) == []
    assert head.post(f"/approvals/{first.id}", data=remark).status_code == 403

    [mine] = [one for one in first.approvers if one.person_id == cast.bruno.id]
    decide = f"/approvals/{first.id}/remarks/{mine.remarks[0].id}"
    assert head.post(decide, data={"outcome": "taken"}).status_code == 403
    assert clerk.post(decide, data={"outcome": "not_taken"}).status_code == 422
    assert clerk.post(decide, data={"outcome": "not_taken", "reason": "Gads ir virsrakstā."}).status_code == 303

    other = as_client("sarma")
    assert other.post(f"/approvals/{first.id}", data={"answer": "approved"}).status_code == 303
    assert first.state is signing.RoundState.APPROVED and signing.is_approved("document", document.id, sha256)
    sheet = clerk.get(f"/approvals/{first.id}/sheet").get_data(as_text=True)
    assert all(word in sheet for word in (sha256, "Bruno Kalniņš", "remontēs maijā", "Gads ir virsrakstā."))
    assert "Gads ir virsrakstā." not in clerk.get(f"/documents/{document.id}").get_data(as_text=True)
    # LAW-85: document, hash of the version, person, time
    record = next(
        row for row in audit.list_for(SYSTEM, "approval_round", first.id) if row.action == "approval.approved"
    )
    assert sha256 in record.new_json and str(cast.sarma.id) in record.new_json and record.at

    again = signing.version_added(anna, "document", document.id, _file("Ceļu remontēs 2027. gada maijā."))
    db.session.commit()
    assert first.state is signing.RoundState.REPLACED and again.number == 2
    assert len(workflow.list_tasks(bruno)) == 1
    assert not signing.is_approved("document", document.id, again.sha256)
    assert as_client("pauls").get(f"/approvals/{first.id}").status_code == 404


@pytest.mark.req("12.4")
def test_in_order_a_return_ends_the_round_and_only_those_concerned_are_asked_again(ask, anna, bruno, sarma, cast):
    first = ask("bruno", "sarma", in_order=True)
    with pytest.raises(Forbidden):
        signing.answer_approval(sarma, first.id, "approved")
    signing.answer_approval(bruno, first.id, "approved")
    assert [task.kind for task in workflow.list_tasks(sarma)] == ["signing.approve"]
    with pytest.raises(Invalid):
        signing.answer_approval(sarma, first.id, "returned")
    signing.answer_approval(sarma, first.id, "returned", remarks=[("redakcija", "Nav saprotams")])
    assert first.state is signing.RoundState.RETURNED and workflow.list_tasks(sarma) == []
    assert signing.version_added(anna, "trial", first.about_id, _file("Otrā")) is None
    second = ask(text="Otrā redakcija", about_id=first.about_id, again=[cast.sarma.id])
    kept, asked = second.approvers
    assert kept.kept_from_id and kept.answer is signing.Answer.APPROVED and workflow.list_tasks(bruno) == []
    with pytest.raises(Conflict):
        ask("bruno", text="Otrā redakcija", about_id=first.about_id)
    signing.answer_approval(sarma, second.id, "approved")
    assert second.state is signing.RoundState.APPROVED and asked.answered_at


@pytest.mark.req("12.4", "LAW-84")
def test_a_substitute_approves_and_is_shown_as_such(ask, cast, anna, liga, as_client):
    found = ask("bruno")
    identity.add_substitution(SYSTEM, cast.bruno.id, cast.liga.id, clock.today(), clock.today())
    db.session.commit()
    browser = as_client("liga")
    assert browser.get(f"/approvals/{found.id}").status_code == 404
    assert browser.post(f"/act-for/{cast.bruno.id}").status_code == 303
    assert browser.post(f"/approvals/{found.id}", data={"answer": "approved"}).status_code == 303
    [one] = found.approvers
    assert (one.person_id, one.answered_by_id) == (cast.bruno.id, cast.liga.id)
    sheet = as_client("anna").get(f"/approvals/{found.id}/sheet").get_data(as_text=True)
    assert "Līga Ozola, p. i." in sheet and "Bruno Kalniņš" in sheet


@pytest.mark.req("12.4")
def test_the_last_two_to_answer_at_once_end_the_round(app, ask, bruno, sarma, monkeypatch):
    """Whoever comes second waits for the first, and sees that nobody is left."""
    found = ask("bruno", "sarma")
    round_id, together, go_on = found.id, threading.Barrier(2), approvals._go_on

    def meet(actor, one):
        with suppress(threading.BrokenBarrierError):  # the second never comes as far while the first is in here
            together.wait(timeout=1)
        go_on(actor, one)

    def answer(actor):
        with app.app_context(), transaction():
            signing.answer_approval(actor, round_id, "approved")

    db.session.rollback()
    monkeypatch.setattr(approvals, "_go_on", meet)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(answer, (bruno, sarma)))
    assert db.session.get(ApprovalRound, round_id, populate_existing=True).state is signing.RoundState.APPROVED


def test_the_author_takes_an_approval_back(ask, anna, bruno, pauls):
    found = ask("bruno")
    with pytest.raises(NotFound):
        signing.withdraw_approval(pauls, found.id)
    with pytest.raises(Forbidden):
        signing.withdraw_approval(bruno, found.id)
    signing.withdraw_approval(anna, found.id)
    assert workflow.list_tasks(bruno) == [] and found.state is signing.RoundState.CANCELLED
    with pytest.raises(Forbidden):
        signing.answer_approval(bruno, found.id, "approved")
