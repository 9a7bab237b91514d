"""A PAdES signature in two steps, with the signing service between them, as `asice.build` does it for containers.

`prepare` makes the PDF with room for the signature, and says what is to be signed; `complete` fills the room; `lasting`
adds what later checks need. Each only adds to the end of the file: what was there keeps its bytes. pyhanko is heavy and
is imported inside, for jobs only.
"""

import base64
import hashlib
import io
import json
import tempfile
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portal.signing import algorithms
from portal.signing.report import Refused

_ROOM = 48 << 10  # hex digits: certificates, time stamp and some air
MARK_SIZE_PT = (186, 52)
_MARGIN_PT, _GAP_PT, _MARKS_IN_ROW = 28, 6, 3


@dataclass(frozen=True)
class Prepared:
    """pdf: the file with room for the signature. state: plain bytes with which `complete` goes on; digest: what the
    service signs, made with hash_name."""

    pdf: bytes
    state: bytes
    digest: bytes
    hash_name: str


def prepare(
    data: bytes, certificate: x509.Certificate, chain: Sequence[x509.Certificate], name: str, mark: bytes | None = None
) -> Prepared:
    """Everything but the value. mark: a one-page PDF of MARK_SIZE_PT that is laid on the last page.

    Raises Refused("pdf_encrypted"), Refused("not_a_pdf").
    """
    import asyncio

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    _family, hash_name = algorithms.for_key(certificate.public_key())
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
        if writer.prev.encrypted:
            raise Refused("pdf_encrypted")
        number = len(writer.prev.embedded_signatures)
    except Refused:
        raise
    except Exception as error:
        raise Refused("not_a_pdf") from error
    field_name = f"Paraksts{number + 1}"
    meta = signers.PdfSignatureMetadata(
        field_name=field_name, md_algorithm=hash_name, subfilter=fields.SigSeedSubFilter.PADES, name=name
    )
    signer = _signer(certificate, chain)
    place = fields.SigFieldSpec(field_name, on_page=-1, box=_box(writer, number) if mark else None)
    with _style(mark) as style:
        pdf_signer = signers.PdfSigner(meta, signer=signer, stamp_style=style, new_field_spec=place)
        asked = pdf_signer.async_digest_doc_for_signing(writer, bytes_reserved=_ROOM)
        room, _document, output = asyncio.run(asked)
        output.seek(0)
        pdf = output.read()
    attributes = asyncio.run(signer.signed_attrs(room.document_digest, hash_name, use_pades=True))
    signed = attributes.dump()
    state = {
        "base": hashlib.sha256(data).hexdigest(),
        "attributes": base64.b64encode(signed).decode(),
        "certificates": [base64.b64encode(item.public_bytes(Encoding.DER)).decode() for item in (certificate, *chain)],
        "room": [room.reserved_region_start, room.reserved_region_end],
        "document_digest": room.document_digest.hex(),
        "hash": hash_name,
    }
    return Prepared(pdf, json.dumps(state).encode(), algorithms.digest(hash_name, signed), hash_name)


def base_of(state: bytes) -> str | None:
    """SHA-256 of the PDF over which the signature was prepared."""
    return json.loads(state).get("base")


def certificates_of(state: bytes) -> list[x509.Certificate]:
    """The signer's certificate and those between it and a root."""
    return _certificates(json.loads(state))


def check_value(state: bytes, value: bytes) -> None:
    """Raises Refused("signature_wrong") when the value (raw) does not belong to the certificate and what was signed."""
    known = json.loads(state)
    certificate = _certificates(known)[0]
    family, hash_name = algorithms.for_key(certificate.public_key())
    signed = base64.b64decode(known["attributes"])
    if not algorithms.check(certificate.public_key(), family, hash_name, value, signed):
        raise Refused("signature_wrong")


def complete(pdf: bytes, state: bytes, value: bytes, token: bytes | None = None) -> bytes:
    """The signed PDF. value: raw, as check_value takes it; token: RFC 3161 over `stamped_bytes`, DER."""
    import asyncio

    from asn1crypto import cms
    from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest

    known = json.loads(state)
    certificate, *chain = _certificates(known)
    signer = _signer(certificate, chain, stamped_bytes(state, value))
    attributes = cms.CMSAttributes.load(base64.b64decode(known["attributes"]))
    content = asyncio.run(signer.async_sign_prescribed_attributes(known["hash"], attributes))
    if token is not None:
        stamp = cms.CMSAttribute({"type": "signature_time_stamp_token", "values": [cms.ContentInfo.load(token)]})
        content["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes([stamp])
    target = io.BytesIO(pdf)
    room = PreparedByteRangeDigest(bytes.fromhex(known["document_digest"]), *known["room"])
    room.fill_with_cms(target, content.dump())
    return target.getvalue()


def stamped_bytes(state: bytes, value: bytes) -> bytes:
    """The signature value as it stands in the PDF, which is what a time stamp must cover."""
    return algorithms.der_signature(_certificates(json.loads(state))[0].public_key(), value)


def lasting(pdf: bytes, certificates: Sequence[x509.Certificate], answers: Sequence[bytes]) -> bytes:
    """The PDF with a security store: path to the root and the issuer's answers (PAdES-LT, LAW-143)."""
    from asn1crypto import ocsp
    from asn1crypto import x509 as asn1_x509
    from pyhanko.sign.validation.dss import DocumentSecurityStore

    target = io.BytesIO(pdf)
    DocumentSecurityStore.add_dss(
        target,
        None,
        certs=[asn1_x509.Certificate.load(item.public_bytes(Encoding.DER)) for item in certificates],
        ocsps=[ocsp.OCSPResponse.load(item) for item in answers],
        strict=False,
    )
    return target.getvalue()


def _signer(certificate, chain, value: bytes | None = None):
    from asn1crypto import x509 as asn1_x509
    from pyhanko.sign.signers import ExternalSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    first, *rest = [asn1_x509.Certificate.load(item.public_bytes(Encoding.DER)) for item in (certificate, *chain)]
    return ExternalSigner(first, SimpleCertificateStore.from_certs(rest), signature_value=value or 512)


def _certificates(known: dict) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(base64.b64decode(item)) for item in known["certificates"]]


@contextmanager
def _style(mark: bytes | None):
    from pyhanko.stamp import StaticStampStyle

    if mark is None:
        yield None
        return
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:  # pyhanko reads it by name, and late
        file.write(mark)
        file.flush()
        yield StaticStampStyle.from_pdf_file(file.name, border_width=0)


def _box(writer, number: int) -> tuple[int, int, int, int]:
    """Where the mark of the number-th signature lies: along the foot of the last page, in rows of three."""
    row, column = divmod(number, _MARKS_IN_ROW)
    width, height = MARK_SIZE_PT
    left, bottom = _MARGIN_PT + column * (width - 4), _MARGIN_PT + row * (height + _GAP_PT)
    return left, bottom, left + width - 10, bottom + height
