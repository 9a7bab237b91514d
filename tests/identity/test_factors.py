"""The steps after the password: codes, recovery codes, what roles require, the terms of use; asking again."""

import re
import uuid
from dataclasses import replace

import pyotp
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from portal import cli
from portal.audit.models import AuditRecord
from portal.identity import service as identity
from portal.identity.models import CodeDevice, SignInSession
from portal.identity.service import factors, steps, terms
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.config import ConfigError, Settings
from portal.kernel.db import db
from portal.kernel.errors import ConfirmationNeeded
from portal.workflow.models import Task
from tests.conftest import PASSWORD


def sign_in(client, username="anna", to=""):
    return client.post(f"/sign-in{to}", data={"username": username, "password": PASSWORD})


def code_of(person):
    """What the person's application shows."""
    return pyotp.TOTP(db.session.get(CodeDevice, person.id).secret).at(clock.real_now())


def add_device(browser, person):
    """Set up an application with codes over the pages; returns the recovery codes shown."""
    page = browser.get(browser.post("/profile/code-device/begin").location)
    assert page.status_code == 200 and "<svg" in page.get_data(as_text=True)
    page = browser.post("/profile/code-device", data={"code": code_of(person)}).get_data(as_text=True)
    return re.findall(r"<li><code>([0-9a-z-]{14})</code>", page)


def let_steps_pass(person):
    """As if the codes typed so far were long ago."""
    db.session.execute(sa.update(CodeDevice).where(CodeDevice.person_id == person.id).values(last_step=0))
    db.session.commit()


def change_settings(app, **changes):
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], **changes)


@pytest.fixture
def with_device(as_client, cast):
    """Anna's browser after she set up an application with codes, and her recovery codes."""
    browser = as_client("anna")
    codes = add_device(browser, cast.anna)
    let_steps_pass(cast.anna)
    return browser, codes


# --- the second step -------------------------------------------------------------------------------------------------


@pytest.mark.req("1.3")
def test_a_code_is_asked_after_the_password_and_nothing_opens_before(with_device, client, cast):
    assert sign_in(client, to="?next=/help").location == "/sign-in/step?next=/help"
    assert client.get("/profile").location.startswith("/sign-in")
    assert client.get("/sign-in?next=/help").location == "/sign-in/step?next=/help"
    assert client.get("/profile/code-device").status_code == 303, "who knows the password alone adds no factor"
    assert client.post("/sign-in/step/code?next=/help", data={"code": "000000"}).status_code == 422
    let_in = client.post("/sign-in/step/code?next=/help", data={"code": code_of(cast.anna)})
    assert let_in.location == "/help"
    assert client.get("/profile").status_code == 200
    row = db.session.scalars(sa.select(SignInSession).order_by(SignInSession.started_at.desc())).first()
    assert (row.method, row.waits_for) == ("password+totp", "") and row.strong_at


def test_a_code_serves_once(with_device, client, app, cast):
    code = code_of(cast.anna)
    sign_in(client)
    assert client.post("/sign-in/step/code", data={"code": code}).status_code == 303
    other = app.test_client()
    sign_in(other)
    assert other.post("/sign-in/step/code", data={"code": code}).status_code == 422


@pytest.mark.req("1.3")
def test_a_recovery_code_stands_in_once_and_typing_is_forgiving(with_device, client, app):
    _browser, codes = with_device
    assert len(set(codes)) == 10
    sign_in(client)
    assert client.post("/sign-in/step/code", data={"code": f" {codes[3].upper()} "}).status_code == 303
    other = app.test_client()
    sign_in(other)
    assert other.post("/sign-in/step/code", data={"code": codes[3]}).status_code == 422
    assert other.post("/sign-in/step/code", data={"code": codes[4].replace("-", "")}).status_code == 303


def test_new_recovery_codes_end_the_earlier_ones(with_device, client):
    browser, old = with_device
    page = browser.post("/profile/recovery-codes").get_data(as_text=True)
    assert len(re.findall(r"<li><code>", page)) == 10
    sign_in(client)
    assert client.post("/sign-in/step/code", data={"code": old[0]}).status_code == 422


