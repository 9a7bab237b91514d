"""The DIV envelope: building it, its XAdES-BES signature, the recipient's confirmation, and reading what arrives.

Everything here is stand-alone bytes with one default namespace. DIV checks the envelope outside the SOAP message that
carried it, so it must not lean on a prefix declared around it, and once signed it is never serialised again.
"""

import base64
import copy
import hashlib
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from xml.sax.saxutils import escape

import xmlsec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

DIV = "http://ivis.eps.gov.lv/XMLSchemas/100001/DIV/v1-0"
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
SHA1 = DS + "sha1"
PROPERTIES_TYPE = "http://uri.etsi.org/01903#SignedProperties"

_DIGESTS = {SHA512: "sha512", "http://www.w3.org/2001/04/xmlenc#sha256": "sha256", SHA1: "sha1"}
# what XML 1.0 cannot hold at all; people paste such characters out of other programs
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class WrongEnvelope(ValueError):
    """What arrived is not an envelope we can read, or its signature or a digest does not hold; says which."""


@dataclass(frozen=True)
class Signer:
    """The institution's certificate and key."""

    certificate: x509.Certificate
    key: object

    @classmethod
    def load(cls, certificate_path, key_path):
        """From two PEM files."""
        return cls(
            x509.load_pem_x509_certificate(certificate_path.read_bytes()),
            serialization.load_pem_private_key(key_path.read_bytes(), None),
        )

    @property
    def der(self):
        """The certificate as DER bytes."""
        return self.certificate.public_bytes(serialization.Encoding.DER)


# --- building ---------------------------------------------------------------------------------------------------------


def build(outgoing, *, institution, sender, today: date, signing_time: datetime, signer):
    """The signed envelope of one outgoing message; returns its bytes.

    outgoing: ports.Outgoing. sender: our own e-address. The order of elements is what DIV accepts.
    """
    files = "".join(
        f"<File><MimeType>{_text(file.mime)}</MimeType><Size>{file.size_bytes}</Size><Name>{_text(file.name)}</Name>"
        f'<Content><ContentReference>{n}</ContentReference><DigestMethod Algorithm="{SHA512}"/>'
        f"<DigestValue>{base64.b64encode(file.sha512).decode()}</DigestValue></Content>"
        f"<Compressed>false</Compressed><AppendixNumber>{n + 1}</AppendixNumber></File>"
        for n, file in enumerate(outgoing.files)
    )
    payload = f"<PayloadReference>{files}</PayloadReference>" if files else ""
    description = f"<Description>{_text(outgoing.description)}</Description>" if outgoing.description else ""
    recipients = "".join(
        f"<RecipientEntry><RecipientE-Address>{_text(address)}</RecipientE-Address></RecipientEntry>"
        for address in outgoing.recipients
    )
    trace = (
        "<TraceInfo><TraceInfoEntry><TraceInfoID>ReplyTo</TraceInfoID>"
        f"<TraceText>{_text(outgoing.reply_to[:50])}</TraceText></TraceInfoEntry></TraceInfo>"
        if outgoing.reply_to
        else ""
    )
    unsigned = (
        f'<Envelope xmlns="{DIV}"><SenderDocument Id="SenderSection"><DocumentMetadata><GeneralMetadata>'
        f"<Authors><AuthorEntry><Institution><Title>{_text(institution)}</Title></Institution></AuthorEntry></Authors>"
        f"<Date>{today.isoformat()}</Date>"
        "<DocumentKind><DocumentKindCode>DOC_EMPTY</DocumentKindCode><DocumentKindVersion>1.0</DocumentKindVersion>"
        f"</DocumentKind>{description}<Title>{_text(outgoing.title)}</Title></GeneralMetadata>{payload}"
        f"</DocumentMetadata><SenderTransportMetadata><SenderE-Address>{_text(sender)}</SenderE-Address>"
        f"<SenderRefNumber>{_text(outgoing.ref_number)}</SenderRefNumber><Recipients>{recipients}</Recipients>"
        f"<NotifySenderOnDelivery>true</NotifySenderOnDelivery><Priority>normal</Priority>{trace}"
        "</SenderTransportMetadata></SenderDocument><Signatures></Signatures></Envelope>"
    ).encode()
    return _sign(unsigned, "SenderSignature", [("SenderSection", unsigned)], signer, signing_time)


