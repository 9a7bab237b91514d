"""The server's side of the DIV envelope: check what a sender or recipient signed, and make what DIV itself writes."""

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import xmlsec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from lxml import etree

from portal.sandbox.vus.soap import Fault

DIV = "http://ivis.eps.gov.lv/XMLSchemas/100001/DIV/v1-0"
APPLICATION = "http://ivis.eps.gov.lv/XMLSchemas/100001/DIV/Application/v1-0"
N = {"d": DIV, "ds": "http://www.w3.org/2000/09/xmldsig#", "x": "http://uri.etsi.org/01903/v1.3.2#"}
SIGNATURE_METHODS = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
}
DIGESTS = {"http://www.w3.org/2001/04/xmlenc#sha512": "sha512", "http://www.w3.org/2001/04/xmlenc#sha256": "sha256"}
KINDS = {"DOC_EMPTY", "DOC_APPLICATION", "EINVOICE"}
ADDRESS = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9._-]+")
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("envelope.xsd")))


@dataclass(frozen=True)
class Sent:
    """A checked envelope from a sender. files: (content id, name, mime, size, algorithm, digest)."""

    sender: str
    ref: str
    title: str
    kind: str
    recipients: tuple[str, ...]
    notify: bool
    files: tuple[tuple, ...]


def cut_out(data, element_name):
    """The DIV element's bytes out of a SOAP message, as a document of its own. Raises Fault PSS.003."""
    pattern = rb"<((?:[\w.-]+:)?)" + element_name.encode()
    pattern += rb'(?=[\s>])[^>]*?["\']' + re.escape(DIV.encode()) + rb'["\']'
    start = re.search(pattern, data)
    end = start and data.rfind(b"</" + start.group(1) + element_name.encode())
    if not start or end < 0:
        raise Fault("BL.PSS.003", "Aploksne neatbilst shēmai: tai jābūt patstāvīgam dokumentam")
    return data[start.start() : data.index(b">", end) + 1]


def check_sent(data, ca):
    """Check a sender's stand-alone envelope: schema, ids, signature. Returns Sent. Raises Fault."""
    root = _document(data, "BL.PSS.003")
    if root.find("d:ServerTransportMetadata", N) is not None or root.find("d:RecipientConfirmations", N) is not None:
        raise Fault("BL.PSS.014", "Sūtītājs nedrīkst pievienot servera vai saņēmēja sadaļas")
    document = root.find("d:SenderDocument", N)
    if document.get("Id") != "SenderSection":
        raise Fault("BL.PSS.016", "Sadaļas identifikatoram jābūt SenderSection")
    signatures = root.findall("d:Signatures/ds:Signature", N)
    if [s.get("Id") for s in signatures] != ["SenderSignature"]:
        raise Fault("BL.PSS.044", "Paraksta identifikatoram jābūt SenderSignature")
    _check_signature(root, signatures[0], {"#SenderSection"}, ca, "BL.PSS.001")
    transport = document.find("d:SenderTransportMetadata", N)
    general = document.find("d:DocumentMetadata/d:GeneralMetadata", N)
    return Sent(
        sender=transport.findtext("d:SenderE-Address", "", N),
        ref=transport.findtext("d:SenderRefNumber", "", N),
        title=general.findtext("d:Title", "", N),
        kind=general.findtext("d:DocumentKind/d:DocumentKindCode", "", N),
        recipients=tuple(transport.xpath(".//d:RecipientE-Address/text()", namespaces=N)),
        notify=transport.findtext("d:NotifySenderOnDelivery", "", N) in ("true", "1"),
        files=tuple(
            (
                f.findtext("d:Content/d:ContentReference", "", N),
                f.findtext("d:Name", "", N),
                f.findtext("d:MimeType", "", N),
                int(f.findtext("d:Size", "0", N)),
                f.find("d:Content/d:DigestMethod", N).get("Algorithm"),
                base64.b64decode(f.findtext("d:Content/d:DigestValue", "", N)),
            )
            for f in document.iter(f"{{{DIV}}}File")
        ),
    )


def check_files(sent, contents):
    """contents: {content id: bytes}. Raises Fault when the files are not those of the envelope."""
    names = [f[1] for f in sent.files]
    if len(set(names)) != len(names):
        raise Fault("BL.PSS.017", "Datņu nosaukumiem jābūt unikāliem", names)
    if sorted(f[0] for f in sent.files) != sorted(contents):
        raise Fault("BL.PSS.046", "Datņu saraksts atšķiras no aploksnē norādītā")
    for reference, name, _mime, size, algorithm, digest in sent.files:
        data = contents[reference]
        if not data:
            raise Fault("BL.PSS.019", "Datne ir tukša", [name])
        if algorithm not in DIGESTS:
            raise Fault("BL.PSS.022", "Jaucējvērtības algoritms netiek atbalstīts", [algorithm])
        if len(data) != size or hashlib.new(DIGESTS[algorithm], data).digest() != digest:
            raise Fault("BL.PSS.018", "Datnes saturs neatbilst aploksnei", [name])


