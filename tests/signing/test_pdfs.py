"""Signatures inside PDF files: made with pyhanko and our own root, then judged."""

import io

import pytest

from portal.signing.report import Verdict
from portal.signing.verify import verify
from tests.signing.papers import NOW, Office, codes


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return Office.open(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def plain():
    from reportlab.pdfgen.canvas import Canvas

    target = io.BytesIO()
    canvas = Canvas(target)
    canvas.drawString(72, 720, "Dome nolemj")
    canvas.save()
    return target.getvalue()


def _signed(office, plain, stamped=True):
    from asn1crypto import keys
    from asn1crypto import x509 as asn1_x509
    from cryptography.hazmat.primitives import serialization
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers, timestamps
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    certificate, key = office.person()
    store = SimpleCertificateStore()
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(
            key.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        ),
        cert_registry=store,
    )
    stamper = None
    if stamped:

        class Ours(timestamps.TimeStamper):
            async def async_request_tsa_response(self, req):
                from asn1crypto import tsp

                answer = office.stamps.test_client().post(
                    "/tsa", data=req.dump(), content_type="application/timestamp-query"
                )
                return tsp.TimeStampResp.load(answer.data)

        stamper = Ours()
    meta = signers.PdfSignatureMetadata(
        field_name="Paraksts", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(plain))
    return signers.sign_pdf(writer, meta, signer=signer, timestamper=stamper).getvalue()


@pytest.mark.req("3.1")
def test_signed_and_stamped_pdf_is_valid(office, plain):
    report = verify(_signed(office, plain), "lemums.pdf", office.roots, NOW)
    assert report.verdict is Verdict.VALID, report.to_json()
    assert report.signatures[0].signer == "ANNA PARAUGS" and report.signatures[0].level == "T"
    assert report.files[0].covered


def test_unstamped_pdf_cannot_be_determined(office, plain):
    report = verify(_signed(office, plain, stamped=False), "lemums.pdf", office.roots, NOW)
    assert (report.verdict, codes(report)) == (Verdict.INDETERMINATE, {"timestamp_missing"})


def test_changed_pdf_is_invalid(office, plain):
    data = _signed(office, plain)
    assert data.count(b"/Producer") >= 1
    changed = data.replace(b"/Producer", b"/Producxr", 1)
    report = verify(changed, "lemums.pdf", office.roots, NOW)
    assert report.verdict is Verdict.INVALID and "pdf_changed" in codes(report)


def test_a_page_added_after_signing_is_noticed(office, plain):
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    target = io.BytesIO(_signed(office, plain))
    writer = IncrementalPdfFileWriter(target)
    page = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Page"),
            generic.pdf_name("/MediaBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 200, 200))),
        }
    )
    pages = writer.root["/Pages"]
    pages["/Kids"].append(writer.add_object(page))
    pages["/Count"] = generic.NumberObject(2)
    writer.update_container(pages["/Kids"])
    writer.update_container(pages)
    writer.write_in_place()
    report = verify(target.getvalue(), "lemums.pdf", office.roots, NOW)
    assert report.verdict is Verdict.INVALID and "pdf_changed_later" in codes(report)


def test_unsigned_pdf_says_so(office, plain):
    report = verify(plain, "x.pdf", office.roots, NOW)
    assert (report.verdict, codes(report)) == (Verdict.INDETERMINATE, {"not_signed"})
