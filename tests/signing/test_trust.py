"""Whom we trust: lists of trusted services (ETSI TS 119 612), and issuers asked whether a certificate is alive."""

import base64
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from lxml import etree

from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Forbidden, Invalid
from portal.sandbox import tsl
from portal.signing import asice, ocsp, timestamps
from portal.signing import service as signing
from portal.signing.asice.xml import DS, XADES
from portal.signing.report import Verdict
from portal.signing.trust import TrustStore
from portal.signing.verify import verify
from portal.signing.words import who
from tests.signing.papers import Office, codes


@pytest.fixture
def office(sandbox):
    return Office(sandbox.pki, sandbox.app)


@pytest.fixture
def only_lists(app, sandbox):
    """An instance without roots of its own: it trusts what lists say, and nothing else."""
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], trust_roots=Path("/nonexistent.pem"))
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], trust_list_signers=sandbox.pki.tsl_cert)


@pytest.mark.req("12.4", "LAW-140")
def test_a_list_decides_by_the_status_at_the_time_of_signing(app, sandbox, office, only_lists, as_client, run_jobs):
    paper = office.container()
    assert codes(signing.verify(paper, "x.asice")) == {"issuer_not_trusted", "timestamp_not_trusted"}
    run_jobs(periodic=True)
    report = signing.verify(paper, "x.asice")
    assert report.verdict is Verdict.VALID, report.to_json()
    it = as_client("edgars")
    page = it.get("/signing/trust-lists").get_data(as_text=True)
    assert "smilškastes uzticamības saraksts" in page and "state-ok" in page

    # withdrawn since a month: what is signed now is not by a granted service; what was signed before stays valid
    sandbox.store.set_setting("tsl.status", "withdrawn")
    signing.refresh_lists(SYSTEM)
    db.session.commit()
    assert codes(signing.verify(paper, "x.asice")) == {"service_not_granted"}
    [row] = signing.list_trust_lists(SYSTEM)
    _row, services = signing.get_trust_list(SYSTEM, row.id)
    store = TrustStore([], services)
    person = office.person()[0]
    assert store.judge(person, [], clock.now()).code == "service_not_granted"
    assert store.judge(person, [], clock.now() - timedelta(days=60)) is None
    assert "Smilškastes paraksti" in it.get(f"/signing/trust-lists/{row.id}").get_data(as_text=True)

    # what cannot be had or believed changes nothing, and says why
    for fault in ("down", "changed", "stranger"):
        sandbox.store.set_setting("tsl.fault", fault)
        signing.refresh_lists(SYSTEM)
        db.session.commit()
        assert row.problem and codes(signing.verify(paper, "x.asice")) == {"service_not_granted"}
        assert row.problem in it.get("/signing/trust-lists").get_data(as_text=True)


@pytest.mark.req("12.4", "LAW-140")
def test_a_list_of_lists_says_where_the_lists_of_countries_lie_and_who_signs_them(
    app, sandbox, office, only_lists, as_client
):
    def refreshed(*countries, lists=("lotl.xml",)):
        urls = tuple(f"{sandbox.url}/{name}" for name in lists)
        own = replace(app.extensions["pkip.settings"], trust_lists=urls, trust_countries=countries)
        app.extensions["pkip.settings"] = own
        signing.refresh_lists(SYSTEM)
        db.session.commit()
        return {row.territory or row.url: row for row in signing.list_trust_lists(SYSTEM)}

    # its own certificate is in no setting: the list of lists vouches for it
    rows = refreshed("EE")
    assert set(rows) == {"EU", "EE"} and not any(row.problem for row in rows.values())
    paper = office.container()
    assert signing.verify(paper, "x.asice").verdict is Verdict.VALID
    page = as_client("edgars").get(f"/signing/trust-lists/{rows['EU'].id}").get_data(as_text=True)
    assert "/tsl.xml" in page and ">EE<" in page and "Netiek lasīts" in page and "tsl.pdf" not in page

    # none chosen: all; a country's list must be of the country, and signed by whom the list of lists names for it
    rows = refreshed()
    assert set(rows) == {"EU", "EE", "LV"} and not any(row.problem for row in rows.values())
    for fault in ("stranger", "elsewhere", "changed", "down"):
        sandbox.store.set_setting("tsl.fault", fault)
        rows = refreshed()
        assert rows["LV"].problem and not rows["EE"].problem and not rows["EU"].problem, fault
    # the signer of one country does not become one for lists of the settings
    sandbox.store.set_setting("tsl.fault", "stranger")
    assert refreshed(lists=("lotl.xml", "tsl.xml"))["LV"].problem
    # without the list of lists nobody vouches any more
    assert set(refreshed(lists=("tsl.xml",))) == {"LV"}
    assert set(refreshed(lists=())) == set()
    assert codes(signing.verify(paper, "x.asice")) == {"issuer_not_trusted", "timestamp_not_trusted"}


@pytest.mark.req("12.4")
def test_it_staff_upload_a_list_and_remove_it(app, sandbox, office, only_lists, as_client, anna, edgars):
    data = tsl.signed(sandbox.pki)
    it = as_client("edgars")
    for wrong in (b"", b"<x/>", tsl.signed(sandbox.pki, stranger=True), data.replace(b"PKIP smil", b"PK1P smil")):
        assert it.post("/signing/trust-lists", data={"file": (io.BytesIO(wrong), "l.xml")}).status_code == 422
    where = it.post("/signing/trust-lists", data={"file": (io.BytesIO(data), "l.xml")})
    assert where.status_code == 303
    assert signing.verify(office.container(), "x.asice").verdict is Verdict.VALID
    assert as_client("anna").get("/signing/trust-lists").status_code == 403
    with pytest.raises(Forbidden):
        signing.upload_list(anna, io.BytesIO(data))
    assert it.post(f"{where.location}/remove").status_code == 303
    assert signing.list_trust_lists(edgars) == []
    with pytest.raises(Invalid):
        signing.upload_list(edgars, io.BytesIO(b"no"))