def build_confirmation(envelope, confirmation_name, recipients, *, accepted, code, reason, signer, signing_time):
    """The signed RecipientConfirmationPart that answers a received envelope (bytes); returns its bytes.

    The signature covers the sender's and the server's section of the envelope and the confirmation entry itself.
    """
    entry_id = f"{confirmation_name}RecipientSection"
    addresses = "".join(f"<E-Address>{_text(address)}</E-Address>" for address in recipients)
    code = f"<StatusCode>{_text(code)}</StatusCode>" if code else ""
    reason = f"<StatusReason>{_text(reason)}</StatusReason>" if reason else ""
    unsigned = (
        f'<RecipientConfirmationPart xmlns="{DIV}"><RecipientConfirmations><ConfirmationEntry Id="{_text(entry_id)}">'
        f"<RelatedRecipients>{addresses}</RelatedRecipients>"
        f"<Status>{'RecipientAccepted' if accepted else 'RecipientRejected'}</Status>{code}{reason}"
        "</ConfirmationEntry></RecipientConfirmations><Signatures></Signatures></RecipientConfirmationPart>"
    ).encode()
    covered = [("SenderSection", envelope), ("ServerSection", envelope), (entry_id, unsigned)]
    return _sign(
        unsigned,
        f"{confirmation_name}RecipientSignature",
        covered,
        signer,
        signing_time,
        suffix=f"-{confirmation_name}",
    )


def _sign(document, signature_id, covered, signer, signing_time, suffix=""):
    """Put a XAdES-BES signature into the document's empty Signatures; `covered` pairs an Id with its document."""
    properties_id = f"ds-SignedProperties{suffix}"
    certificate = signer.certificate
    issuer = _text(certificate.issuer.rfc4514_string())
    numbers = signer.key.public_key().public_numbers()
    properties = (
        f'<xades:SignedProperties Id="{properties_id}"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{signing_time.strftime('%Y-%m-%dT%H:%M:%SZ')}</xades:SigningTime>"
        f'<xades:SigningCertificate><xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="{SHA1}"/>'
        f"<ds:DigestValue>{_b64(certificate.fingerprint(hashes.SHA1()))}</ds:DigestValue></xades:CertDigest>"  # noqa: S303
        f"<xades:IssuerSerial><ds:X509IssuerName>{issuer}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{certificate.serial_number}</ds:X509SerialNumber></xades:IssuerSerial></xades:Cert>"
        "</xades:SigningCertificate></xades:SignedSignatureProperties></xades:SignedProperties>"
    )
    references = [(f"#{name}", "", INCLUSIVE, _digest_of(source, name)) for name, source in covered]
    outline = (
        f'<ds:Signature xmlns:ds="{DS}" Id="{_text(signature_id)}">{{signed_info}}'
        "<ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue>"
        f"<ds:Modulus>{_b64_number(numbers.n)}</ds:Modulus><ds:Exponent>{_b64_number(numbers.e)}</ds:Exponent>"
        "</ds:RSAKeyValue></ds:KeyValue><ds:X509Data>"
        f"<ds:X509IssuerSerial><ds:X509IssuerName>{issuer}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{certificate.serial_number}</ds:X509SerialNumber></ds:X509IssuerSerial>"
        f"<ds:X509SubjectName>{_text(certificate.subject.rfc4514_string())}</ds:X509SubjectName>"
        f"<ds:X509Certificate>{_b64(signer.der)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        f'<ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}" Id="ds-QualifyingProperties{suffix}" '
        f'Target="#{_text(signature_id)}">{properties}</xades:QualifyingProperties></ds:Object></ds:Signature>'
    )

    def whole(signed_info, value):
        signature = outline.replace("{signed_info}", signed_info).replace("{value}", value).encode()
        head, tail = document.rsplit(b"</Signatures>", 1)
        return head + signature + b"</Signatures>" + tail

    draft = whole("", "")  # the properties' digest depends on the namespaces that are in scope where they stand
    references.append(
        (f"#{properties_id}", f' Type="{PROPERTIES_TYPE}"', EXCLUSIVE, _digest_of(draft, properties_id, exclusive=True))
    )
    signed_info = (
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{INCLUSIVE}"/>'
        f'<ds:SignatureMethod Algorithm="{RSA_SHA512}"/>'
        + "".join(
            f'<ds:Reference{kind} URI="{uri}"><ds:Transforms><ds:Transform Algorithm="{c14n}"/></ds:Transforms>'
            f'<ds:DigestMethod Algorithm="{SHA512}"/><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>'
            for uri, kind, c14n, digest in references
        )
        + "</ds:SignedInfo>"
    )
    draft = parse(whole(signed_info, ""))
    canonical = _canonical(draft.find(f".//{{{DS}}}SignedInfo"))
    value = _b64(signer.key.sign(canonical, padding.PKCS1v15(), hashes.SHA512()))
    return whole(signed_info, value)


