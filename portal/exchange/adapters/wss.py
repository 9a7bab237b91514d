"""SOAP 1.2 request with WS-Addressing and a WS-Security signature (X.509 token profile 1.1).

The message is put together from bytes and never serialised again: the DIV envelope inside the body carries its own
signature, and a serialiser that moves a namespace declaration would break it.
"""

import base64
import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
TOKEN_TYPE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"  # noqa: S105
TOKEN_ENCODING = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"  # noqa: S105
DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ANONYMOUS = "http://www.w3.org/2005/08/addressing/anonymous"

ALL_PARTS = ("Body", "Timestamp", "Action", "To", "MessageID", "ReplyTo")
LIFETIME = timedelta(seconds=300)


@dataclass(frozen=True)
class Algorithm:
    """One signature profile: its two identifiers and the hash behind both."""

    signature: str
    digest: str
    name: str

    def hash(self):
        """The hash object for the private key's signature."""
        return hashes.SHA256() if self.name == "sha256" else hashes.SHA1()  # noqa: S303 (asked for by a setting)


ALGORITHMS = {
    "rsa-sha256": Algorithm(
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256", "sha256"
    ),
    "rsa-sha1": Algorithm(DS + "rsa-sha1", DS + "sha1", "sha1"),
}

# {signature} is filled last, when everything it covers stands
_MESSAGE = """<s:Envelope xmlns:s="{soap}" xmlns:a="{addressing}" xmlns:wsse="{wsse}" xmlns:wsu="{wsu}"><s:Header>\
<a:Action s:mustUnderstand="true" wsu:Id="Action">{action}</a:Action>\
<a:MessageID wsu:Id="MessageID">{message_id}</a:MessageID>\
<a:To s:mustUnderstand="true" wsu:Id="To">{to}</a:To>\
<a:ReplyTo wsu:Id="ReplyTo"><a:Address>{anonymous}</a:Address></a:ReplyTo>\
<a:FaultTo><a:Address>{anonymous}</a:Address></a:FaultTo>\
<wsse:Security s:mustUnderstand="true">\
<wsu:Timestamp wsu:Id="Timestamp"><wsu:Created>{created}</wsu:Created><wsu:Expires>{expires}</wsu:Expires>\
</wsu:Timestamp>\
<wsse:BinarySecurityToken wsu:Id="Token" ValueType="{token_type}" EncodingType="{token_encoding}">{token}\
</wsse:BinarySecurityToken>"""
_REFERENCE = """<ds:Reference URI="#{part}"><ds:Transforms><ds:Transform Algorithm="{c14n}"/></ds:Transforms>\
<ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue>{value}</ds:DigestValue></ds:Reference>"""
_SIGNED_INFO = """<ds:SignedInfo xmlns:ds="{ds}"><ds:CanonicalizationMethod Algorithm="{c14n}"/>\
<ds:SignatureMethod Algorithm="{method}"/>{references}</ds:SignedInfo>"""
_SIGNATURE = """<ds:Signature xmlns:ds="{ds}">{signed_info}<ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo>\
<wsse:SecurityTokenReference><wsse:Reference URI="#Token" ValueType="{token_type}"/></wsse:SecurityTokenReference>\
</ds:KeyInfo></ds:Signature>"""


def secure(body, *, action, to, certificate_der, key, now, signed_parts=ALL_PARTS, algorithm="rsa-sha256"):
    """Wrap the body (bytes of one element) into a signed SOAP message; returns its bytes.

    now: true UTC time, since the other side compares it with its own clock.
    signed_parts: names out of ALL_PARTS. algorithm: a key of ALGORITHMS.
    """
    profile = ALGORITHMS[algorithm]
    head = _MESSAGE.format(
        soap=SOAP,
        addressing=ADDRESSING,
        wsse=WSSE,
        wsu=WSU,
        anonymous=ANONYMOUS,
        action=escape(action),
        message_id=f"uuid:{uuid.uuid4()}",
        to=escape(to),
        created=_instant(now),
        expires=_instant(now + LIFETIME),
        token_type=TOKEN_TYPE,
        token_encoding=TOKEN_ENCODING,
        token=base64.b64encode(certificate_der).decode(),
    ).encode()
    middle = b'</wsse:Security></s:Header><s:Body wsu:Id="Body">'
    tail = b"</s:Body></s:Envelope>"
    return head + _signature(head + middle + body + tail, key, signed_parts, profile) + middle + body + tail


def _signature(message, key, signed_parts, profile):
    root = etree.fromstring(message, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    parts = {element.get(f"{{{WSU}}}Id"): element for element in root.iter() if element.get(f"{{{WSU}}}Id")}
    references = "".join(
        _REFERENCE.format(part=part, c14n=EXCLUSIVE, digest=profile.digest, value=_digest(parts[part], profile))
        for part in signed_parts
    )
    signed_info = _SIGNED_INFO.format(ds=DS, c14n=EXCLUSIVE, method=profile.signature, references=references)
    canonical = etree.tostring(etree.fromstring(signed_info.encode()), method="c14n", exclusive=True)
    value = base64.b64encode(key.sign(canonical, padding.PKCS1v15(), profile.hash())).decode()
    return _SIGNATURE.format(ds=DS, signed_info=signed_info, value=value, token_type=TOKEN_TYPE).encode()


def _digest(element, profile):
    canonical = etree.tostring(element, method="c14n", exclusive=True, with_tail=False)
    return base64.b64encode(hashlib.new(profile.name, canonical).digest()).decode()


def _instant(moment: datetime):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
