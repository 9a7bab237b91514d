"""A XAdES signature in two steps, with the signing service between them.

`prepare` says which digest the service has to sign; `complete` takes its answer and the time stamp. Between the steps
everything lies in `Prepared`, which is plain bytes, so the work can be interrupted at any moment and taken up again.
Form: XAdES-BASELINE-B, with a time stamp BASELINE-T, and with the issuer's answer BASELINE-LT (ETSI EN 319 132-1).
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from portal.signing import algorithms
from portal.signing.asice.xml import ASIC, DS, EXCLUSIVE, SIGNED_PROPERTIES_TYPE, XADES, canonical, ds, parse, xades
from portal.signing.report import Refused

_HASH = "sha256"


@dataclass(frozen=True)
class DataFile:
    """A file to be signed. sha256: its digest, 32 bytes."""

    name: str
    mime: str
    sha256: bytes


@dataclass(frozen=True)
class Prepared:
    """xml: the signature without its value. signed: the bytes to be signed; digest: their hash with hash_name."""

    xml: bytes
    signed: bytes
    digest: bytes
    hash_name: str


def prepare(
    files: Sequence[DataFile],
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    signing_time: datetime,
    role: str | None = None,
) -> Prepared:
    """Everything but the signature value. signing_time: aware; role: the signer's office, if it is to be stated."""
    if not files:
        raise ValueError("a signature covers at least one file")
    family, hash_name = algorithms.for_key(certificate.public_key())
    root = etree.Element(f"{{{ASIC}}}XAdESSignatures", nsmap={"asic": ASIC, "ds": DS, "xades": XADES})
    signature = etree.SubElement(root, ds("Signature"), Id="S0")
    signed_info = etree.SubElement(signature, ds("SignedInfo"))
    etree.SubElement(signed_info, ds("CanonicalizationMethod"), Algorithm=EXCLUSIVE)
    etree.SubElement(signed_info, ds("SignatureMethod"), Algorithm=algorithms.SIGNATURE_URI[family, hash_name])
    for number, file in enumerate(files):
        reference = etree.SubElement(signed_info, ds("Reference"), Id=f"S0-R{number}", URI=_file_uri(file.name))
        _digest(reference, file.sha256)
    etree.SubElement(signature, ds("SignatureValue"), Id="S0-V")
    _key_info(signature, [certificate, *chain])
    properties = _qualifying_properties(signature, files, certificate, signing_time, role)
    reference = etree.SubElement(signed_info, ds("Reference"), Type=SIGNED_PROPERTIES_TYPE, URI="#S0-P")
    transforms = etree.SubElement(reference, ds("Transforms"))
    method = etree.SubElement(transforms, ds("Transform"), Algorithm=EXCLUSIVE)
    _digest(reference, algorithms.digest(_HASH, canonical(properties, method)))
    xml = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    signed = _signed_bytes(parse(xml, "signature"))
    return Prepared(xml, signed, algorithms.digest(hash_name, signed), hash_name)


def value_bytes(prepared_xml: bytes, value: bytes) -> bytes:
    """The bytes that a time stamp of this signature must cover: the canonical SignatureValue element."""
    root = _with_value(prepared_xml, value)
    return canonical(root.find(f"{ds('Signature')}/{ds('SignatureValue')}"), _exclusive())


def complete(prepared_xml: bytes, value: bytes, token: bytes | None = None) -> bytes:
    """The whole signature file. value: raw for XML (ECDSA: r and s side by side). token: RFC 3161, DER.

    Raises Refused("signature_wrong") when the value does not belong to the certificate inside.
    """
    root = _with_value(prepared_xml, value)
    signature = root.find(ds("Signature"))
    method = signature.find(f"{ds('SignedInfo')}/{ds('SignatureMethod')}").get("Algorithm")
    certificate = x509.load_der_x509_certificate(base64.b64decode(signature.find(f".//{ds('X509Certificate')}").text))
    if not algorithms.check(certificate.public_key(), *algorithms.SIGNATURES[method], value, _signed_bytes(root)):
        raise Refused("signature_wrong")
    if token is not None:
        qualifying = signature.find(f"{ds('Object')}/{xades('QualifyingProperties')}")
        unsigned = etree.SubElement(qualifying, xades("UnsignedProperties"))
        unsigned = etree.SubElement(unsigned, xades("UnsignedSignatureProperties"))
        stamp = etree.SubElement(unsigned, xades("SignatureTimeStamp"), Id="S0-T0")
        stamp.append(_exclusive())
        etree.SubElement(stamp, xades("EncapsulatedTimeStamp")).text = base64.b64encode(token).decode()
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def certificates_of(prepared_xml: bytes) -> list[x509.Certificate]:
    """The signer's certificate and those between it and a root."""
    found = parse(prepared_xml, "signature").iter(ds("X509Certificate"))
    return [x509.load_der_x509_certificate(base64.b64decode(element.text)) for element in found]


