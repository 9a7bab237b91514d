"""Judging containers: own, foreign, broken and hostile ones."""

import base64
import io
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from lxml import etree

from portal.signing import asice
from portal.signing.asice import Limits
from portal.signing.report import Report, Verdict
from portal.signing.trust import TrustStore
from portal.signing.verify import verify
from tests.signing.papers import FILES, NOW, Office, codes, repacked

S0 = "META-INF/signatures0.xml"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return Office.open(tmp_path_factory.mktemp("office"))


@pytest.fixture
def judge(office):
    return lambda data, name="lemums.asice", **more: verify(data, name, more.pop("roots", office.roots), NOW, **more)


@pytest.mark.req("3.1", "E1")
def test_own_container_is_valid_and_covers_every_file(office, judge):
    report = judge(office.container())
    assert report.verdict is Verdict.VALID, report.to_json()
    assert report.signatures[0].signer == "ANNA PARAUGS" and report.signatures[0].level == "T"
    assert {file.name for file in report.files if file.covered} == set(FILES)


def test_report_survives_being_stored(office, judge):
    report = judge(repacked(office.container(), {"Lēmums Nr. 12.txt": b"cits"}))
    assert Report.from_json(report.to_json()) == report


def test_mimetype_is_the_first_entry_and_not_packed(office):
    entry = zipfile.ZipFile(io.BytesIO(office.container())).infolist()[0]
    assert (entry.filename, entry.compress_type, entry.extra) == ("mimetype", zipfile.ZIP_STORED, b"")


def test_second_signer_is_added_without_touching_what_was_there(office, judge):
    first = office.container()
    both = asice.add_signature(first, office.signature(who=office.person("Jānis", "Bērziņš")), NOW)
    assert judge(both).verdict is Verdict.VALID
    assert [s.signer for s in judge(both).signatures] == ["ANNA PARAUGS", "JĀNIS BĒRZIŅŠ"]
    old, new = zipfile.ZipFile(io.BytesIO(first)), zipfile.ZipFile(io.BytesIO(both))
    assert new.namelist() == [*old.namelist(), "META-INF/signatures1.xml"]
    assert all(new.read(name) == old.read(name) for name in old.namelist())


def test_changed_file_is_named(office, judge):
    report = judge(repacked(office.container(), {"Lēmums Nr. 12.txt": b"Dome nolemj: noraidit."}))
    assert report.verdict is Verdict.INVALID
    assert [(r.code, r.params) for r in report.signatures[0].reasons] == [
        ("file_changed", {"name": "Lēmums Nr. 12.txt"})
    ]


def test_every_flipped_bit_of_the_archive_is_noticed_or_harmless(office, judge):
    """No flipped bit may leave a valid verdict with other bytes in a signed file."""
    whole = office.container()
    for place in range(0, len(whole), 37):
        broken = bytearray(whole)
        broken[place] ^= 0x10
        report = judge(bytes(broken))
        if report.verdict is Verdict.VALID:
            assert {file.name for file in report.files} == set(FILES)
            container = asice.Container(bytes(broken))
            assert all(container.read(name) == data for name, data in FILES.items())


def test_added_file_is_not_covered_and_named(office, judge):
    report = judge(repacked(office.container(), more=[("vēl viens.txt", b"nav parakstits")]))
    assert report.verdict is Verdict.INVALID
    assert ("file_not_covered", {"name": "vēl viens.txt"}) in [(r.code, r.params) for r in report.signatures[0].reasons]
    assert [file.name for file in report.files if not file.covered] == ["vēl viens.txt"]


def test_missing_file_is_named(office, judge):
    report = judge(repacked(office.container(), drop=["pielikums & tāme.txt"]))
    assert "file_missing" in codes(report) and report.verdict is Verdict.INVALID


def test_without_a_time_stamp_it_cannot_be_determined(office, judge):
    report = judge(office.container(signatures=[office.signature(stamped=False)]))
    assert (report.verdict, codes(report)) == (Verdict.INDETERMINATE, {"timestamp_missing"})
    assert report.signatures[0].time == NOW and not report.signatures[0].time_stamped


def test_stamp_of_another_signature_is_refused(office, judge):
    other = office.signature(who=office.person("Jānis", "Bērziņš"))
    token = re.search(rb"<xades:EncapsulatedTimeStamp>(.*?)</", other).group(1)
    swapped = re.sub(rb"(<xades:EncapsulatedTimeStamp>).*?(</)", rb"\g<1>" + token + rb"\2", office.signature())
    report = judge(office.container(signatures=[swapped]))
    assert "timestamp_wrong" in codes(report) and report.verdict is Verdict.INVALID


