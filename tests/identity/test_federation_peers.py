"""Signing in through providers that others wrote: samlify as latvija.lv, oidc-provider as VPVKAC IS (1.4)."""

import base64
import copy
import re
import shutil
import subprocess
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import requests
import sqlalchemy as sa
from lxml import etree

from portal.audit.models import AuditRecord
from portal.identity.models import FederationProvider, Person, PersonField, ProviderKind, RuleAction, SignInSession
from portal.identity.service import federation
from portal.kernel import crypto
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from tests.conftest import serving

HERE = Path(__file__).parent
CODE = "32000000011"
CODES = ".//{*}Attribute[@Name='http://schemas.xmlsoap.org/ws/2005/05/identity/claims/privatepersonalidentifier']/*"

pytestmark = [
    pytest.mark.req("1.4"),
    pytest.mark.alike,
    pytest.mark.skipif(not shutil.which("node"), reason="node is not here"),
]


@pytest.fixture
def peer():
    """`peer("saml_peer.mjs", …)`: its address; it ends with the test."""
    running = []

    def start(script, *arguments):
        process = subprocess.Popen(
            ["node", script, *map(str, arguments)],
            cwd=HERE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        running.append(process)
        for line in process.stdout:
            if line.startswith("http://"):
                return line.strip()
        raise AssertionError(f"{script} did not start")

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def portal(app, cast):
    """The portal over HTTP; its settings name this address. Anna's personal code stands in the register."""
    person = db.session.get(Person, cast.anna.id)
    person.personal_code, person.personal_code_hash = CODE, crypto.lookup_hash(CODE)
    db.session.commit()
    with serving(app) as url:
        _set(app, base_url=url)
        yield url


def _set(app, **changes):
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], **changes)


def _offer(app, url, run_jobs, **values):
    """Put the peer on offer, with the rule that people are found by their personal code."""
    _set(app, allowed_hosts=(urlsplit(url).netloc,))
    provider = federation.save_provider(SYSTEM, key="peer", name="Otra puse", **values)
    federation.add_rule(SYSTEM, provider.id, action=RuleAction.MATCH, person_field=PersonField.PERSONAL_CODE)
    db.session.commit()
    run_jobs()
    found = db.session.get(FederationProvider, provider.id, populate_existing=True)
    assert found.metadata_error is None and found.metadata_text
    db.session.commit()


def signed_in(browser, portal):
    return "Anna Liepiņa" in browser.get(f"{portal}/profile").text


def refusals():
    rows = db.session.scalars(sa.select(AuditRecord.reason).where(AuditRecord.action == "federation.refused"))
    found = [reason.partition(":")[0] for reason in rows]
    db.session.commit()
    return found


def _next(page):
    return unescape(re.search(r'content="0; url=([^"]+)"', page.text)[1])


# --- SAML -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def latvija(request, app, portal, peer, run_jobs, tmp_path):
    """The SAML provider on samlify, on offer."""
    key, certificate, service = (tmp_path / name for name in ("key.pem", "cert.pem", "service.xml"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "30",
         "-subj", "/CN=idp.example"],
        check=True, capture_output=True,
    )  # fmt: skip
    url = peer("saml_peer.mjs", key, certificate, service, getattr(request, "param", ""))
    _offer(app, url, run_jobs, kind=ProviderKind.SAML, address=f"{url}/metadata")
    service.write_text(requests.get(f"{portal}/federation/peer/metadata", timeout=10).text)
    return url


