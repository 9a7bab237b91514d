"""Whom we trust: lists of trusted services (ETSI TS 119 612), and issuers asked whether a certificate is alive."""

import base64
import copy
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponderEncoding, OCSPResponseBuilder
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import XMLSigner, methods

from portal.kernel import clock, http
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import ExternalUnavailable, Forbidden, Invalid
from portal.sandbox import tsl
from portal.sandbox.pki import ec_key
from portal.signing import asice, ocsp, timestamps, trust_lists
from portal.signing import service as signing
from portal.signing.adapters import revocation
from portal.signing.asice.xml import DS, XADES
from portal.signing.report import Verdict
from portal.signing.service import lists
from portal.signing.trust import Service, TrustStore
from portal.signing.verify import verify
from portal.signing.words import who
from tests.signing.papers import NOW, Office, codes


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
def test_a_genuine_list_within_a_foreign_one_is_refused(sandbox):
    signers = [x509.load_pem_x509_certificate(sandbox.pki.tsl_cert.read_bytes())]
    genuine = etree.fromstring(tsl.signed(sandbox.pki))
    body = copy.deepcopy(genuine)
    body.remove(body.find(f"{{{DS}}}Signature"))
    text = etree.tostring(body).decode()
    by_id = _signed_by_id(sandbox.pki, text)
    assert trust_lists.read(by_id, signers).territory == "LV"
    # the signed list stays somewhere, its signature stands in a list that says something else
    forged = etree.fromstring(text.replace('Id="list"', 'Id="other"').replace(">LV<", ">XX<"))
    inner = etree.fromstring(by_id)
    forged.append(inner.find(f"{{{DS}}}Signature"))
    forged.append(inner)
    for one in (forged, etree.fromstring(etree.tostring(forged).replace(b'Id="other"', b'Id="list"'))):
        with pytest.raises(trust_lists.ListRefused) as refused:
            trust_lists.read(etree.tostring(one), signers)
        assert refused.value.code in ("changed", "unreadable")


def _signed_by_id(made, text):
    """A list whose signature names it by its Id, as some countries' lists do."""
    signer = XMLSigner(method=methods.enveloped, signature_algorithm="rsa-sha256", digest_algorithm="sha256",
                       c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")  # fmt: skip
    root = etree.fromstring(text)
    made = signer.sign(root, key=made.tsl_key.read_bytes(), cert=made.tsl_cert.read_text(), reference_uri="#list")
    return etree.tostring(made)


@pytest.mark.req("12.4", "LAW-140")
def test_an_older_list_never_outvotes_a_newer_one(app, sandbox, office, only_lists, edgars):
    """Of the lists of one operator for one territory only the newest counts, however it came."""
    newest = f"{clock.now():%Y%m%d}".encode()
    older = _numbered(sandbox.pki, int(newest) - 1)
    # the old one was there first, and says „granted”; the newer says „withdrawn”
    signing.upload_list(edgars, io.BytesIO(older))
    assert signing.verify(office.container(), "x.asice").verdict is Verdict.VALID
    sandbox.store.set_setting("tsl.status", "withdrawn")
    signing.refresh_lists(SYSTEM)
    db.session.commit()
    assert len(signing.list_trust_lists(edgars)) == 2
    assert codes(signing.verify(office.container(), "x.asice")) == {"service_not_granted"}
    # nor can it be brought in later
    with pytest.raises(Invalid) as refused:
        signing.upload_list(edgars, io.BytesIO(older))
    assert refused.value.field == "file"


def _numbered(made, number):
    plain = tsl._LIST
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tsl, "_LIST", plain.replace("{number}", str(number)))
        return tsl.signed(made)


@pytest.mark.req("12.4", "LAW-140")
def test_a_root_of_the_municipality_counts_whatever_lists_say_of_those_below_it(office):
    root = x509.load_pem_x509_certificate(office.pki.ca.read_bytes())
    between, key = _authority("Starpnieks", root.subject, ec_key(office.pki.ca_key))
    person, _key = _authority("Anna Paraugs", between.subject, key, ca=False)
    withdrawn = Service("CA/QC", "Starpnieks", "X", (between,), ((False, NOW - timedelta(days=900)),))
    assert TrustStore([root], [withdrawn]).judge(person, [between], NOW) is None
    assert TrustStore([root], [withdrawn]).path(person, [])[-1] == root
    assert TrustStore([], [withdrawn]).judge(person, [between], NOW).code == "service_not_granted"


def _authority(name, issuer, issuer_key, ca=True):
    """A certificate and its key; issuer_key None: signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder().issuer_name(issuer).public_key(key.public_key())
    if isinstance(name, str):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = builder.subject_name(name).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(NOW - timedelta(days=800)).not_valid_after(NOW + timedelta(days=800))
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    usage |= {"digital_signature": not ca, "content_commitment": not ca, "key_cert_sign": ca, "crl_sign": ca}
    builder = builder.add_extension(x509.KeyUsage(**usage), critical=True)
    return builder.sign(issuer_key or key, hashes.SHA256()), key


@pytest.mark.req("12.4", "LAW-143")
def test_an_answer_of_a_namesake_of_the_issuer_says_nothing(office):
    """Anybody can make a certificate that bears the authority's name, and answer „good” with it."""
    root, person = x509.load_pem_x509_certificate(office.pki.ca.read_bytes()), office.person()[0]
    namesake, key = _authority(root.subject, root.subject, None)
    moment = NOW.replace(tzinfo=None)

    def answered(issuer, issuer_key):
        builder = OCSPResponseBuilder().add_response(
            person, issuer, hashes.SHA256(), OCSPCertStatus.GOOD, moment, moment + timedelta(hours=1), None, None
        )
        builder = builder.responder_id(OCSPResponderEncoding.HASH, issuer).certificates([issuer])
        return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.DER)

    assert ocsp.state_of(person, [answered(root, ec_key(office.pki.ca_key))], [root], NOW) == "good"
    assert ocsp.state_of(person, [answered(namesake, key)], [root], NOW) == "unknown"


@pytest.mark.req("12.4")
def test_more_than_is_wanted_is_not_taken_from_outside(app, sandbox, office, monkeypatch):
    assert http.request("GET", f"{sandbox.url}/tsl.xml", most_bytes=1 << 20).content.startswith(b"<?xml")
    with pytest.raises(ExternalUnavailable):
        http.request("GET", f"{sandbox.url}/tsl.xml", most_bytes=100)
    monkeypatch.setattr(lists, "_LONGEST", 100)
    signing.refresh_lists(SYSTEM)
    [row] = signing.list_trust_lists(SYSTEM)
    assert row.problem and row.sha256 is None
    monkeypatch.setattr(revocation, "_LONGEST_ANSWER", 100)
    root = x509.load_pem_x509_certificate(office.pki.ca.read_bytes())
    with pytest.raises(ExternalUnavailable):
        revocation.ask(office.person()[0], root)


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