def test_unknown_root_leaves_integrity_and_says_whose_issuer_is_not_trusted(office, judge):
    report = judge(office.container(), roots=TrustStore([]))
    assert report.verdict is Verdict.INDETERMINATE and report.signatures[0].intact
    assert codes(report) == {"issuer_not_trusted", "timestamp_not_trusted"}


def test_system_certificate_is_not_a_qualified_signature(office, judge):
    who = (
        x509.load_pem_x509_certificate(office.pki.institution_cert.read_bytes()),
        serialization.load_pem_private_key(office.pki.institution_key.read_bytes(), None),
    )
    report = judge(office.container(signatures=[office.signature(who=who)]))
    assert (report.verdict, codes(report)) == (Verdict.INDETERMINATE, {"not_qualified"})


def test_certificate_out_of_its_time_is_invalid(office):
    unstamped = office.container(signatures=[office.signature(stamped=False)])
    report = verify(unstamped, "x.asice", office.roots, NOW + timedelta(days=365 * 40))
    assert "certificate_out_of_time" in codes(report) and report.verdict is Verdict.INVALID


def test_changed_signing_time_is_noticed(office, judge):
    report = judge(
        repacked(office.container(), {S0: lambda xml: xml.replace(b"2026-11-24T10:15:00Z", b"2020-01-01T00:00:00Z")})
    )
    assert "properties_changed" in codes(report) and report.verdict is Verdict.INVALID


def test_swapped_certificate_is_noticed(office, judge):
    other = base64.b64encode(office.person("Jānis", "Bērziņš")[0].public_bytes(serialization.Encoding.DER))
    report = judge(
        repacked(
            office.container(),
            {S0: lambda xml: re.sub(rb"(<ds:X509Certificate>).*?(</)", rb"\g<1>" + other + rb"\2", xml)},
        )
    )
    assert {"signature_wrong", "certificate_mismatch"} <= codes(report) and report.verdict is Verdict.INVALID


def _wrapped(xml: bytes, how) -> bytes:
    root = etree.fromstring(xml)
    how(root, root.find("{*}Signature"))
    return etree.tostring(root)


def _second_properties(root, signature):
    """Forged properties stand where they are read; the signed ones are hidden elsewhere under the same Id."""
    qualifying = signature.find("{*}Object/{*}QualifyingProperties")
    signed = qualifying.find("{*}SignedProperties")
    forged = etree.fromstring(etree.tostring(signed).replace(b"2026-11-24", b"2020-01-01"))
    hidden = etree.SubElement(signature, "{http://www.w3.org/2000/09/xmldsig#}Object")
    qualifying.replace(signed, forged)
    hidden.append(signed)


def _moved_properties(root, signature):
    """As before, but the forged properties get an Id of their own."""
    _second_properties(root, signature)
    signature.find("{*}Object/{*}QualifyingProperties/{*}SignedProperties").set("Id", "other")


def _outer_signature(root, signature):
    """The real signature is put inside another one."""
    outer = etree.fromstring(etree.tostring(signature))
    for element in outer.iter():
        if element.get("Id"):
            element.set("Id", "x" + element.get("Id"))
    holder = etree.SubElement(outer, "{http://www.w3.org/2000/09/xmldsig#}Object")
    root.replace(signature, outer)
    holder.append(signature)


@pytest.mark.req("3.1")
@pytest.mark.parametrize("how", [_second_properties, _moved_properties, _outer_signature])
def test_wrapping_is_refused(office, judge, how):
    report = judge(repacked(office.container(), {S0: lambda xml: _wrapped(xml, how)}))
    assert report.verdict is Verdict.INVALID and "wrapped" in codes(report)


def test_entities_and_document_types_are_refused(office, judge, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("noslepums")
    evil = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]><x>&e;</x>'.encode()
    report = judge(repacked(office.container(), {S0: evil}))
    assert report.verdict is Verdict.INVALID and codes(report) == {"malformed"}
    assert "noslepums" not in str(report.to_json())


@pytest.mark.req("3.1")
def test_zip_bomb_is_not_opened(office, judge):
    report = judge(repacked(office.container(), more=[("bumba.bin", b"\0" * (50 << 20))]))
    assert (report.verdict, codes(report)) == (Verdict.INVALID, {"container_bomb"})


