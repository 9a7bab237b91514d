"""Signing in through latvija.lv (SAML) and VPVKAC IS (OpenID Connect); the sandbox is the other side, over HTTP."""

import re
from html import unescape
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.identity import service as identity
from portal.identity.models import (
    FederatedSession,
    FederationLink,
    FederationProvider,
    Person,
    PersonField,
    ProviderKind,
    RuleAction,
    SignInSession,
)
from portal.identity.service import federation
from portal.kernel import crypto
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Invalid
from tests.conftest import serving

pytestmark = [pytest.mark.req("1.4"), pytest.mark.alike]
CODE = "32000000021"


@pytest.fixture
def ways(cast, sandbox, run_jobs):
    """Both providers on offer, people matched by their personal code; Anna has hers in the register."""
    anna = db.session.get(Person, cast.anna.id)
    anna.personal_code, anna.personal_code_hash = CODE, crypto.lookup_hash(CODE)
    saml = federation.save_provider(
        SYSTEM, key="latvija", name="latvija.lv", kind=ProviderKind.SAML, address="sandbox:/sign-on/saml/metadata"
    )
    oidc = federation.save_provider(
        SYSTEM,
        key="vpvkac",
        name="VPVKAC IS",
        kind=ProviderKind.OIDC,
        address="sandbox:/sign-on/oidc",
        client_id="pkip",
    )
    for provider in (saml, oidc):
        federation.add_rule(SYSTEM, provider.id, action=RuleAction.MATCH, person_field=PersonField.PERSONAL_CODE)
    db.session.commit()
    run_jobs()
    db.session.expire_all()
    return SimpleNamespace(saml=saml.id, oidc=oidc.id)


@pytest.fixture
def journey(run_jobs):
    """`journey(browser, key, person)`: to the provider and back; gives the last answer of the portal."""

    def go(browser, key, person="anna", next_page="", way=None):
        response = way or browser.get(f"/federation/{key}/start{next_page and '?next=' + next_page}")
        assert response.status_code == 302, response.get_data(as_text=True)
        back = bring(
            browser, requests.post(response.location, data={"person": person}, allow_redirects=False, timeout=10)
        )
        if back.status_code != 303 or back.location != "/federation/finish":
            return back
        run_jobs()
        return browser.post("/federation/finish")

    return go


def bring(browser, answer):
    """What the browser does with the provider's answer."""
    if answer.status_code == 303:
        parts = urlsplit(answer.headers["Location"])
        return browser.get(f"{parts.path}?{parts.query}")
    fields = dict(re.findall(r'name="(SAMLResponse|RelayState)" value="([^"]*)"', answer.text))
    action = re.search(r'action="([^"]*)"', answer.text)[1]
    return browser.post(urlsplit(action).path, data={name: unescape(value) for name, value in fields.items()})


def signed_in(browser):
    return browser.get("/profile").status_code == 200


def refusals():
    rows = db.session.scalars(sa.select(AuditRecord.reason).where(AuditRecord.action == "federation.refused"))
    return [reason.partition(":")[0] for reason in rows]


# --- signing in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["latvija", "vpvkac"])
def test_somebody_known_by_the_personal_code_signs_in(client, ways, journey, key):
    page = client.get("/sign-in").get_data(as_text=True)
    assert "latvija.lv" in page and "VPVKAC IS" in page
    response = journey(client, key, next_page="/documents")
    assert response.status_code == 303, response.get_data(as_text=True)
    assert response.location == "/documents"
    assert "Anna Liepiņa" in client.get("/profile").get_data(as_text=True)
    assert db.session.scalar(sa.select(FederationLink.name)) == "Anna Liepiņa"
    record = db.session.scalar(sa.select(AuditRecord).where(AuditRecord.action == "sign_in.succeeded"))
    assert "federation" in record.new_json


def test_the_second_time_the_link_is_enough(client, ways, journey, cast):
    journey(client, "latvija")
    client.post("/sign-out")
    db.session.execute(sa.update(Person).where(Person.id == cast.anna.id).values(personal_code_hash=None))
    db.session.commit()
    assert journey(client, "latvija").status_code == 303
    assert signed_in(client)


@pytest.mark.parametrize("key", ["latvija", "vpvkac"])
def test_somebody_unknown_is_told_who_can_help(client, ways, journey, key):
    db.session.get(FederationProvider, ways.saml).help_text = "Zvaniet uz 67 000 000"
    db.session.commit()
    response = journey(client, key, person="ilze")
    assert response.status_code == 403
    assert ("67 000 000" if key == "latvija" else "IT") in response.get_data(as_text=True)
    assert not signed_in(client)
    assert refusals() == ["unknown"]