@pytest.mark.req("1.3")
def test_guessing_codes_is_slowed_down_though_the_password_is_given_anew(with_device, client, cast):
    for _try in range(5):
        sign_in(client)
        assert client.post("/sign-in/step/code", data={"code": "000000"}).status_code == 422
    sign_in(client)
    assert client.post("/sign-in/step/code", data={"code": code_of(cast.anna)}).status_code == 403


def test_a_half_sign_in_can_be_given_up(with_device, client):
    sign_in(client)
    assert client.post("/sign-in/leave").location == "/sign-in"
    assert client.get("/sign-in/step").location == "/sign-in"


def test_a_step_waits_a_quarter_of_an_hour(with_device, client):
    sign_in(client)
    long_ago = clock.real_now() - clock.timedelta(minutes=16)
    db.session.execute(sa.update(SignInSession).where(SignInSession.waits_for != "").values(started_at=long_ago))
    assert client.get("/sign-in/step").location == "/sign-in"


def test_secrets_and_codes_are_not_kept_in_the_clear(with_device, cast):
    _browser, codes = with_device
    kept = db.session.execute(sa.text("SELECT secret FROM code_device")).scalar_one()
    assert db.session.get(CodeDevice, cast.anna.id).secret.encode() not in bytes(kept)
    hashes = db.session.execute(sa.text("SELECT code_hash FROM recovery_code")).scalars().all()
    assert not set(hashes) & {code.replace("-", "") for code in codes}


# --- required by role and by class (LAW-152) -------------------------------------------------------------------------


@pytest.mark.req("1.3")
def test_a_role_is_reminded_until_its_day_and_then_sets_a_factor_up_first(as_client, client, cast, clock_at):
    day = clock.today() + clock.timedelta(days=5)
    staff = as_client("edgars")
    assert staff.post("/admin/sign-in/clerk", data={"clerk-day": f"{day:%d.%m.%Y}"}).status_code == 303
    assert f"{day:%d.%m.%Y}" in staff.get("/admin/sign-in").get_data(as_text=True)
    page = client.get(sign_in(client).location).get_data(as_text=True)
    assert f"{day:%d.%m.%Y}" in page
    client.post("/sign-out")

    clock_at(f"{day} 09:00")
    assert sign_in(client, to="?next=/help").location == "/sign-in/step?next=/help"
    assert client.get("/documents").status_code == 302
    assert "/profile/code-device/begin" in client.get("/sign-in/step").get_data(as_text=True)
    assert len(add_device(client, cast.anna)) == 10
    assert client.get("/sign-in?next=/help").location == "/"
    assert client.get("/documents").status_code == 200
    assert sign_in(staff.application.test_client(), "pauls").location == "/"


@pytest.mark.req("1.3")
def test_law_152_the_security_class_asks_all_or_administrators_and_strangers_to_the_network(app, cast):
    def asked(name, address="127.0.0.1"):
        return factors.required_from(getattr(cast, name).id, address) is not None

    assert not asked("edgars") and not asked("anna")
    change_settings(app, security_class="B")
    assert asked("edgars") and not asked("anna") and asked("anna", "203.0.113.7")
    change_settings(app, security_class="B", inside_networks=("203.0.113.0/24",))
    assert not asked("anna", "203.0.113.7") and asked("anna")
    change_settings(app, security_class="A")
    assert asked("anna")