@pytest.mark.parametrize(
    "limits,code", [(Limits(entries=3), "container_too_many"), (Limits(total_bytes=100), "container_too_large")]
)
def test_limits_give_their_reason(office, judge, limits, code):
    assert codes(judge(office.container(), limits=limits)) == {code}


@pytest.mark.parametrize("name", ["../ara.txt", "/etc/x", "a\\b.txt"])
def test_unsafe_names_are_refused(office, judge, name):
    assert codes(judge(repacked(office.container(), more=[(name, b"x")]))) == {"container_unsafe_name"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(office, judge):
    report = judge(repacked(office.container(), more=[("Lēmums Nr. 12.txt", b"cits saturs")]))
    assert codes(report) == {"container_double_name"}


@pytest.mark.parametrize(
    "data,name,code",
    [
        (b"", "x.asice", "not_a_container"),
        (b"hello", "x.asice", "not_a_container"),
        (b"hello", "x.pdf", "not_a_pdf"),
        (b"PK\x03\x04 nothing", "x.asice", "not_a_container"),
        (b"%PDF-1.7\nnothing", "x.pdf", "not_a_pdf"),
    ],
)
def test_what_is_no_signed_file_gets_a_reason(judge, data, name, code):
    assert codes(judge(data, name)) == {code}


def test_unsigned_container_says_so(office, judge):
    report = judge(repacked(office.container(), drop=[S0]))
    assert (report.verdict, codes(report)) == (Verdict.INDETERMINATE, {"not_signed"})


def test_same_input_makes_the_same_container(office):
    signature = office.signature()
    assert office.container(signatures=[signature]) == office.container(signatures=[signature])


# --- other software ---------------------------------------------------------------------------------------------------


def test_signxml_accepts_our_signature(office):
    from signxml.xades import XAdESSignatureConfiguration, XAdESVerifier

    signature = etree.fromstring(office.signature()).find("{*}Signature")
    found = XAdESVerifier().verify(
        signature,
        x509_cert=office.person()[0],
        expect_references=len(FILES) + 1,
        uri_resolver=lambda uri: FILES[unquote(uri)],
        expect_config=XAdESSignatureConfiguration(require_x509=True),
    )
    assert len(found) == len(FILES) + 1


_OTHER_READER = """
import sys
import pydigidoc



class Quick(pydigidoc.DigiDocConf):
    def tsltime_out(self):  # a setter would write a file into the home folder
        return 1


conf = Quick(sys.argv[1])
conf.set_tslurl("https://127.0.0.1:9/none.xml")
pydigidoc.Conf.init(conf)
pydigidoc.initialize("check")
for path in sys.argv[2:]:
    container = pydigidoc.Container.open(path)
    print("CONTAINER", [file.file_name() for file in container.data_files()])
    for signature in container.signatures():
        print(signature.signed_by(), signature.time_stamp_time())
        try:
            signature.validate()
        except RuntimeError as error:
            print(error)
"""


@pytest.mark.slow
def test_libdigidocpp_objects_only_to_our_root_and_notices_a_change(office, tmp_path):
    """It trusts only the EU list, so a trial root can never satisfy it; its complaints must be about that alone.

    It runs in a process of its own, because it brings its own libxml2, and is told to find no trust list.
    """
    schema = tmp_path / "schema"
    shutil.copytree(Path(find_spec("pydigidoc").origin).parent / "schema", schema)
    good, changed, lasting = tmp_path / "good.asice", tmp_path / "changed.asice", tmp_path / "lasting.asice"
    good.write_bytes(office.container())
    lasting.write_bytes(office.container(signatures=[office.lasting()]))
    changed.write_bytes(repacked(good.read_bytes(), {"pielikums & tāme.txt": b"cits"}))
    command = [sys.executable, "-c", _OTHER_READER, str(schema), str(good), str(changed), str(lasting)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    _start, of_good, of_changed, of_lasting = done.stdout.split("CONTAINER ")
    assert str(list(FILES)) in of_good and "ANNA PARAUGS" in of_good
    assert "Unable to verify signing certificate" in of_good
    assert "digest do not match" not in of_good and "Failed to validate" not in of_good
    assert "digest do not match" in of_changed
    # with the issuer's answer inside nothing is missing: every complaint is that the test root is in no list it knows
    complaints = {re.sub(r"^error:\w+:", "", line) for line in of_lasting.strip().splitlines()[2:]}
    assert complaints == {
        "Signature validation",
        "Unable to verify signing certificate",
        "unable to get local issuer certificate",
        "Certificate status: unknown",
        "time stamp routines::certificate verify error",
        "Failed to verify OCSP Responder certificate",
        "OCSP routines::certificate verify error",
    }


FOREIGN = {
    "asiceWithXades-t-level.asice": ["T"],
    "bdoc_tm_valid_2_signatures.asice": ["TM", "TM"],
    "valid_asice_lta.asice": ["LTA"],
    "hellopades-pades-lt-sha256-sign.pdf": ["LTA"],
}


@pytest.mark.req("3.1")
@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files_are_intact_but_their_issuers_unknown_here(judge, shared_data, name):
    report = judge((shared_data / "signed" / name).read_bytes(), name)
    assert report.verdict is Verdict.INDETERMINATE, report.to_json()
    assert [signature.level for signature in report.signatures] == FOREIGN[name]
    assert all(
        s.intact and s.signer and s.time and "issuer_not_trusted" in [r.code for r in s.reasons]
        for s in report.signatures
    )


@pytest.mark.parametrize(
    "name,inside",
    [
        ("asiceWithXades-t-level.asice", "test.txt"),
        ("bdoc_tm_valid_2_signatures.asice", "test.txt"),
        ("valid_asice_lta.asice", "testikas.txt"),
    ],
)
def test_a_changed_foreign_file_is_named(judge, shared_data, name, inside):
    data = (shared_data / "signed" / name).read_bytes()
    report = judge(repacked(data, {inside: lambda old: old[:-1] + bytes([old[-1] ^ 1])}), name)
    assert report.verdict is Verdict.INVALID
    assert {r.params.get("name") for s in report.signatures for r in s.reasons if r.code == "file_changed"} == {inside}


def test_a_changed_foreign_pdf_is_invalid(judge, shared_data):
    data = bytearray((shared_data / "signed" / "hellopades-pades-lt-sha256-sign.pdf").read_bytes())
    data[5000] ^= 1
    assert judge(bytes(data), "x.pdf").verdict is Verdict.INVALID


def _swap(tag: bytes, value: bytes):
    """Put another base64 value between the tags."""
    text = base64.b64encode(value)
    return lambda xml: re.sub(
        rb"(<(?:\w+:)?" + tag + rb"(?: [^>]*)?>).*?(</)", rb"\g<1>" + text + rb"\2", xml, count=1, flags=re.S
    )


# file (None: our own), what is done to it, and the reason that must be given
TAMPERED = [
    (None, {"Lēmums Nr. 12.txt": b"Dome nolemj: noraidit."}, "file_changed"),
    (None, {S0: lambda xml: xml.replace(b"2026-11-24T10:15:00Z", b"2020-01-01T00:00:00Z")}, "properties_changed"),
    (None, {S0: _swap(b"SignatureValue", bytes(64))}, "signature_wrong"),
    (None, {S0: lambda xml: xml.replace(b"text/plain", b"text/html!")}, "properties_changed"),
    (None, {S0: _swap(b"EncapsulatedTimeStamp", b"0\x03\x02\x01\x05")}, "timestamp_wrong"),
    (None, {S0: lambda xml: xml[:-40]}, "malformed"),
    ("asiceWithXades-t-level.asice", {"test.txt": b"cits"}, "file_changed"),
    ("bdoc_tm_valid_2_signatures.asice", {S0: _swap(b"SignatureValue", bytes(96))}, "signature_wrong"),
    ("valid_asice_lta.asice", {S0: _swap(b"EncapsulatedTimeStamp", b"0\x03\x02\x01\x05")}, "timestamp_wrong"),
    (
        "valid_asice_lta.asice",
        {S0: lambda xml: re.sub(rb"SigningTime>20", b"SigningTime>19", xml)},
        "properties_changed",
    ),
]


@pytest.mark.req("12.4")
def test_ten_tampered_containers_are_each_refused_with_the_right_reason(office, judge, request):
    """Each is judged as it came first, so that the reason is the tampering's alone."""
    for name, changes, code in TAMPERED:
        if name is None:
            data = office.container()
        else:
            folder = request.getfixturevalue("shared_data") / "signed"
            data = (folder / name).read_bytes()
        assert code not in codes(judge(data)), name
        first = asice.Container(data).signature_files[0]
        report = judge(repacked(data, {first if entry == S0 else entry: how for entry, how in changes.items()}))
        assert report.verdict is Verdict.INVALID and code in codes(report), (name, code, report.to_json())