def test_a_rule_of_it_staff_makes_the_account(client, ways, journey, cast):
    federation.add_rule(SYSTEM, ways.saml, action=RuleAction.CREATE, unit_id=cast.units["3"].id, role_key="employee")
    db.session.commit()
    assert journey(client, "latvija", person="ilze").status_code == 303
    person = db.session.scalar(sa.select(Person).where(Person.family_name == "Avotiņa"))
    assert (person.username, person.personal_code, person.unit_id) == (
        "ilze.avotina", "32000000012", cast.units["3"].id,
    )  # fmt: skip
    assert signed_in(client)


def test_a_closed_account_stays_closed(client, ways, journey, cast):
    journey(client, "latvija")
    client.post("/sign-out")
    identity.suspend(SYSTEM, cast.anna.id, "prombūtne")
    db.session.commit()
    assert journey(client, "latvija").status_code == 403
    assert refusals() == ["closed"]


def test_the_link_of_a_double_follows_to_the_one_it_was_merged_into(client, ways, journey, cast):
    journey(client, "latvija")
    client.post("/sign-out")
    values = {"merged_into_id": cast.bruno.id, "active": False, "personal_code_hash": None}
    db.session.execute(sa.update(Person).where(Person.id == cast.anna.id).values(values))
    db.session.commit()
    journey(client, "latvija")
    assert "Bruno Kalniņš" in client.get("/profile").get_data(as_text=True)


def test_a_weak_check_of_identity_is_refused(client, ways, journey, sandbox):
    sandbox.store.set_setting("saml.level", 2)
    assert journey(client, "latvija").status_code == 403
    sandbox.store.set_setting("oidc.level", 1)
    assert journey(client, "vpvkac").status_code == 403
    assert refusals() == ["level", "level"]


# --- what is not believed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("altered", "signature"),
        ("expired", "expired"),
        ("audience", "audience"),
        ("wrapped", "wrapped"),
        ("unsigned", "signature"),
        ("other_key", "signature"),
        ("unsolicited", "unsolicited"),
        ("refuses", "invalid"),
    ],
)
def test_a_saml_answer_that_is_not_to_be_believed_is_refused_and_audited(client, ways, journey, sandbox, fault, kind):
    sandbox.store.set_setting("saml.fault", fault)
    response = journey(client, "latvija")
    assert response.status_code == 403
    assert refusals() == [kind]
    assert not signed_in(client)
    assert db.session.scalar(sa.select(sa.func.count(SignInSession.id))) == 0


def test_a_saml_answer_is_good_once(client, ways, journey, sandbox, app):
    journey(client, "latvija")
    sandbox.store.set_setting("saml.fault", "replay")
    other = app.test_client()
    assert journey(other, "latvija").status_code == 403
    assert not signed_in(other)
    assert len(refusals()) == 1


def test_an_answer_nobody_asked_for_is_refused(client, ways):
    response = client.post("/federation/latvija/acs", data={"SAMLResponse": "PHg+", "RelayState": "_x"})
    assert response.status_code == 403
    assert client.get("/federation/vpvkac/callback?state=x&code=y").status_code == 403
    assert refusals() == ["unsolicited", "unsolicited"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("altered", "signature"),
        ("expired", "expired"),
        ("audience", "audience"),
        ("none", "signature"),
        ("hmac", "signature"),
        ("nonce", "unsolicited"),
        ("other_user", "signature"),
        ("refuses", "their_refusal"),
    ],
)
def test_a_token_that_is_not_to_be_believed_is_refused_and_audited(client, ways, journey, sandbox, fault, kind):
    sandbox.store.set_setting("oidc.fault", fault)
    assert journey(client, "vpvkac").status_code == 403
    assert refusals() == [kind]
    assert not signed_in(client)


def test_another_issuer_in_the_answer_is_refused(client, ways):
    state = parse_qs(urlsplit(client.get("/federation/vpvkac/start").location).query)["state"][0]
    assert client.get(f"/federation/vpvkac/callback?state={state}&code=c&iss=https://cits.example").status_code == 403
    assert refusals() == ["issuer"]


