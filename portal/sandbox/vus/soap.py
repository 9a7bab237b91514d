"""The server's side of SOAP 1.2: unpack a request, check its WS-Security header, write answers and faults.

Signatures are checked by the xmlsec library, since the portal makes its own another way: a mistake in one does not
hide a mistake in the other.
"""

import base64
import email
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

import xmlsec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from lxml import etree

NS = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://www.w3.org/2005/08/addressing",
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "uui": "http://vraa.gov.lv/xmlschemas/div/uui/2011/11",
}
XOP = "http://www.w3.org/2004/08/xop/include"
ACTION = "http://vraa.gov.lv/div/uui/2011/11/UnifiedServiceInterface/"
LOGICAL_ADDRESS = "urn:vraa:gov:lv:div:uui:service"
SKEW = timedelta(seconds=60)
LONGEST_LIFE = timedelta(seconds=300)
SIGNATURE_METHODS = {NS["ds"] + "rsa-sha1", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"}
MUST_SIGN = {"Timestamp", "To"}


class Fault(Exception):
    """A SOAP fault. code: with the prefix that the specification prints."""

    def __init__(self, code, text, params=(), receiver=False):
        super().__init__(f"{code} {text}")
        self.code, self.text, self.params, self.receiver = code, text, params, receiver


@dataclass(frozen=True)
class Request:
    """A checked request. `data`: the bytes of the SOAP part; `input`: the {Operation}Input element."""

    operation: str
    input: etree._Element
    data: bytes
    certificate: x509.Certificate
    message_id: str


def read(content_type, body, *, endpoint, ca):
    """Unpack and check a request. Raises Fault."""
    data, parts = _unpacked(content_type, body)
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as error:
        raise Fault("s:Sender", "Pieprasījums nav XML") from error
    if root.tag != f"{{{NS['s']}}}Envelope" or root.getroottree().docinfo.doctype:
        raise Fault("s:Sender", "Pieprasījums nav SOAP 1.2 ziņojums")
    certificate = _check_security(root, endpoint, ca)
    operation_input = root.find("s:Body", NS)[0] if len(root.find("s:Body", NS)) else None
    name = etree.QName(operation_input) if operation_input is not None else None
    action = root.findtext("s:Header/a:Action", "", NS)
    if name is None or name.namespace != NS["uui"] or action != ACTION + name.localname.removesuffix("Input"):
        raise Fault("a:ActionNotSupported", "Darbība neatbilst ziņojuma saturam")
    # included parts are put in place only after the signature was checked over what was sent
    for include in list(root.iter(f"{{{XOP}}}Include")):
        holder, cid = include.getparent(), include.get("href", "").removeprefix("cid:")
        if cid not in parts:
            raise Fault("s:Sender", f"Nav daļas {cid}")
        holder.remove(include)
        holder.text = base64.b64encode(parts[cid]).decode()
    return Request(
        name.localname.removesuffix("Input"),
        operation_input,
        data,
        certificate,
        root.findtext("s:Header/a:MessageID", "", NS),
    )


def _unpacked(content_type, body):
    if not content_type.lower().startswith("multipart/related"):
        return body, {}
    message = email.message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts = {(p.get("Content-ID") or "").strip("<> "): p.get_payload(decode=True) for p in message.get_payload()}
    start = (message.get_param("start") or next(iter(parts))).strip("<> ")
    if start not in parts:
        raise Fault("s:Sender", "Nav saknes daļas")
    return parts[start], parts


def _check_security(root, endpoint, ca):
    """The sender's certificate, once timestamp, token and signature hold."""
    security = root.findall("s:Header/wsse:Security", NS)
    if len(security) != 1:
        raise Fault("wsse:InvalidSecurity", "Nav drošības galvenes")
    security = security[0]
    _check_timestamp(security)
    token = security.findtext("wsse:BinarySecurityToken", "", NS)
    try:
        der = base64.b64decode(token, validate=True)
        certificate = x509.load_der_x509_certificate(der)
        certificate.verify_directly_issued_by(ca)
    except InvalidSignature as error:
        raise Fault("BL.AKL.PSL.013", "Sertifikāts nav reģistrēts pieslēgumam") from error
    except (ValueError, TypeError) as error:
        raise Fault("wsse:InvalidSecurityToken", "Sertifikātu nevar nolasīt") from error
    now = datetime.now(UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Fault("BL.AKL.PSL.004", "Sertifikāta derīguma termiņš ir beidzies")
    _check_signature(root, security, der)
    if root.findtext("s:Header/a:To", "", NS) not in (endpoint, LOGICAL_ADDRESS):
        raise Fault("a:DestinationUnreachable", "Ziņojums adresēts citam")
    return certificate


def _check_timestamp(security):
    try:
        created, expires = (
            datetime.fromisoformat(security.findtext(f"wsu:Timestamp/wsu:{name}", "", NS))
            for name in ("Created", "Expires")
        )
        now = datetime.now(UTC)
        fresh = created - SKEW <= now <= expires + SKEW and expires - created <= LONGEST_LIFE
    except (ValueError, TypeError) as error:
        raise Fault("wsse:InvalidSecurity", "Nav laika zīmoga") from error
    if not fresh:
        raise Fault("wsu:MessageExpired", "Ziņojuma derīguma laiks ir beidzies")


def _check_signature(root, security, der):
    signature = security.find("ds:Signature", NS)
    if signature is None:
        raise Fault("wsse:FailedCheck", "Ziņojums nav parakstīts")
    method = signature.find("ds:SignedInfo/ds:SignatureMethod", NS)
    if method is None or method.get("Algorithm") not in SIGNATURE_METHODS:
        raise Fault("wsse:UnsupportedAlgorithm", "Paraksta algoritms netiek atbalstīts")
    ids = root.xpath("//@wsu:Id", namespaces=NS)
    if len(ids) != len(set(ids)):
        raise Fault("wsse:InvalidSecurity", "Atkārtots identifikators")
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(der, xmlsec.KeyFormat.CERT_DER)
    try:
        context.verify(signature)
    except xmlsec.Error as error:
        raise Fault("wsse:FailedCheck", "Paraksts neatbilst") from error
    # what is signed must be the very elements that count, not look-alikes elsewhere in the message
    signed = {uri.removeprefix("#") for uri in signature.xpath("ds:SignedInfo/ds:Reference/@URI", namespaces=NS)}
    places = {"Timestamp": security.find("wsu:Timestamp", NS), "To": root.find("s:Header/a:To", NS)}
    for name in MUST_SIGN:
        if places[name] is None or places[name].get(f"{{{NS['wsu']}}}Id") not in signed:
            raise Fault("wsse:FailedCheck", f"Nav parakstīta daļa {name}")


# --- answers ----------------------------------------------------------------------------------------------------------


class Answer:
    """Collects an answer's XML; binary contents stand inline or as MTOM parts."""

    def __init__(self, operation, relates_to, mtom):
        self.operation, self.relates_to, self.mtom = operation, relates_to, mtom
        self.parts = []

    def contents(self, data):
        """A Contents element."""
        if not self.mtom:
            return f"<Contents>{base64.b64encode(data).decode()}</Contents>"
        cid = f"{uuid.uuid4()}@div.smilskaste"
        self.parts.append((cid, data))
        return f'<Contents><xop:Include xmlns:xop="{XOP}" href="cid:{cid}"/></Contents>'

    def output(self, inner):
        """(content type, body, status) of a good answer."""
        body = f'<{self.operation}Output xmlns="{NS["uui"]}">{inner}</{self.operation}Output>'
        return self._packed(self._message(body, ACTION + self.operation + "Response"), 200)

    def fault(self, fault):
        """(content type, body, status) of a fault."""
        side = "Receiver" if fault.receiver else "Sender"
        params = "".join(f"<string>{escape(p)}</string>" for p in fault.params)
        detail = f'<s:Detail><ErrorParams xmlns="{NS["uui"]}">{params}</ErrorParams></s:Detail>' if params else ""
        prefixes = f'xmlns:wsse="{NS["wsse"]}" xmlns:wsu="{NS["wsu"]}"'
        body = (
            f"<s:Fault {prefixes}><s:Code><s:Value>s:{side}</s:Value><s:Subcode>"
            f"<s:Value>{escape(fault.code)}</s:Value>"
            f'</s:Subcode></s:Code><s:Reason><s:Text xml:lang="lv">{escape(fault.text)}</s:Text></s:Reason>{detail}'
            "</s:Fault>"
        )
        return self._packed(self._message(body, NS["a"] + "/soap/fault"), 500 if fault.receiver else 400)

    def _message(self, body, action):
        return (
            f'<s:Envelope xmlns:s="{NS["s"]}" xmlns:a="{NS["a"]}"><s:Header>'
            f'<a:Action s:mustUnderstand="true">{action}</a:Action>'
            f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID><a:RelatesTo>{escape(self.relates_to)}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
        ).encode()

    def _packed(self, message, status):
        if not self.mtom:
            return "application/soap+xml; charset=utf-8", message, status
        boundary = f"uuid:{uuid.uuid4()}+id=1"
        pieces = [("0@div.smilskaste", 'application/xop+xml; charset=utf-8; type="application/soap+xml"', message)]
        pieces += [(cid, "application/octet-stream", data) for cid, data in self.parts]
        body = (
            b"".join(
                f"\r\n--{boundary}\r\nContent-ID: <{cid}>\r\nContent-Transfer-Encoding: binary\r\nContent-Type: {kind}"
                "\r\n\r\n".encode()
                + data
                for cid, kind, data in pieces
            )
            + f"\r\n--{boundary}--\r\n".encode()
        )
        return (
            (
                f'multipart/related; type="application/xop+xml"; start="<0@div.smilskaste>"; boundary="{boundary}"; '
                'start-info="application/soap+xml"'
            ),
            body,
            status,
        )