def _digest_of(document, name, exclusive=False):
    element = parse(document).xpath("//*[@Id=$name]", name=name)[0]
    return _b64(hashlib.sha512(_canonical(element, exclusive)).digest())


def _canonical(element, exclusive=False):
    """Canonical bytes of one element with the namespaces that are in scope where it stands.
    The element becomes the root of a document of its own: canonicalising it in place lets libxml2 write xmlns="" into
    its children (seen with inclusive c14n of a subtree under a default namespace).
    """
    alone = etree.Element(element.tag, dict(element.attrib), nsmap=element.nsmap)
    alone.text = element.text
    alone.extend(copy.deepcopy(child) for child in element)
    return etree.tostring(alone, method="c14n", exclusive=exclusive)


def _text(value):
    return escape(_UNWRITABLE.sub("", value), {'"': "&quot;"})


def _b64(data):
    return base64.b64encode(data).decode()


def _b64_number(number):
    return _b64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileEntry:
    """What an envelope says about one file. `digest` is over the bytes that are sent."""

    reference: str
    name: str
    mime: str
    size_bytes: int
    digest_algorithm: str
    digest: bytes
    compressed: bool

    def matches(self, data: bytes) -> bool:
        """Are these the bytes that the sender signed for?"""
        if self.digest_algorithm not in _DIGESTS:
            raise WrongEnvelope(f"digest algorithm {self.digest_algorithm}")
        return hashlib.new(_DIGESTS[self.digest_algorithm], data).digest() == self.digest


@dataclass(frozen=True)
class Read:
    """A received envelope in our words."""

    sender: str
    sender_name: str
    title: str
    description: str
    kind_code: str
    kind_version: str
    document_date: str
    ref_number: str
    recipients: tuple[str, ...]
    reply_to: str
    service_code: str
    server_received_at: datetime | None
    files: tuple[FileEntry, ...] = field(default=())


def parse(data):
    """The root element of stand-alone XML bytes. Raises WrongEnvelope."""
    try:
        return etree.fromstring(
            data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
        )
    except (etree.XMLSyntaxError, ValueError) as error:
        raise WrongEnvelope(str(error)) from error