def check_confirmation(part, delivered, confirmation_name, recipients, ca):
    """Check a recipient's confirmation of the delivered envelope (bytes). Returns (status, code, reason)."""
    confirmation = _document(part, "BL.PSS.026")
    entries = confirmation.findall("d:RecipientConfirmations/d:ConfirmationEntry", N)
    if len(entries) != 1 or entries[0].get("Id") != f"{confirmation_name}RecipientSection":
        raise Fault("BL.PSS.043", "Apstiprinājuma sadaļas identifikators nav pareizs")
    if set(entries[0].xpath(".//d:E-Address/text()", namespaces=N)) != set(recipients):
        raise Fault("BL.PSS.033", "Apstiprinājuma adreses neatbilst ziņojumam")
    # DIV joins the parts into the whole envelope, and there the signature must hold
    whole = etree.fromstring(delivered)
    signatures = whole.find("d:Signatures", N)
    signatures.addprevious(confirmation.find("d:RecipientConfirmations", N))
    for signature in confirmation.findall("d:Signatures/ds:Signature", N):
        signatures.append(signature)
    whole = etree.fromstring(etree.tostring(whole))
    own = whole.xpath("//ds:Signature[@Id=$name]", name=f"{confirmation_name}RecipientSignature", namespaces=N)
    if len(own) != 1:
        raise Fault("BL.PSS.044", "Apstiprinājuma paraksta identifikators nav pareizs")
    covered = {"#SenderSection", "#ServerSection", f"#{confirmation_name}RecipientSection"}
    _check_signature(whole, own[0], covered, ca, "BL.PSS.023")
    entry = whole.find("d:RecipientConfirmations/d:ConfirmationEntry", N)
    return tuple(entry.findtext(f"d:{name}", "", N) for name in ("Status", "StatusCode", "StatusReason"))


def _document(data, code):
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as error:
        raise Fault(code, f"Nav patstāvīgs XML dokuments: {error}") from error
    if not SCHEMA.validate(root):
        raise Fault(code, f"Neatbilst shēmai: {SCHEMA.error_log.last_error.message}")
    return root


def _check_signature(root, signature, must_cover, ca, code):
    method = signature.find("ds:SignedInfo/ds:SignatureMethod", N)
    if method is None or method.get("Algorithm") not in SIGNATURE_METHODS:
        raise Fault("BL.PSS.020", "Paraksta algoritms netiek atbalstīts")
    references = {r.get("URI"): r for r in signature.findall("ds:SignedInfo/ds:Reference", N)}
    for reference in references.values():
        if reference.find("ds:DigestMethod", N).get("Algorithm") not in DIGESTS:
            raise Fault("BL.PSS.022", "Jaucējvērtības algoritms netiek atbalstīts")
    properties = signature.find(".//x:SignedProperties", N)
    if properties is None or f"#{properties.get('Id')}" not in references or not must_cover <= set(references):
        raise Fault(code, "Paraksts neaptver visas vajadzīgās daļas")
    ids = root.xpath("//@Id")
    if len(ids) != len(set(ids)):
        raise Fault("BL.PSS.016", "Atkārtots identifikators")
    try:
        der = base64.b64decode(signature.findtext("ds:KeyInfo/ds:X509Data/ds:X509Certificate", "", N))
        x509.load_der_x509_certificate(der).verify_directly_issued_by(ca)
        claimed = base64.b64decode(properties.findtext(".//x:CertDigest/ds:DigestValue", "", N))
        if hashlib.sha1(der, usedforsecurity=False).digest() != claimed:
            raise ValueError("SigningCertificate")
        xmlsec.tree.add_ids(root, ["Id"])
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(der, xmlsec.KeyFormat.CERT_DER)
        context.verify(signature)
    except (InvalidSignature, xmlsec.Error, ValueError, TypeError) as error:
        raise Fault(code, "Paraksts nav derīgs") from error


# --- what DIV itself writes -------------------------------------------------------------------------------------------


def server_confirmation(message_id, received_at, pki):
    """The signed ServerConfirmationPart of an accepted message (bytes)."""
    document = (
        f'<ServerConfirmationPart xmlns="{DIV}">{_server_section(message_id, received_at)}'
        "<Signatures></Signatures></ServerConfirmationPart>"
    )
    return _signed(document, [("ServerSignature", "#ServerSection")], pki)


