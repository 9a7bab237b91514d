"""From a letter that came by e-address to the signed answer that went back: approve, sign, send, each few acts."""

import pytest

from portal.documents import service as documents
from portal.exchange import service as exchange
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Forbidden
from portal.sandbox.vus import post
from portal.signing import service as signing
from portal.storage import service as storage
from portal.workflow import service as workflow


def an_answer(clerk, answers_id=None):
    blob = storage.put(SYSTEM, "Ceļu remontēs maijā.".encode())
    files = [("atbilde.txt", "text/plain", blob.sha256, blob.size_bytes)]
    document = documents.create(clerk, documents.DocumentKind.OUTGOING, "Atbilde par ceļu", files=files)
    document.answers_id = answers_id
    db.session.commit()
    return document


def a_letter(sandbox, clerk, run_jobs):
    """A letter that came by e-address and is registered."""
    documents.install_registers()
    post.deliver(
        sandbox.store,
        sender="_DEFAULT@40000000001",
        sender_name="SIA „Ceļš”",
        title="Par ceļu",
        files=[("vestule.txt", "text/plain", "Kad remontēs ceļu?".encode())],
    )
    run_jobs(periodic=True)
    [came] = documents.list_documents(clerk, documents.DocumentFilters())
    return came


@pytest.mark.req("12.4", "LAW-138")
def test_a_signed_answer_goes_back_to_the_e_address_it_answers(app, sandbox, cast, anna, as_client, run_jobs):
    came = a_letter(sandbox, anna, run_jobs)
    answer = an_answer(anna, came.id)
    with pytest.raises(Forbidden):
        documents.send_out(anna, answer.id)
    clerk, chair = as_client("anna"), as_client("janis")
    sha256 = documents.files_of(answer.id)[0].sha256
    form = {"file": sha256, "format": "asice", "due_days": "5", "people-0": str(cast.janis.id)}
    assert clerk.post(f"/signing/ask/document/{answer.id}", data=form).status_code == 303
    run_jobs()

    # sign: the task, the PIN, the button
    [task] = [one for one in workflow.list_tasks(identity.actor_for(cast.janis.id)) if one.kind == "signing.sign"]
    where = chair.get(f"/tasks/{task.id}").location
    assert chair.post(f"{where}/sign", data={"pin": "1234"}).status_code == 303
    run_jobs()
    [request] = signing.list_requests_about(SYSTEM, "document", answer.id)
    assert documents.signed_file(answer.id).sha256 == request.container_sha256

    # send: the task, the button
    [task] = [one for one in workflow.list_tasks(anna) if one.kind == "document.send"]
    page = clerk.get(clerk.get(f"/tasks/{task.id}").location).get_data(as_text=True)
    assert 'value="_DEFAULT@40000000001"' in page
    assert clerk.post(f"/documents/{answer.id}/sending", data={"address": "_DEFAULT@40000000001"}).status_code == 303
    assert clerk.post(f"/documents/{answer.id}/sending", data={"address": "_DEFAULT@40000000001"}).status_code == 403
    run_jobs(periodic=True)
    [delivery] = exchange.deliveries_of(answer.id)
    assert delivery.reply_to and delivery.recipients[0].address == "_DEFAULT@40000000001"
    sent = [row for _id, row in sandbox.store.list("vus.sent")]
    assert len(sent) == 1 and sent[0]["files"][0]["name"].endswith(".asice")
    assert workflow.list_tasks(anna) == []
    assert "SIA „Ceļš”" in clerk.get(f"/documents/{answer.id}").get_data(as_text=True)


def test_without_a_known_e_address_the_clerk_is_asked_for_it(app, sandbox, cast, anna, as_client, run_jobs):
    documents.install_registers()
    answer = an_answer(anna)
    blob = storage.put(SYSTEM, b"PK signed")
    documents.attach_container(SYSTEM, answer.id, blob.sha256, blob.size_bytes, "atbilde.asice")
    db.session.commit()
    clerk = as_client("anna")
    page = clerk.get(f"/documents/{answer.id}").get_data(as_text=True)
    assert f'href="/documents/{answer.id}/sending"' in page
    assert clerk.get(f"/documents/{answer.id}/sending").status_code == 200
    for wrong in ("", "not an address"):
        assert clerk.post(f"/documents/{answer.id}/sending", data={"address": wrong}).status_code == 422
    good = {"address": "_DEFAULT@40000000002", "name": "SIA „Tilts”"}
    assert clerk.post(f"/documents/{answer.id}/sending", data=good).status_code == 303
    assert as_client("pauls").post(f"/documents/{answer.id}/sending", data=good).status_code in (403, 404)
    assert clock.today() and len(exchange.deliveries_of(answer.id)) == 1
