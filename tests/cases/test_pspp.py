"""Messages to PSPP over real HTTP: the adapter against the sandbox, order, repeats, faults."""

import base64
import json
import time
import uuid
from dataclasses import replace

import pytest
import requests
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from portal.cases import service as cases
from portal.cases.adapters import gateway, pspp
from portal.cases.models import Case, PsppEvent, SendingState, Status
from portal.kernel.access import SYSTEM
from portal.kernel.db import db, short_transaction
from portal.kernel.errors import ExternalRefused, ExternalUnavailable
from tests.cases import factories

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture(autouse=True)
def fresh_tokens():
    gateway._tokens.clear()


@pytest.fixture
def at_pspp(sandbox):
    """What the sandbox's PSPP holds of a case: its record and the statuses it was told of."""

    def look(case_id):
        held = sandbox.store.get("pspp.instance", str(case_id))
        return held and (held["record"], [event["status"] for event in held["events"]])

    return look


def events_of(case_id):
    db.session.expire_all()
    return db.session.scalars(sa.select(PsppEvent).where(PsppEvent.case_id == case_id).order_by(PsppEvent.n)).all()


@pytest.mark.req("3.2", "8.1")
def test_each_status_reaches_pspp_once_and_in_order(assigned, at_pspp):
    cases.send_events(SYSTEM, assigned)
    cases.send_events(SYSTEM, assigned)
    record, statuses = at_pspp(assigned)
    assert statuses == ["REGISTRETS", "APSTRADE"] and record["caseNumber"].startswith("KOK-")
    assert record["client"] == {"type": "natural", "code": "32000000012", "codeType": "PK", "name": "Ilze Paraudziņa"}
    assert {event.state for event in events_of(assigned)} == {SendingState.SENT}


@pytest.mark.req("8.1")
def test_an_end_puts_the_record_again_with_its_result(assigned, at_pspp, as_client):
    as_client("liga").post(f"/cases/{assigned}/withdraw", data={"text": "Klients atsauca."})
    cases.send_events(SYSTEM, assigned)
    record, statuses = at_pspp(assigned)
    assert statuses[-1] == record["status"] == "ATSAUKTS" and record["completedAt"] and record["version"] == 2


@pytest.mark.req("3.2")
def test_a_case_that_is_changed_while_pspp_is_asked_is_sent_all_the_same(assigned, at_pspp, monkeypatch):
    real = pspp.Pspp.put

    def meanwhile(self, record, key):
        with short_transaction() as another:
            another.get_one(Case, assigned).title = "Par trim bērziem"
        return real(self, record, key)

    monkeypatch.setattr(pspp.Pspp, "put", meanwhile)
    cases.send_events(SYSTEM, assigned)
    db.session.commit()
    assert at_pspp(assigned)[1] == ["REGISTRETS", "APSTRADE"]
    assert {event.state for event in events_of(assigned)} == {SendingState.SENT}
    case = db.session.get_one(Case, assigned)
    assert (case.title, case.pspp_version) == ("Par trim bērziem", 1)


@pytest.mark.req("3.2")
def test_a_worker_killed_after_the_call_sends_the_same_event_and_pspp_keeps_one(assigned, at_pspp, monkeypatch):
    real = pspp.Pspp.add

    def dies_after(self, change):
        real(self, change)
        raise KeyboardInterrupt

    monkeypatch.setattr(pspp.Pspp, "add", dies_after)
    with pytest.raises(KeyboardInterrupt):
        cases.send_events(SYSTEM, assigned)
    db.session.rollback()
    assert [event.state for event in events_of(assigned)] == [SendingState.SENT, SendingState.WAITING]
    monkeypatch.undo()
    cases.send_events(SYSTEM, assigned)
    assert at_pspp(assigned)[1] == ["REGISTRETS", "APSTRADE"]


@pytest.mark.req("3.2")
def test_an_answer_lost_on_the_way_back_is_asked_for_again(case_id, at_pspp, sandbox):
    sandbox.store.set_setting("pspp.fault", "lost")
    with pytest.raises(ExternalUnavailable):
        cases.send_events(SYSTEM, case_id)
    assert at_pspp(case_id)[1] == ["REGISTRETS"]
    sandbox.store.set_setting("pspp.fault", "")
    cases.send_events(SYSTEM, case_id)
    assert at_pspp(case_id)[1] == ["REGISTRETS"] and events_of(case_id)[0].state == SendingState.SENT


@pytest.mark.req("3.2")
@pytest.mark.parametrize("fault", ["down", "unauthorised", "throttled"])
def test_down_then_up_everything_goes_in_order(assigned, at_pspp, sandbox, fault):
    sandbox.store.set_setting("pspp.fault", fault)
    with pytest.raises(ExternalUnavailable) as failure:
        cases.send_events(SYSTEM, assigned)
    if fault == "throttled":
        assert failure.value.retry_after_s == 7
    db.session.rollback()
    first = events_of(assigned)[0]
    assert first.state == SendingState.WAITING and first.tries == 1 and first.error
    sandbox.store.set_setting("pspp.fault", "")
    cases.send_events(SYSTEM, assigned)
    assert at_pspp(assigned)[1] == ["REGISTRETS", "APSTRADE"]