def test_an_answer_signs_in_only_the_browser_that_asked(client, ways, app, run_jobs):
    """Somebody's own answer, slipped into another's browser, must not sign that browser in."""
    away = client.get("/federation/latvija/start").location
    answer = requests.post(away, data={"person": "anna"}, timeout=10)
    other = app.test_client()
    bring(other, answer)
    assert other.post("/federation/finish").status_code == 403
    assert not signed_in(other)
    assert client.post("/federation/finish").status_code == 303  # the one who asked may still go on


def test_while_the_provider_is_down_the_page_waits(client, ways, sandbox, run_jobs):
    sandbox.store.set_setting("oidc.fault", "down")
    away = client.get("/federation/vpvkac/start").location
    bring(client, requests.post(away, data={"person": "anna"}, allow_redirects=False, timeout=10))
    run_jobs(rounds=1)
    page = client.post("/federation/finish")
    assert page.status_code == 200 and "Gaidām" in page.get_data(as_text=True)
    assert not signed_in(client)


# --- signing out ------------------------------------------------------------------------------------------------------


def _next(page):
    return unescape(re.search(r'content="0; url=([^"]+)"', page.get_data(as_text=True))[1])


def test_signing_out_here_signs_out_there(client, ways, journey, sandbox):
    journey(client, "latvija")
    assert len(sandbox.store.list("sign_on.session")) == 1
    page = client.post("/sign-out")
    assert not signed_in(client)
    answer = requests.get(_next(page), allow_redirects=False, timeout=10)
    assert sandbox.store.list("sign_on.session") == []
    parts = urlsplit(answer.headers["Location"])
    done = client.get(f"{parts.path}?{parts.query}", follow_redirects=True)
    assert "šeit un pie" in done.get_data(as_text=True)
    spoiled = f"{parts.path}?{parts.query[:-12]}AAAAAAAA%3D%3D"
    assert client.get(spoiled).status_code == 403


def test_signing_out_here_signs_out_there_by_openid_connect(client, ways, journey, sandbox):
    journey(client, "vpvkac")
    page = client.post("/sign-out")
    answer = requests.get(_next(page), allow_redirects=False, timeout=10)
    assert sandbox.store.list("sign_on.oidc_session") == []
    parts = urlsplit(answer.headers["Location"])
    assert "šeit un pie" in client.get(f"{parts.path}?{parts.query}", follow_redirects=True).get_data(as_text=True)


def test_signing_out_there_ends_the_session_here(client, ways, journey, sandbox):
    journey(client, "latvija")
    session = sandbox.store.list("sign_on.session")[0][0]
    told = requests.get(f"{sandbox.url}/sign-on/saml/end/{session}", allow_redirects=False, timeout=10)
    parts = urlsplit(told.headers["Location"])
    answer = client.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 302
    assert not signed_in(client)
    assert "apstiprina: urn:oasis:names:tc:SAML:2.0:status:Success" in requests.get(sandbox.url, timeout=10).text or (
        "atslēdzies visur" in requests.get(answer.location, timeout=10).text
    )
    assert client.get(f"{parts.path}?{parts.query}").status_code == 403  # the same request again


def test_the_back_channel_ends_the_session_here(app, client, ways, journey, sandbox):
    journey(client, "vpvkac")
    with serving(app) as url:
        session, kept = sandbox.store.list("sign_on.oidc_session")[0]
        sandbox.store.put("sign_on.oidc_session", session, {**kept, "back": f"{url}/federation/vpvkac/"})
        db.session.commit()
        requests.post(f"{sandbox.url}/sign-on/oidc/end/{session}", allow_redirects=False, timeout=10)
    assert not signed_in(client)
    assert client.post("/federation/vpvkac/backchannel", data={"logout_token": "a.b.c"}).status_code == 403


# --- linking ----------------------------------------------------------------------------------------------------------


def test_one_links_and_unlinks_an_identity_of_ones_own(as_client, ways, journey, cast):
    browser = as_client("bruno")
    page = browser.post("/profile/federation/latvija/link")
    away = SimpleNamespace(status_code=302, location=_next(page))
    answer = requests.post(away.location, data={"person": "ilze"}, timeout=10)
    assert bring(browser, answer).location == "/federation/finish"
    asked = browser.get("/federation/finish").get_data(as_text=True)
    assert "Ilze Avotiņa" in asked and "data-at-once" not in asked.split('id="finish"')[1].split("</form>")[0]
    assert browser.post("/federation/finish").location == "/profile/federation"
    link = db.session.scalar(sa.select(FederationLink))
    assert link.person_id == cast.bruno.id
    assert "latvija.lv" in browser.get("/profile/federation").get_data(as_text=True)
    assert as_client("dace").post(f"/profile/federation/{link.id}/unlink").status_code == 403
    assert browser.post(f"/profile/federation/{link.id}/unlink").status_code == 303
    assert db.session.scalar(sa.select(sa.func.count(FederationLink.id))) == 0


