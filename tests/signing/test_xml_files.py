"""Judging signed XML files without a container: enveloped, enveloping, detached; forged in the usual ways."""

import base64
import copy
import io
import re

import pytest
from cryptography.hazmat.primitives import serialization
from lxml import etree
from signxml import methods
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner
from signxml.xades import XAdESSigner

from portal.documents import service as documents
from portal.documents.models import Warn
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.signing import algorithms
from portal.signing.asice import Limits
from portal.signing.asice.xml import DS, XADES, canonical
from portal.signing.report import Verdict
from portal.signing.verify import verify
from tests.signing.papers import FILES, NOW, Office, codes, signed_by

LETTER = b'<letter><title>Iesniegums</title><text Id="t">L\xc5\xabdzu <b>nepie\xc5\xa1\xc4\xb7irt</b>.</text></letter>'
# it states no transform for its own properties, so they are digested by the standard's default
INCLUSIVE = CanonicalizationMethod.CANONICAL_XML_1_0

FILTER = "http://www.w3.org/2002/06/xmldsig-filter2"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return Office.open(tmp_path_factory.mktemp("office"))


@pytest.fixture
def judge(office):
    return lambda data, name="vestule.xml", **more: verify(data, name, office.roots, NOW, **more)


def signed(office, method, data=LETTER, signer=XAdESSigner, stamped=True, who=None) -> bytes:
    """Signed by software that is not ours; the time stamp is added as its standard says."""
    certificate, key = who or office.person()
    made = signer(
        method=method, signature_algorithm="ecdsa-sha256", digest_algorithm="sha256", c14n_algorithm=INCLUSIVE
    ).sign(
        etree.fromstring(data),
        key=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        cert=certificate.public_bytes(serialization.Encoding.PEM).decode(),
    )
    if stamped:
        value = made.find(f".//{{{DS}}}SignatureValue")
        stamp = etree.SubElement(made.find(f".//{{{XADES}}}QualifyingProperties"), f"{{{XADES}}}UnsignedProperties")
        for name in ("UnsignedSignatureProperties", "SignatureTimeStamp", "EncapsulatedTimeStamp"):
            stamp = etree.SubElement(stamp, f"{{{XADES}}}{name}")
        stamp.text = base64.b64encode(office.stamp(canonical(value, None))).decode()
    return etree.tostring(made, xml_declaration=True, encoding="UTF-8")


@pytest.mark.req("12.4", "LAW-140")
@pytest.mark.parametrize("method", [methods.enveloped, methods.enveloping])
def test_a_signed_xml_file_is_valid_and_any_change_to_it_is_noticed(office, judge, method):
    data = signed(office, method)
    report = judge(data)
    assert report.verdict is Verdict.VALID, report.to_json()
    assert [(s.signer, s.level) for s in report.signatures] == [("ANNA PARAUGS", "T")]
    assert [(file.name, file.covered) for file in report.files] == [("vestule.xml", True)]
    assert codes(judge(data.replace(b"Iesniegums", b"Atsaukums!"))) == {"file_changed"}
    changed = re.sub(rb"SigningTime>20\d\d", b"SigningTime>2001", data)
    assert codes(judge(changed)) == {"properties_changed"}
    assert "malformed" in codes(judge(data[:-30])) and "malformed" in codes(judge(b"<!DOCTYPE a []>" + data[38:]))
    assert codes(judge(LETTER)) == {"not_signed"} and codes(judge(b"<p>nekas")) == {"not_a_container"}