@pytest.mark.req("12.4", "LAW-140")
def test_the_job_asks_the_issuer_where_the_file_holds_no_answer(app, sandbox, office, as_client, anna, run_jobs):
    paper = office.container()

    def judged():
        row = signing.request_check(anna, "x.asice", io.BytesIO(paper))
        db.session.commit()
        run_jobs()
        return row, row.report

    _row, report = judged()
    assert (report.verdict, report.signatures[0].revocation) == (Verdict.VALID, "good")
    for fault in ("down", "garbage", "unknown", "refuses"):
        sandbox.store.set_setting("ocsp.fault", fault)
        row, report = judged()
        assert (report.verdict, codes(report)) == (Verdict.INDETERMINATE, {"revocation_unknown"}), fault
    assert "vēlāk" in as_client("anna").get(f"/signing/check/{row.id}").get_data(as_text=True)
    sandbox.store.set_setting("ocsp.fault", "")
    serial = f"{office.person()[0].serial_number:x}"
    sandbox.store.put("ocsp.revoked", serial, {"at": (clock.now() - timedelta(hours=1)).isoformat()})
    assert codes(judged()[1]) == {"certificate_revoked"}
    # revoked after signing: it was alive then
    sandbox.store.put("ocsp.revoked", serial, {"at": (clock.now() + timedelta(hours=1)).isoformat()})
    assert judged()[1].verdict is Verdict.VALID


def test_a_list_of_revoked_certificates_says_the_same(sandbox):
    from portal.sandbox.pki import person_credential

    person = x509.load_pem_x509_certificate(person_credential(sandbox.pki, "Anna", "Paraugs", "321234-12345")[0])
    root = x509.load_pem_x509_certificate(sandbox.pki.ca.read_bytes())
    browser, now = sandbox.app.test_client(), clock.now()
    assert ocsp.state_in_list(browser.get("/crl").data, person, root, now) == "good"
    sandbox.store.put("ocsp.revoked", f"{person.serial_number:x}", {"at": (now - timedelta(hours=1)).isoformat()})
    revoked = browser.get("/crl").data
    assert ocsp.state_in_list(revoked, person, root, now) == "revoked"
    assert ocsp.state_in_list(revoked, person, root, now - timedelta(days=1)) == "good"
    assert ocsp.state_in_list(revoked, person, person, now) == "unknown"
    assert ocsp.state_in_list(b"nonsense", person, root, now) == "unknown"


# who signed the real files and when, at which level, what the issuer said, and what remains to be objected: the first
# does not hold its issuer; a time mark counts only from a responder of the signer's own issuer, and this is another
REAL = {
    "asiceWithXades-t-level.asice": [
        ("JAAK-KRISTJAN JÕEORG", "2025-09-19T05:37:08+00:00", "T", "unknown", ["issuer_not_trusted"])
    ],
    "bdoc_tm_valid_2_signatures.asice": [
        ("JAAK-KRISTJAN JÕEORG", "2020-05-21T14:07:01+00:00", "TM", "unknown", ["timestamp_not_trusted"]),
        ("MARI-LIIS MÄNNIK", "2020-05-28T10:59:14+00:00", "TM", "unknown", ["timestamp_not_trusted"]),
    ],
    "valid_asice_lta.asice": [("JAAK-KRISTJAN JÕEORG", "2023-09-05T12:39:35+00:00", "LTA", "good", [])],
}


@pytest.mark.req("12.4")
@pytest.mark.parametrize("name", REAL)
def test_real_containers_are_valid_for_who_trusts_their_issuers(shared_data, name):
    """The authorities that lie in the container and its stamps are taken for trusted; what remains is our own work."""
    data = (shared_data / "signed" / name).read_bytes()
    report = verify(data, name, TrustStore(_inside(data)), datetime(2026, 11, 24, tzinfo=UTC))
    said = [(who(s), s.time.isoformat(), s.level, s.revocation, [r.code for r in s.reasons]) for s in report.signatures]
    assert said == REAL[name], said
    # the same signatures as XML files of their own, with the signed files beside them
    container = asice.Container(data)
    beside = {one: partial(container.read, one) for one in container.data_files}
    apart = [
        verify(container.read(one), one, TrustStore(_inside(data)), datetime(2026, 11, 24, tzinfo=UTC), beside=beside)
        for one in container.signature_files
    ]
    assert tuple(signature for one in apart for signature in one.signatures) == report.signatures


def _inside(data):
    """Every certificate of a container's signatures and stamps that may issue or stamp."""
    container, found = asice.Container(data), []
    for entry in container.signature_files:
        root = etree.fromstring(container.read(entry))
        texts = [e.text for e in root.iter(f"{{{DS}}}X509Certificate", f"{{{XADES}}}EncapsulatedX509Certificate")]
        found += [x509.load_der_x509_certificate(base64.b64decode(text)) for text in texts]
        for stamp in root.iter(f"{{{XADES}}}EncapsulatedTimeStamp"):
            token = timestamps.read(base64.b64decode(stamp.text))
            found += [token.certificate, *token.others]
    return [one for one in dict.fromkeys(found) if _issues(one) or _stamps(one)]


def _issues(certificate):
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _stamps(certificate):
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return x509.oid.ExtendedKeyUsageOID.TIME_STAMPING in purposes