def lasting(signature_xml: bytes, certificates: Sequence[x509.Certificate], answers: Sequence[bytes]) -> bytes:
    """A time-stamped signature with everything that is needed to check it when the issuer is gone (LAW-143).

    certificates: the path to the root; answers: OCSP responses, DER. What was signed and stamped keeps its bytes.
    """
    root = parse(signature_xml, "signature")
    unsigned = root.find(f".//{xades('UnsignedSignatureProperties')}")
    if unsigned is None:
        raise ValueError("only a time-stamped signature can be made lasting")
    values = etree.SubElement(unsigned, xades("CertificateValues"), Id="S0-CV")
    for certificate in certificates:
        der = certificate.public_bytes(Encoding.DER)
        etree.SubElement(values, xades("EncapsulatedX509Certificate")).text = base64.b64encode(der).decode()
    values = etree.SubElement(etree.SubElement(unsigned, xades("RevocationValues"), Id="S0-RV"), xades("OCSPValues"))
    for answer in answers:
        etree.SubElement(values, xades("EncapsulatedOCSPValue")).text = base64.b64encode(answer).decode()
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _with_value(prepared_xml: bytes, value: bytes) -> etree._Element:
    root = parse(prepared_xml, "signature")
    root.find(f"{ds('Signature')}/{ds('SignatureValue')}").text = base64.b64encode(value).decode()
    return root


def _exclusive() -> etree._Element:
    return etree.Element(ds("CanonicalizationMethod"), nsmap={"ds": DS}, Algorithm=EXCLUSIVE)


def _signed_bytes(root: etree._Element) -> bytes:
    signed_info = root.find(f"{ds('Signature')}/{ds('SignedInfo')}")
    return canonical(signed_info, signed_info.find(ds("CanonicalizationMethod")))


def _file_uri(name: str) -> str:
    return quote(name, safe="/-_.~")


def _digest(parent: etree._Element, value: bytes) -> None:
    etree.SubElement(parent, ds("DigestMethod"), Algorithm=algorithms.DIGEST_URI[_HASH])
    etree.SubElement(parent, ds("DigestValue")).text = base64.b64encode(value).decode()


def _key_info(signature: etree._Element, certificates: Sequence[x509.Certificate]) -> None:
    data = etree.SubElement(etree.SubElement(signature, ds("KeyInfo")), ds("X509Data"))
    for certificate in certificates:
        der = certificate.public_bytes(Encoding.DER)
        etree.SubElement(data, ds("X509Certificate")).text = base64.b64encode(der).decode()


def _qualifying_properties(signature, files, certificate, signing_time, role) -> etree._Element:
    holder = etree.SubElement(signature, ds("Object"))
    qualifying = etree.SubElement(holder, xades("QualifyingProperties"), Target="#S0")
    properties = etree.SubElement(qualifying, xades("SignedProperties"), Id="S0-P")
    about_signature = etree.SubElement(properties, xades("SignedSignatureProperties"))
    moment = signing_time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    etree.SubElement(about_signature, xades("SigningTime")).text = moment
    binding = etree.SubElement(about_signature, xades("SigningCertificateV2"))
    digest = etree.SubElement(etree.SubElement(binding, xades("Cert")), xades("CertDigest"))
    _digest(digest, algorithms.digest(_HASH, certificate.public_bytes(Encoding.DER)))
    if role:
        roles = etree.SubElement(about_signature, xades("SignerRoleV2"))
        claimed = etree.SubElement(roles, xades("ClaimedRoles"))
        etree.SubElement(claimed, xades("ClaimedRole")).text = role
    about_files = etree.SubElement(properties, xades("SignedDataObjectProperties"))
    for number, file in enumerate(files):
        about = etree.SubElement(about_files, xades("DataObjectFormat"), ObjectReference=f"#S0-R{number}")
        etree.SubElement(about, xades("MimeType")).text = file.mime
    return properties