def delivered(message, pki):
    """The envelope of a message to the municipality, as DIV hands it over: sender's and server's sections, both signed.

    message: the sandbox's record of it (see post.deliver), with "files" and "received_at".
    """
    files = "".join(
        f"<File><MimeType>{escape(f['mime'])}</MimeType><Size>{f['size']}</Size><Name>{escape(f['name'])}</Name>"
        f"<Content><ContentReference>{n}</ContentReference>"
        f'<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha512"/>'
        f"<DigestValue>{f['sha512']}</DigestValue></Content>"
        f"<Compressed>{'true' if f.get('gzip') else 'false'}</Compressed>"
        f"<AppendixNumber>{n + 1}</AppendixNumber></File>"
        for n, f in enumerate(message["files"])
    )
    reply = (
        f"<TraceInfo><TraceInfoEntry><TraceInfoID>ReplyTo</TraceInfoID>"
        f"<TraceText>{escape(message['reply_to'][:50])}"
        "</TraceText></TraceInfoEntry></TraceInfo>"
        if message.get("reply_to")
        else ""
    )
    document = (
        f'<Envelope xmlns="{DIV}"><SenderDocument Id="SenderSection"><DocumentMetadata><GeneralMetadata>'
        f"<Authors>{_author(message)}</Authors><Date>{message['received_at'][:10]}</Date><DocumentKind>"
        f"<DocumentKindCode>{escape(message['kind'])}</DocumentKindCode><DocumentKindVersion>1.0</DocumentKindVersion>"
        f"</DocumentKind><Description>{escape(message['description'])}</Description>"
        f"<Title>{escape(message['title'])}</Title></GeneralMetadata>{_extended(message)}"
        + (f"<PayloadReference>{files}</PayloadReference>" if files else "")
        + f"</DocumentMetadata><SenderTransportMetadata><SenderE-Address>{escape(message['sender'])}</SenderE-Address>"
        f"<SenderRefNumber>{escape(message['ref'])}</SenderRefNumber><Recipients><RecipientEntry><RecipientE-Address>"
        f"{escape(message['recipient'])}</RecipientE-Address></RecipientEntry></Recipients>"
        f"<NotifySenderOnDelivery>true</NotifySenderOnDelivery><Priority>normal</Priority>{reply}"
        f"</SenderTransportMetadata></SenderDocument>{_server_section(message['message_id'], message['received_at'])}"
        "<Signatures></Signatures></Envelope>"
    )
    return _signed(document, [("SenderSignature", "#SenderSection"), ("ServerSignature", "#ServerSection")], pki)


def _author(message):
    personal = message.get("personal")
    if personal:
        return (
            f"<AuthorEntry><PrivatePerson><GivenName>{escape(personal['given_name'])}</GivenName>"
            f"<Surname>{escape(personal['surname'])}</Surname></PrivatePerson></AuthorEntry>"
        )
    return f"<AuthorEntry><Institution><Title>{escape(message['sender_name'])}</Title></Institution></AuthorEntry>"


def _extended(message):
    """What goes with DOC_APPLICATION; its kind is the service that is applied for."""
    if message["kind"] != "DOC_APPLICATION":
        return ""
    kind = (
        f"<ApplicationKind><DocumentKindCode>{escape(message['service_code'])}</DocumentKindCode>"
        "<DocumentKindVersion>1.0</DocumentKindVersion></ApplicationKind>"
        if message.get("service_code")
        else ""
    )
    signed = "true" if any(f["name"].lower().endswith((".edoc", ".asice")) for f in message["files"]) else "false"
    return (
        f'<DocumentExtendedMetadata DocumentKind="IESNIEGUMS"><Application xmlns="{APPLICATION}">{kind}'
        f"<AnswerOptional>false</AnswerOptional><HasElectronicSignature>{signed}</HasElectronicSignature>"
        "</Application></DocumentExtendedMetadata>"
    )


def _server_section(message_id, received_at):
    return (
        f'<ServerTransportMetadata Id="ServerSection"><MessageId>{message_id}</MessageId>'
        f"<ServerReceivedTime>{received_at}</ServerReceivedTime></ServerTransportMetadata>"
    )


def _signed(document, signatures, pki):
    root = etree.fromstring(document)
    holder = root.find("d:Signatures", N)
    key = xmlsec.Key.from_file(str(pki.vus_key), xmlsec.KeyFormat.PEM)
    key.load_cert_from_file(str(pki.vus_cert), xmlsec.KeyFormat.PEM)
    for name, uri in signatures:
        node = xmlsec.template.create(holder, xmlsec.Transform.C14N, xmlsec.Transform.RSA_SHA512, name=name, ns="ds")
        reference = xmlsec.template.add_reference(node, xmlsec.Transform.SHA512, uri=uri)
        xmlsec.template.add_transform(reference, xmlsec.Transform.C14N)
        xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(node))
        holder.append(node)
        xmlsec.tree.add_ids(root, ["Id"])
        context = xmlsec.SignatureContext()
        context.key = key
        context.sign(node)
    return etree.tostring(root)