def _answer(browser, portal, fault=""):
    """What the provider gives the browser to post."""
    away = browser.get(f"{portal}/federation/peer/start", allow_redirects=False, timeout=10).headers["Location"]
    answer = browser.get(away, headers={"X-Fault": fault}, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _post(browser, portal, fields):
    # a provider's page posts it: our cookie does not come along
    answer = requests.post(f"{portal}/federation/peer/acs", data=fields, allow_redirects=False, timeout=20)
    return (
        answer if answer.status_code != 303 else browser.post(urljoin(portal, answer.headers["Location"]), timeout=10)
    )


def _changed(fields, change):
    root = etree.fromstring(base64.b64decode(fields["SAMLResponse"]))
    change(root)
    return {**fields, "SAMLResponse": base64.b64encode(etree.tostring(root)).decode()}


def _other_code(element):
    element.find(CODES).text = "320000-00012"


def _alter(root):
    _other_code(root)


def _forged(root):
    forged = copy.deepcopy(root.find("{*}Assertion"))
    forged.remove(forged.find("{*}Signature"))
    forged.set("ID", "_forged")
    _other_code(forged)
    return forged


def _wrap_before(root):
    root.insert(2, _forged(root))


def _wrap_inside(root):
    """The signed assertion hides in its own signature, within a forged one."""
    signed, forged = root.find("{*}Assertion"), _forged(root)
    signature = copy.deepcopy(signed.find("{*}Signature"))
    root.replace(signed, forged)
    forged.insert(1, signature)
    holder = etree.SubElement(signature, "{http://www.w3.org/2000/09/xmldsig#}Object")
    holder.append(signed)


def _wrap_same_id(root):
    signed, forged = root.find("{*}Assertion"), _forged(root)
    forged.set("ID", signed.get("ID"))
    root.insert(2, forged)


def _wrap_in_extensions(root):
    signed = root.find("{*}Assertion")
    forged = _forged(root)
    root.replace(signed, forged)
    holder = etree.Element("{urn:oasis:names:tc:SAML:2.0:protocol}Extensions")
    holder.append(signed)
    root.insert(1, holder)


def _split_value(root):
    element = root.find(CODES)
    element.text = "320000-00011"
    element.append(etree.Comment("x"))


def _answer_other(root):
    for element in root.iter():
        if element.get("InResponseTo"):
            element.set("InResponseTo", "_cits")


def test_samlify_signs_anna_in_and_out_again(portal, latvija):
    browser = requests.Session()
    _post(browser, portal, _answer(browser, portal))
    assert signed_in(browser, portal)
    page = browser.post(f"{portal}/sign-out", timeout=10)
    back = browser.get(_next(page), allow_redirects=False, timeout=10)
    assert back.json()["signedOut"] == f"PK:{CODE}" and back.json()["session"]
    assert "šeit un pie sniedzēja" in browser.get(back.headers["Location"], timeout=10).text
    assert not signed_in(browser, portal)

    _post(browser, portal, _answer(browser, portal))
    assert signed_in(browser, portal)
    told = browser.get(f"{latvija}/end", allow_redirects=False, timeout=10).headers["Location"]
    done = browser.get(told, timeout=10)  # to us and back to them with our signed answer
    assert done.url.startswith(latvija) and "done" in done.json(), done.text
    assert not signed_in(browser, portal)


@pytest.mark.parametrize("latvija", ["encrypted"], indirect=True)
def test_an_encrypted_assertion_of_samlify_is_opened(portal, latvija):
    browser = requests.Session()
    fields = _answer(browser, portal)
    assert b"EncryptedAssertion" in base64.b64decode(fields["SAMLResponse"])
    _post(browser, portal, fields)
    assert refusals() == []
    assert signed_in(browser, portal)


def test_what_is_not_to_be_believed_is_refused_and_audited(portal, latvija):
    browser, believed = requests.Session(), []
    expected = []
    for change, kind in (
        (_alter, "signature"), (_wrap_before, "wrapped"), (_wrap_inside, "wrapped"), (_wrap_same_id, "wrapped"),
        (_wrap_in_extensions, "wrapped"), (_split_value, "invalid"), (_answer_other, "unsolicited"),
    ):  # fmt: skip
        answer = _post(browser, portal, _changed(_answer(browser, portal), change))
        expected.append(kind)
        if answer.status_code != 403:
            believed.append(change.__name__)
    for fault in ("expired", "audience"):
        answer = _post(browser, portal, _answer(browser, portal, fault))
        expected.append(fault)
        if answer.status_code != 403:
            believed.append(fault)
    used = _answer(browser, portal)
    _post(browser, portal, used)
    assert signed_in(browser, portal)
    other = requests.Session()
    fresh = _answer(other, portal)
    for replayed in (used, {**used, "RelayState": fresh["RelayState"]}):
        expected.append("unsolicited")
        if _post(other, portal, replayed).status_code != 403:
            believed.append("replayed")
    assert believed == []
    assert refusals() == expected
    assert db.session.scalar(sa.select(sa.func.count(SignInSession.id))) == 1


# --- OpenID Connect ---------------------------------------------------------------------------------------------------


@pytest.fixture
def vpvkac(app, portal, peer, run_jobs):
    """The OpenID Connect provider on oidc-provider, on offer."""
    url = peer("oidc_peer.mjs", portal, "peer")
    _offer(app, url, run_jobs, kind=ProviderKind.OIDC, address=url, client_id="pkip")
    return url


def _submit(browser, page, **typed):
    """Send the page's form with what it holds and what was typed."""
    action = unescape(re.search(r'action="([^"]*)"', page.text)[1])
    hidden = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
    return browser.post(urljoin(page.url, action), data={**dict(hidden), **typed}, timeout=10)


def _sign_in_at(browser, portal, run_jobs):
    page = browser.get(f"{portal}/federation/peer/start", timeout=10)
    if "password" in page.text:
        page = _submit(browser, page, login=f"PK:{CODE}", password="any")
    if "/interaction/" in page.url:
        page = _submit(browser, page)
    assert page.url == f"{portal}/federation/finish", page.text[:2000]
    run_jobs()
    return browser.post(page.url, timeout=10)


def test_oidc_provider_signs_anna_in_and_out_again(portal, vpvkac, run_jobs):
    browser = requests.Session()
    _sign_in_at(browser, portal, run_jobs)
    assert refusals() == []
    assert signed_in(browser, portal)
    page = browser.get(_next(browser.post(f"{portal}/sign-out", timeout=10)), timeout=10)
    left = _submit(browser, page, logout="yes")
    assert "šeit un pie sniedzēja" in left.text, left.url
    assert not signed_in(browser, portal)


def test_signing_out_at_oidc_provider_ends_the_session_here(portal, vpvkac, run_jobs):
    browser = requests.Session()
    _sign_in_at(browser, portal, run_jobs)
    assert signed_in(browser, portal)
    page = browser.get(f"{vpvkac}/session/end", timeout=10)
    _submit(browser, page, logout="yes")  # the provider tells us through the back channel
    assert not signed_in(browser, portal)
    assert refusals() == []


def test_a_code_of_oidc_provider_is_good_once(portal, vpvkac, run_jobs):
    browser = requests.Session()
    _sign_in_at(browser, portal, run_jobs)
    state = db.session.scalar(sa.text("select sent_id from federation_request limit 1"))
    db.session.commit()
    again = browser.get(f"{portal}/federation/peer/callback?state={state}&code=x&iss={vpvkac}", timeout=10)
    assert again.status_code == 403
    assert refusals() == ["unsolicited"]