def read(data):
    """Read an envelope's bytes into a Read. Elements are found by local name, since senders choose their prefixes."""
    root = parse(data)
    sender = _first(root, "SenderDocument")
    if sender is None:
        raise WrongEnvelope("no SenderDocument")
    general = _first(sender, "GeneralMetadata")
    reply_to = _said(sender, "RefRegistrationNumber")
    for entry in _all(sender, "TraceInfoEntry"):
        if _said(entry, "TraceInfoID") == "ReplyTo":
            reply_to = _said(entry, "TraceText")
    kind = next((e for e in (general if general is not None else ()) if _local(e) == "DocumentKind"), None)
    application = _first(sender, "ApplicationKind")
    received = _said(_first(root, "ServerTransportMetadata"), "ServerReceivedTime")
    return Read(
        sender=_said(sender, "SenderE-Address"),
        sender_name=_author(sender),
        title=_child_text(general, "Title"),
        description=_child_text(general, "Description"),
        kind_code=_said(kind, "DocumentKindCode"),
        kind_version=_said(kind, "DocumentKindVersion"),
        document_date=_child_text(general, "Date"),
        ref_number=_said(sender, "SenderRefNumber"),
        recipients=tuple(e.text or "" for e in _all(sender, "RecipientE-Address")),
        reply_to=reply_to,
        service_code=_said(application, "DocumentKindCode"),
        server_received_at=instant(received) if received else None,
        files=tuple(_file(e) for e in _all(sender, "File")),
    )


def _file(element):
    method = _first(element, "DigestMethod")
    try:
        return FileEntry(
            reference=_said(element, "ContentReference"),
            name=_said(element, "Name"),
            mime=_said(element, "MimeType"),
            size_bytes=int(_said(element, "Size") or 0),
            digest_algorithm=method.get("Algorithm", ""),
            digest=base64.b64decode(_said(element, "DigestValue")),
            compressed=_said(element, "Compressed") == "true",
        )
    except (AttributeError, ValueError) as error:
        raise WrongEnvelope(f"file entry: {error}") from error


def _author(sender):
    author = _first(sender, "AuthorEntry")
    if author is None:
        return ""
    names = [_said(author, name) for name in ("GivenName", "FirstName", "Surname", "LastName")]
    return " ".join(n for n in names if n) or _said(author, "Title")


def instant(text):
    """An aware time from XML dateTime text. Raises WrongEnvelope."""
    try:
        # .NET writes seven decimals, Python reads six
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.strip()))
    except ValueError as error:
        raise WrongEnvelope(f"time {text!r}") from error
    if moment.tzinfo is None:
        raise WrongEnvelope(f"time without zone {text!r}")
    return moment


def verify_server(data, trust: x509.Certificate):
    """Check the DIV server's signature over ServerSection in stand-alone bytes. Raises WrongEnvelope saying why."""
    root = parse(data)
    ids = root.xpath("//@Id")
    if len(ids) != len(set(ids)):  # a second element of the same Id could be read in place of the signed one
        raise WrongEnvelope("two elements with one Id")
    xmlsec.tree.add_ids(root, ["Id"])
    for signature in root.iter(f"{{{DS}}}Signature"):
        covered = {r.get("URI") for r in signature.iter(f"{{{DS}}}Reference")}
        if "#ServerSection" in covered and signature.get("Id") == "ServerSignature":
            return _verify(signature, trust)
    raise WrongEnvelope("the server's signature is missing")


def _verify(signature, trust):
    text = signature.findtext(f".//{{{DS}}}X509Certificate") or ""
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(text))
        certificate.verify_directly_issued_by(trust)
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(
            certificate.public_bytes(serialization.Encoding.DER), xmlsec.KeyFormat.CERT_DER
        )
        context.verify(signature)
    except InvalidSignature as error:
        raise WrongEnvelope("the server's certificate comes from somebody else") from error
    except (xmlsec.Error, ValueError, TypeError) as error:
        raise WrongEnvelope(f"the server's signature does not hold: {error}") from error


def _local(element):
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _all(element, name):
    return [] if element is None else [e for e in element.iter() if _local(e) == name]


def _first(element, name):
    return None if element is None else next((e for e in element.iter() if _local(e) == name), None)


def _said(element, name):
    found = _first(element, name)
    return (found.text or "").strip() if found is not None else ""


def _child_text(element, name):
    found = None if element is None else next((e for e in element if _local(e) == name), None)
    return (found.text or "").strip() if found is not None else ""