@pytest.mark.req("12.4", "LAW-140")
def test_a_signed_part_moved_aside_or_added_to_is_refused(office, judge):
    """The usual ways of wrapping: the signed words stay somewhere, others stand where people read."""
    whole = etree.fromstring(
        signed(office, methods.enveloped, b'<letter Id="L"><text>Pie\xc5\xa1\xc4\xb7irt</text></letter>')
    )
    assert judge(etree.tostring(whole)).verdict is Verdict.VALID
    forged = etree.fromstring(b'<letter Id="X"><text>Atteikt</text></letter>')
    original = copy.deepcopy(whole)
    signature = original.find(f"{{{DS}}}Signature")
    aside = copy.deepcopy(forged)
    etree.SubElement(aside, "old").append(original)
    assert "part_not_covered" in codes(judge(etree.tostring(aside)))
    # the signature at the top, the signed letter in an object of its own
    aside = copy.deepcopy(forged)
    aside.append(copy.deepcopy(signature))
    bare = copy.deepcopy(whole)
    bare.remove(bare.find(f"{{{DS}}}Signature"))
    etree.SubElement(aside[-1], f"{{{DS}}}Object").append(bare)
    found = judge(etree.tostring(aside))
    assert found.verdict is Verdict.INVALID and {"part_not_covered", "wrapped"} & codes(found)
    # two elements of one name: which one was signed?
    double = etree.fromstring(b"<both/>")
    double.extend([copy.deepcopy(whole), etree.fromstring(b'<letter Id="L"><text>Atteikt</text></letter>')])
    assert codes(judge(etree.tostring(double))) == {"wrapped"}
    # something to read beside the signed data of an enveloping signature, and a style sheet before a signed element
    around = etree.fromstring(signed(office, methods.enveloping))
    etree.SubElement(around, f"{{{DS}}}Object").text = "un vēl kas"
    assert codes(judge(etree.tostring(around))) == {"part_not_covered"}
    styled = b'<?xml-stylesheet href="x.xsl" type="text/xsl"?>' + etree.tostring(whole)
    assert codes(judge(styled)) == {"part_not_covered"}


def test_a_machine_s_signature_is_not_a_person_s_and_what_is_unknown_is_not_guessed(office, judge):
    plain = signed(office, methods.enveloped, signer=XMLSigner, stamped=False)
    report = judge(plain)
    assert (report.verdict, codes(report)) == (Verdict.INDETERMINATE, {"certificate_not_bound", "timestamp_missing"})
    unknown = plain.replace(b"xmldsig#enveloped-signature", b"xmldsig#enveloped-signatur")
    assert "algorithm_unknown" in codes(judge(unknown))
    nested = signed(office, methods.enveloping, data=plain)
    assert "signature_nested" in codes(judge(nested))
    many = b"<a>" + b"".join(b'<Signature xmlns="%s"/>' % DS.encode() for _number in range(21)) + b"</a>"
    assert codes(judge(many)) == {"malformed"}
    assert codes(judge(LETTER, limits=Limits(xml_bytes=10))) == {"xml_too_large"}
    greedy = etree.fromstring(plain)
    reference = greedy.find(f".//{{{DS}}}Reference")
    for _number in range(16):
        reference.addnext(copy.deepcopy(reference))
    greedy = etree.tostring(greedy)
    assert "malformed" not in codes(judge(greedy))
    assert "malformed" in codes(judge(greedy, limits=Limits(xml_bytes=len(greedy))))


@pytest.mark.req("12.4")
@pytest.mark.parametrize("kind", ["http://www.w3.org/TR/1999/REC-xpath-19991116", FILTER])
def test_two_sign_one_xml_file_leaving_each_other_s_signatures_out(office, judge, kind):
    both = _leaving_out(office, "Anna", kind)
    both.append(_leaving_out(office, "Zane", kind).find(f"{{{DS}}}Signature"))
    report = judge(etree.tostring(both))
    assert [s.signer for s in report.signatures] == ["ANNA PARAUGS", "ZANE PARAUGS"]
    assert codes(report) == {"timestamp_missing"}, report.to_json()
    both.find("title").text = "Atsaukums"
    assert all("file_changed" in {r.code for r in s.reasons} for s in judge(etree.tostring(both)).signatures)


def _leaving_out(office, given, kind):
    """A letter with a signature whose transform leaves out all signatures, as EU software writes it."""
    who = office.person(given)
    letter = etree.fromstring(signed(office, methods.enveloped, stamped=False, who=who))
    transform = letter.find(f".//{{{DS}}}Transform")
    transform.set("Algorithm", kind)
    expression = etree.SubElement(transform, f"{{{kind}}}XPath" if kind == FILTER else f"{{{DS}}}XPath")
    expression.text = "/descendant::ds:Signature" if kind == FILTER else "not(ancestor-or-self::ds:Signature)"
    if kind == FILTER:
        expression.set("Filter", "subtract")
    return _signed_anew(letter, who)