def test_an_identity_belongs_to_one_person(as_client, client, ways, journey):
    journey(client, "latvija")
    browser = as_client("bruno")
    away = _next(browser.post("/profile/federation/latvija/link"))
    bring(browser, requests.post(away, data={"person": "anna"}, timeout=10))
    assert browser.post("/federation/finish").status_code == 403
    assert refusals() == ["taken"]


# --- IT staff ---------------------------------------------------------------------------------------------------------


def test_it_staff_add_a_provider_with_rules_and_try_them(as_client, ways, run_jobs):
    browser = as_client("edgars")
    form = {"name": "Otra", "key": "otra", "kind": "saml", "address": "ftp://x", "active": "y", "position": "1",
            "min_level": "3", "token_auth": "private_key_jwt"}  # fmt: skip
    assert browser.post("/admin/federation/new", data=form).status_code == 422
    made = browser.post("/admin/federation/new", data={**form, "address": "https://idp.example/metadata"})
    assert made.status_code == 303
    run_jobs(rounds=1)
    assert "idp.example" in browser.get(made.location).get_data(as_text=True)
    here = f"/admin/federation/{ways.saml}"
    page = browser.get(here).get_data(as_text=True)
    assert "/federation/latvija/acs" in page
    rule = {"action": "match", "person_field": "email", "claim": "", "condition_claim": "authority",
            "condition_value": "PA-*", "unit_id": "", "role_key": ""}  # fmt: skip
    assert browser.post(f"{here}/rules", data=rule).status_code == 303
    tried = browser.post(f"{here}/try", data={"example": f"personal_code = {CODE}\nlevel = 4"})
    assert "Anna Liepiņa" in tried.get_data(as_text=True)
    tried = browser.post(f"{here}/try", data={"example": "email=anna@ozolpils.example\nauthority=PA-1\nlevel=1"})
    text = tried.get_data(as_text=True)
    assert "Anna Liepiņa" in text and "līmenis ir par zemu" in text
    assert browser.post(f"{here}/try", data={"example": "nesaprotami"}).status_code == 422
    rules = federation.list_rules(SYSTEM, ways.saml)
    assert browser.post(f"/admin/federation/rules/{rules[1].id}/up").status_code == 303
    assert federation.list_rules(SYSTEM, ways.saml)[0].id == rules[1].id
    assert browser.post(f"/admin/federation/rules/{rules[1].id}/remove").status_code == 303
    assert len(federation.list_rules(SYSTEM, ways.saml)) == 1


def test_nobody_begins_as_an_administrator_by_rule(ways, cast):
    with pytest.raises(Invalid):
        federation.add_rule(SYSTEM, ways.saml, action=RuleAction.CREATE, role_key="it")


def test_metadata_that_cannot_be_fetched_leave_the_old_in_force(ways, sandbox):
    provider = db.session.get(FederationProvider, ways.saml)
    provider.address = "sandbox:/nekas"
    federation.refresh(ways.saml)
    assert provider.metadata_text and "404" in provider.metadata_error
    provider.address = "https://cits.example/metadata"
    federation.refresh(ways.saml)
    assert "cits.example" in provider.metadata_error


def test_the_next_key_is_published_before_it_signs(as_client, client, ways, journey):
    browser = as_client("edgars")
    old = federation.keys.current()
    db.session.commit()
    assert browser.post("/admin/federation/keys/change").status_code == 409
    assert browser.post("/admin/federation/keys/prepare").status_code == 303
    new = federation.keys.coming()
    body = "".join(new.certificate_pem.strip().split("\n")[1:-1])
    metadata = client.get("/federation/latvija/metadata").get_data(as_text=True)
    assert body[:64] in metadata.replace("\n", "")
    assert {key["kid"] for key in client.get("/federation/keys.json").json["keys"]} == {str(old.id), str(new.id)}
    assert browser.post("/admin/federation/keys/change").status_code == 303
    assert federation.keys.current().id == new.id
    assert journey(client, "latvija").status_code == 303 and signed_in(client)


def test_what_is_over_is_forgotten(client, ways, journey):
    journey(client, "latvija")
    federation.forget_old()
    assert db.session.scalar(sa.select(sa.func.count(FederatedSession.session_id))) == 1