@pytest.mark.req("3.2")
def test_a_refused_event_blocks_only_its_case_and_a_person_sends_it_again(
    assigned, at_pspp, sandbox, as_client, run_jobs
):
    other = factories.arrive()
    sandbox.store.set_setting("pspp.fault", "refuse")
    cases.send_events(SYSTEM, assigned)
    db.session.commit()
    assert [event.state for event in events_of(assigned)] == [SendingState.REFUSED, SendingState.WAITING]
    sandbox.store.set_setting("pspp.fault", "")
    cases.send_events(SYSTEM, assigned)
    cases.send_events(SYSTEM, other)
    db.session.commit()
    assert at_pspp(assigned) is None and at_pspp(other)[1] == ["REGISTRETS"]
    assert cases.cases_waiting() == []
    assert "SERVICE_UNKNOWN" in as_client("liga").get(f"/cases/{assigned}").get_data(as_text=True)
    assert as_client("anna").post(f"/cases/{assigned}/resend").status_code == 403
    assert as_client("liga").post(f"/cases/{assigned}/resend").status_code == 303
    cases.send_events(SYSTEM, assigned)
    assert at_pspp(assigned)[1] == ["REGISTRETS", "APSTRADE"]


@pytest.mark.req("3.2", "8.1")
def test_the_jobs_send_by_themselves(assigned, at_pspp, run_jobs):
    run_jobs()
    assert at_pspp(assigned)[1] == ["REGISTRETS", "APSTRADE"]


def test_an_expired_token_is_renewed_once(assigned, at_pspp, sandbox):
    sandbox.store.set_setting("gateway.token_life_s", 0)
    with pytest.raises(ExternalUnavailable):
        cases.send_events(SYSTEM, assigned)
    db.session.rollback()
    sandbox.store.set_setting("gateway.token_life_s", 3600)
    cases.send_events(SYSTEM, assigned)
    assert len(sandbox.store.list("gateway.token")) >= 2 and at_pspp(assigned)


def test_the_assertion_names_the_token_service_as_it_calls_itself(case_id, app, at_pspp, sandbox):
    name = "https://ha.viss.gov.lv/STS/VISS.Pfas.STS/oauth2/token"
    sandbox.store.set_setting("gateway.audience", name)
    with pytest.raises(ExternalRefused):
        pspp.Pspp().read(case_id)
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], pspp_audience=name)
    cases.send_events(SYSTEM, case_id)
    assert at_pspp(case_id)[1] == ["REGISTRETS"]


def test_without_a_subscription_the_event_is_parked(case_id, sandbox):
    sandbox.store.set_setting("gateway.unsubscribed", ["pkip"])
    cases.send_events(SYSTEM, case_id)
    assert events_of(case_id)[0].state == SendingState.REFUSED and "subscription" in events_of(case_id)[0].error


def test_a_wrong_move_is_refused_by_pspp(case_id, sandbox):
    cases.send_events(SYSTEM, case_id)
    db.session.commit()
    when = db.session.get(Case, case_id).requested_at
    event = PsppEvent(case_id=case_id, n=2, status=Status.PROVIDED, status_at=when, text="")
    db.session.add(event)
    db.session.commit()
    cases.send_events(SYSTEM, case_id)
    assert "STATUS_TRANSITION" in events_of(case_id)[1].error


def part(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def assertion(pki, url, *, cert=None, key=None, alg="RS256", **changed):
    """A client assertion made here, without the adapter, so that one thing in it can be wrong."""
    certificate = x509.load_pem_x509_certificate((cert or pki.institution_cert).read_bytes())
    x5c = base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()
    now = int(time.time())
    claims = {
        "iss": "pkip",
        "sub": "pkip",
        "aud": f"{url}/gateway/token",
        "jti": uuid.uuid4().hex,
        "nbf": now,
        "iat": now,
        "exp": now + 300,
    } | changed
    text = f"{part({'alg': alg, 'typ': 'JWT', 'x5c': [x5c]})}.{part(claims)}"
    signer = serialization.load_pem_private_key((key or pki.institution_key).read_bytes(), None)
    return f"{text}.{part(signer.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def ask_token(url, text):
    return requests.post(
        f"{url}/gateway/token",
        timeout=10,
        data={
            "grant_type": "client_credentials",
            "client_id": "pkip",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": text,
        },
    )


@pytest.mark.req("3.4")
@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "https://elsewhere"},
        {"exp": 1},
        {"exp": int(time.time()) + 99999},
        {"iss": "other"},
        {"jti": ""},
        {"alg": "none"},
        {"nbf": int(time.time()) + 9999},
    ],
)
def test_the_gateway_refuses_an_assertion_with_one_thing_wrong(sandbox, wrong):
    assert ask_token(sandbox.url, assertion(sandbox.pki, sandbox.url)).status_code == 200
    assert ask_token(sandbox.url, assertion(sandbox.pki, sandbox.url, **wrong)).status_code == 401


@pytest.mark.req("3.4")
def test_the_gateway_refuses_a_used_assertion_and_a_key_that_is_not_the_certificates(sandbox):
    good = assertion(sandbox.pki, sandbox.url)
    assert ask_token(sandbox.url, good).status_code == 200
    assert ask_token(sandbox.url, good).status_code == 401
    assert ask_token(sandbox.url, assertion(sandbox.pki, sandbox.url, key=sandbox.pki.vus_key)).status_code == 401
    assert ask_token(sandbox.url, "not.a.jwt").status_code == 401


def test_pspp_answers_nobody_without_a_token(sandbox):
    answer = requests.get(f"{sandbox.url}/pspp/v1/service-instances/{uuid.uuid4()}", timeout=10)
    assert answer.status_code == 401 and answer.json()["fault"]["code"] == 900902


def test_the_same_key_with_another_body_is_a_conflict(case_id, sandbox):
    register = pspp.Pspp()
    change = pspp.Change(uuid.uuid4(), case_id, "APSTRADE", db.session.get(Case, case_id).requested_at, "a")
    cases.send_events(SYSTEM, case_id)
    register.add(change)
    with pytest.raises(ExternalRefused, match="IDEMPOTENCY_KEY"):
        register.add(pspp.Change(change.id, case_id, "ATSAUKTS", change.status_at, "b"))