def _signed_anew(letter, who):
    """The same with the value that belongs to its changed references."""
    info = letter.find(f".//{{{DS}}}SignedInfo")
    digest = algorithms.digest("sha256", canonical(info, info.find(f"{{{DS}}}CanonicalizationMethod")))
    value = algorithms.raw_signature(who[0].public_key(), signed_by(who[1], digest))
    letter.find(f".//{{{DS}}}SignatureValue").text = base64.b64encode(value).decode()
    return letter


@pytest.mark.req("12.4", "LAW-140")
def test_words_beside_signed_base64_text_are_noticed(office, judge):
    """Only the decoded text is signed, so nothing else may be said on the element that holds it."""

    def enveloping(**said):
        who = office.person()
        made = etree.fromstring(signed(office, methods.enveloping, stamped=False, who=who))
        reference = made.find(f".//{{{DS}}}Reference")
        held = made.find(f"{{{DS}}}Object[@Id='{reference.get('URI')[1:]}']")
        for child in list(held):
            held.remove(child)
        held.text = base64.b64encode(LETTER).decode()
        for name, value in said.items():
            held.set(name, value)
        transforms = reference.find(f"{{{DS}}}Transforms")
        for one in list(transforms):
            transforms.remove(one)
        etree.SubElement(transforms, f"{{{DS}}}Transform").set("Algorithm", f"{DS}base64")
        digest = base64.b64encode(algorithms.digest("sha256", LETTER)).decode()
        reference.find(f"{{{DS}}}DigestValue").text = digest
        return codes(judge(etree.tostring(_signed_anew(made, who))))

    assert enveloping(MimeType="text/xml", Encoding=f"{DS}base64") == {"timestamp_missing"}
    assert "algorithm_unknown" in enveloping(title="Atsaukums")


@pytest.mark.req("12.4", "LAW-140")
def test_a_detached_signature_is_judged_with_the_file_beside_it(office, judge):
    data, beside = office.signature(), {name: lambda one=one: one for name, one in FILES.items()}
    report = judge(data, beside=beside)
    assert report.verdict is Verdict.VALID, report.to_json()
    assert {file.name for file in report.files if file.covered} == set(FILES) and report.signatures[0].level == "T"
    other = beside | {"Lēmums Nr. 12.txt": lambda: b"Dome nolemj: noraidit."}
    assert [(r.code, r.params) for r in judge(data, beside=other).signatures[0].reasons] == [
        ("file_changed", {"name": "Lēmums Nr. 12.txt"})
    ]
    alone = judge(data)
    assert (alone.verdict, codes(alone)) == (Verdict.INDETERMINATE, {"file_not_beside"})


@pytest.mark.req("12.4", "LAW-140", "LAW-141")
def test_received_xml_signatures_are_judged_by_the_job_and_on_the_check_page(
    sandbox, as_client, run_jobs, make_document
):
    office = Office(sandbox.pki, sandbox.app)
    paper = {"iesniegums.txt": b"Ludzu atbildet."}
    data = signed(office, methods.enveloped)
    document = make_document(
        files=[("paraksts.xml", office.signature(paper)), *paper.items(), ("vestule.xml", data), ("dati.xml", LETTER)]
    )
    run_jobs()
    seen = {file.name: file.signatures for file in documents.files_of(document.id)}
    assert seen["paraksts.xml"]["verdict"] == seen["vestule.xml"]["verdict"] == "valid", seen
    assert seen["dati.xml"] is None
    # the signature came first, its file later
    early = make_document(files=[("paraksts.xml", office.signature(paper))])
    run_jobs()
    assert documents.files_of(early.id)[0].signatures["verdict"] == "indeterminate"
    assert early.warning == Warn.SIGNATURE_UNKNOWN
    documents.add_file(SYSTEM, early.id, "iesniegums.txt", paper["iesniegums.txt"])
    db.session.commit()
    run_jobs()
    assert [file.signatures and file.signatures["verdict"] for file in documents.files_of(early.id)] == ["valid", None]
    db.session.refresh(early)
    assert early.warning is None
    where = as_client("anna").post("/signing/check", data={"file": (io.BytesIO(data), "vestule.xml")})
    run_jobs()
    page = as_client("anna").get(where.location).get_data(as_text=True)
    assert "ANNA PARAUGS" in page and "state-ok" in page