def test_settings_of_signing_in_fail_loudly(tmp_path):
    for wrong in ({"PKIP_SECURITY_CLASS": "D"}, {"PKIP_INSIDE_NETWORKS": "somewhere"}, {"PKIP_CONFIRM_MINUTES": "x"}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            Settings.from_env({"PKIP_VAR": str(tmp_path), **wrong})


# --- terms of use (LAW-153) ------------------------------------------------------------------------------------------


@pytest.mark.req("1.3")
def test_law_153_terms_are_confirmed_before_first_use_and_always_open(client, cast, as_client):
    staff = as_client("edgars")
    assert staff.post("/admin/terms", data={"text": "1. Konts ir personisks."}).status_code == 303
    assert sign_in(client, to="?next=/help").location == "/sign-in/step?next=/help"
    assert client.get("/documents").status_code == 302
    assert "Konts ir personisks" in client.get("/sign-in/step").get_data(as_text=True)
    assert client.post("/sign-in/step/terms", data={"number": "1"}).status_code == 422, "the box is not ticked"
    assert client.post("/sign-in/step/terms?next=/help", data={"number": "1", "read": "y"}).location == "/help"
    assert client.get("/documents").status_code == 200
    client.post("/sign-out")
    assert sign_in(client).location == "/"
    assert "Konts ir personisks" in client.application.test_client().get("/terms").get_data(as_text=True)

    staff.post("/admin/terms", data={"text": "1. Konts ir personisks. 2. Jauns."})
    client.post("/sign-out")
    sign_in(client)
    assert client.post("/sign-in/step/terms", data={"number": "1", "read": "y"}).status_code == 422, "read the new ones"
    assert client.post("/sign-in/step/terms", data={"number": "2", "read": "y"}).status_code == 303


def test_a_new_instance_begins_with_terms(app):
    terms.install()
    terms.install()
    assert terms.current().number == 1 and len(terms.current().text.splitlines()) == 8


# --- asking again ----------------------------------------------------------------------------------------------------


def age_sessions(minutes):
    old = clock.real_now() - clock.timedelta(minutes=minutes)
    db.session.execute(sa.update(SignInSession).values(started_at=old))
    db.session.execute(sa.update(SignInSession).where(SignInSession.strong_at.is_not(None)).values(strong_at=old))
    db.session.commit()


@pytest.mark.req("1.3")
def test_an_act_of_weight_asks_again_when_the_proof_is_old(app, as_client, cast):
    browser = as_client("janis")
    row = db.session.scalar(sa.select(SignInSession).where(SignInSession.person_id == cast.janis.id))
    actor = replace(identity.actor_for(cast.janis.id), session_id=row.id, address="127.0.0.1")
    age_sessions(30)
    identity.require_for_weighty(actor)  # off by default
    change_settings(app, confirm_minutes=20)
    with pytest.raises(ConfirmationNeeded):
        identity.require_for_weighty(actor)
    identity.require_for_weighty(SYSTEM)
    assert browser.post("/confirm?next=/help", data={"password": "wrong"}).status_code == 422
    assert browser.post("/confirm?next=/help", data={"password": PASSWORD}).location == "/help"
    identity.require_for_weighty(actor)
    with pytest.raises(ConfirmationNeeded):
        identity.require_for_weighty(replace(actor, session_id=None))


def test_who_holds_a_factor_confirms_with_it(app, with_device, cast):
    browser, _codes = with_device
    age_sessions(30)
    assert "password" not in browser.get("/confirm").get_data(as_text=True).partition("<main")[2]
    assert browser.post("/confirm", data={"password": PASSWORD}).status_code == 422
    assert browser.post("/confirm?next=https://evil.example/", data={"code": code_of(cast.anna)}).location == "/"


def test_signing_leads_to_the_confirmation_and_back(app, as_client, cast, monkeypatch):
    from portal.signing import service as signing
    from portal.storage import service as storage

    blob = storage.put(SYSTEM, b"x")
    asked = signing.request(SYSTEM, about_kind="trial", about_id=cast.janis.id, title="P", signers=[cast.janis.id],
                            files=[("p.txt", "text/plain", blob.sha256)])  # fmt: skip
    browser = as_client("janis")
    change_settings(app, confirm_minutes=20)
    age_sessions(30)
    page = f"/signing/{asked.id}"
    sent = browser.post(f"{page}/sign", data={"pin": "1234"}, headers={"Referer": f"http://localhost{page}"})
    assert (sent.status_code, sent.location) == (303, f"/confirm?next={page}")
    assert browser.post(sent.location, data={"password": PASSWORD}).location == page
    assert browser.post(f"{page}/sign", data={"pin": "1234"}).location != sent.location


def test_voting_leads_there_from_the_tablet(app, as_client, cast):
    browser = as_client("dace")
    change_settings(app, confirm_minutes=20)
    age_sessions(30)
    vote = f"/council/ballots/{uuid.uuid4()}/vote"
    tablet = "/council/sessions/1/tablet"
    asked = browser.post(vote, data={"choice": "par"}, headers={"HX-Request": "true", "Referer": f"http://x{tablet}"})
    assert asked.headers["HX-Redirect"] == f"/confirm?next={tablet}"
    assert browser.post("/confirm", data={"password": PASSWORD}).status_code == 303
    assert browser.post(vote, data={"choice": "par"}).status_code == 404


def test_an_open_browser_gives_nobody_a_key_of_their_own(as_client, cast):
    browser = as_client("anna")
    age_sessions(16)
    for path in ("/profile/code-device/begin", "/profile/recovery-codes", "/profile/passkeys"):
        assert browser.post(path).location.startswith("/confirm"), path


# --- help by IT staff, and the sealed account ------------------------------------------------------------------------


@pytest.mark.req("1.3", "1.1")
def test_it_staff_see_and_end_sessions_and_remove_lost_devices(with_device, as_client, client, cast):
    browser, _codes = with_device
    staff = as_client("edgars")
    page = staff.get(f"/admin/people/{cast.anna.id}/sign-in")
    assert page.status_code == 200 and "127.0.0.1" in page.get_data(as_text=True)
    row = db.session.scalar(sa.select(SignInSession).where(SignInSession.person_id == cast.anna.id))
    assert staff.post(f"/admin/people/{cast.anna.id}/sessions/{row.id}/end").status_code == 303
    assert browser.get("/profile").status_code == 302
    staff.post(f"/admin/people/{cast.anna.id}/factors/remove")
    assert sign_in(client).location == "/"
    staff.post(f"/admin/people/{cast.anna.id}/sessions/end-all")
    assert client.get("/profile").status_code == 302
    assert as_client("pauls").get(f"/admin/people/{cast.anna.id}/sign-in").status_code == 403


@pytest.mark.req("1.3")
def test_every_use_of_the_sealed_account_alarms_the_auditors(app, client, cast, as_client):
    change_settings(app, security_class="A", weak_passwords=False)
    terms.publish(SYSTEM, "1. Noteikumi.")
    first = steps.break_glass("avarija")
    second = steps.break_glass("avarija")
    db.session.commit()
    assert client.post("/sign-in", data={"username": "avarija", "password": first}).status_code == 422
    for _use in range(2):
        assert client.post("/sign-in", data={"username": "avarija", "password": second}).location == "/"
        assert client.get("/admin/sign-in").status_code == 200
        client.post("/sign-out")
    tasks = db.session.scalars(sa.select(Task).where(Task.kind == "identity.sealed_used")).all()
    assert len(tasks) == 2 and {task.role for task in tasks} == {"auditor"}
    uses = db.session.scalars(sa.select(AuditRecord).where(AuditRecord.action == "sealed.used")).all()
    assert len(uses) == 2
    change_settings(app, security_class="C")
    db.session.execute(sa.delete(terms.TermsConfirmation))
    with pytest.raises(steps.Conflict):
        steps.break_glass("anna")


def test_the_command_line_seals_an_account(app, cast, client, monkeypatch):
    monkeypatch.setattr("portal.app.create_app", lambda: app)
    shown = CliRunner().invoke(cli.main, ["user", "break-glass", "--username", "glabejs"])
    assert shown.exit_code == 0, shown.output
    password = shown.stdout.split()[1]
    assert client.post("/sign-in", data={"username": "glabejs", "password": password}).location == "/"
    assert CliRunner().invoke(cli.main, ["user", "break-glass", "--username", "anna"]).exit_code == 2
