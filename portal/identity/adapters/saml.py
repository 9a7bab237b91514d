"""SAML 2.0 Web Browser SSO and Single Logout, our side. pysaml2 reads and checks the answers; the form that a forged
answer could take is refused before it, by rules of our own.

Times are the real ones: a provider does not know of a clock moved for a trial."""

import base64
import logging
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote_plus

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from portal.identity.adapters import state_claims
from portal.identity.ports import Identity, NotAccepted

logging.getLogger("saml2").setLevel(logging.CRITICAL)  # it would write whole assertions into the log

SKEW_S = 60
LONGEST_BYTES = 512 * 1024
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_NS = {
    "p": "urn:oasis:names:tc:SAML:2.0:protocol",
    "a": "urn:oasis:names:tc:SAML:2.0:assertion",
    "m": "urn:oasis:names:tc:SAML:2.0:metadata",
    "d": "http://www.w3.org/2000/09/xmldsig#",
}
_RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_RSA = {
    f"http://www.w3.org/2001/04/xmldsig-more#rsa-sha{bits}": kind
    for bits, kind in ((256, hashes.SHA256), (384, hashes.SHA384), (512, hashes.SHA512))
}
_DIGESTS = {
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
}
_TRANSFORMS = {"http://www.w3.org/2000/09/xmldsig#enveloped-signature", "http://www.w3.org/2001/10/xml-exc-c14n#"}


@dataclass(frozen=True)
class Ours:
    """Our side of one provider: addresses, and files of the key that signs and the keys that open."""

    entity_id: str
    acs: str
    slo: str
    key_file: Path
    cert_file: Path
    other_files: tuple[tuple[Path, Path], ...] = ()  # (key, certificate): coming or retired, they still open
    title: str = "PKIP"


@dataclass(frozen=True)
class Theirs:
    """What a provider's metadata say."""

    entity_id: str
    sso: str
    slo: str
    slo_answer: str
    certificates: tuple[bytes, ...]
    valid_until: datetime | None


@dataclass(frozen=True)
class Accepted:
    """A believed answer. until: how long the assertion must be remembered; name_id: as XML, for signing out."""

    identity: Identity
    assertion_id: str
    until: datetime
    name_id: str
    their_session: str


@dataclass(frozen=True)
class LogoutCall:
    """A provider's request to end sessions; an empty their_sessions means all of the subject."""

    id: str
    subject: str
    their_sessions: tuple[str, ...]
    until: datetime


# --- metadata ---------------------------------------------------------------------------------------------------------


def read_metadata(text, pinned_pem="") -> Theirs:
    """Raises NotAccepted("metadata") when it describes no provider that we can use, or is not signed by the pinned
    certificate when there is one."""
    root = _parsed(text.encode() if isinstance(text, str) else text)
    if root.tag != _name("m", "EntityDescriptor"):
        raise NotAccepted("metadata", "not one EntityDescriptor")
    if pinned_pem:
        root = _signed_by(root, pinned_pem)
    role = root.find("m:IDPSSODescriptor", _NS)
    sso = _location(role, "SingleSignOnService")
    certificates = () if role is None else tuple(_certificates(role))
    if not sso or not certificates or not root.get("entityID"):
        raise NotAccepted("metadata", "no redirect address for sign-on, or no RSA certificate")
    until = _time(root.get("validUntil"))
    if until and until < datetime.now(UTC):
        raise NotAccepted("metadata", f"valid until {until:%Y-%m-%d %H:%M}")
    slo = _location(role, "SingleLogoutService")
    answer = _location(role, "SingleLogoutService", "ResponseLocation") or slo
    return Theirs(root.get("entityID"), sso, slo, answer, certificates, until)


def our_metadata(ours: Ours) -> str:
    """Our EntityDescriptor, with the coming key too, so that a provider knows it before it is used."""
    from saml2.metadata import entity_descriptor

    return str(entity_descriptor(_config(ours, None)))


def _signed_by(root, pem):
    from signxml import XMLVerifier
    from signxml.exceptions import SignXMLException

    try:
        return XMLVerifier().verify(root, x509_cert=pem, id_attribute="ID").signed_xml
    except (SignXMLException, InvalidSignature, ValueError) as error:
        raise NotAccepted("metadata", f"not signed by the pinned certificate ({type(error).__name__})") from error


def _location(role, service, attribute="Location"):
    found = [] if role is None else role.findall(f"m:{service}", _NS)
    return next((one.get(attribute, "") for one in found if one.get("Binding") == REDIRECT), "")


def _certificates(role):
    for key in role.findall("m:KeyDescriptor", _NS):
        if key.get("use", "signing") == "signing":
            for text in key.iterfind(".//d:X509Certificate", _NS):
                der = base64.b64decode("".join((text.text or "").split()))
                if isinstance(x509.load_der_x509_certificate(der).public_key(), rsa.RSAPublicKey):
                    yield der


# --- sign-on ----------------------------------------------------------------------------------------------------------


def sign_on_url(ours: Ours, metadata_xml, request_id, relay_state) -> str:
    """Where to send the browser: a signed AuthnRequest with this id."""
    theirs, client = read_metadata(metadata_xml), _client(ours, metadata_xml)
    _id, request = client.create_authn_request(
        theirs.sso,
        binding=POST,
        message_id=request_id,
        nameid_format="",
        sign=False,
        assertion_consumer_service_url=ours.acs,
    )
    return _redirect(client, request, theirs.sso, relay_state)


def read_response(ours: Ours, metadata_xml, encoded, request_id) -> Accepted:
    """Believe an answer to our request, or raise NotAccepted with what is wrong with it."""
    from saml2 import SAMLError
    from saml2.response import StatusError, UnsolicitedResponse
    from saml2.sigver import SignatureError
    from saml2.validate import ResponseLifetimeExceed, ToEarly

    xml = _decoded(encoded)
    _check_shape(xml)
    try:
        found = _client(ours, metadata_xml).parse_authn_request_response(encoded, POST, outstanding={request_id: "/"})
    except UnsolicitedResponse as error:
        raise NotAccepted("unsolicited", str(error)) from error
    except StatusError as error:
        raise NotAccepted("their_refusal", str(error)[-300:]) from error
    except SignatureError as error:
        raise NotAccepted("signature", str(error)[:300]) from error
    except (ResponseLifetimeExceed, ToEarly) as error:
        raise NotAccepted("expired", str(error)) from error
    except SAMLError as error:
        raise NotAccepted("invalid", f"{type(error).__name__}: {error}"[:300]) from error
    except Exception as error:  # the library raises bare exceptions for what it does not accept
        kind = "audience" if "Audience" in str(error) else "invalid"
        raise NotAccepted(kind, f"{type(error).__name__}: {error}"[:300]) from error
    if found is None or found.assertion is None:
        raise NotAccepted("audience", "not addressed to us, or no assertion")
    return _accepted(ours, read_metadata(metadata_xml), found, request_id)


def _accepted(ours, theirs, found, request_id):
    """What the library leaves to its caller, or lets pass when it is missing."""
    assertion = found.assertion
    issuers = {(one.issuer.text or "").strip() for one in (found.response, assertion) if one.issuer is not None}
    if issuers != {theirs.entity_id}:
        raise NotAccepted("issuer", f"{sorted(issuers)}")
    if found.in_response_to != request_id:
        raise NotAccepted("unsolicited", f"answers {found.in_response_to}")
    conditions = assertion.conditions
    audiences = [
        (audience.text or "").strip()
        for restriction in (conditions.audience_restriction if conditions else [])
        for audience in restriction.audience
    ]
    if ours.entity_id not in audiences:
        raise NotAccepted("audience", f"{audiences}")
    until = _time(conditions.not_on_or_after)
    if until is None:
        raise NotAccepted("expired", "the assertion says no end")
    statement = assertion.authn_statement[0]
    context = statement.authn_context.authn_context_class_ref if statement.authn_context else None
    identity = state_claims.from_saml(
        (found.name_id.text or "").strip() if found.name_id else "",
        list(_attributes(assertion)),
        method=(context.text or "") if context else "",
        issuer=theirs.entity_id,
    )
    if not identity.subject:
        raise NotAccepted("invalid", "no subject")
    return Accepted(
        identity, assertion.id, until + timedelta(seconds=SKEW_S), str(found.name_id), statement.session_index or ""
    )


def _attributes(assertion):
    for statement in assertion.attribute_statement:
        for attribute in statement.attribute:
            source = next(
                (value for name, value in attribute.extension_attributes.items() if name.endswith("OriginalIssuer")), ""
            )
            for value in attribute.attribute_value:
                yield attribute.name, source, (value.text or "").strip()


def _check_shape(xml):
    """Refuse every form in which what is signed and what is read could be two things (signature wrapping)."""
    root = _parsed(xml)
    if root.tag != _name("p", "Response"):
        raise NotAccepted("invalid", "not a Response")
    ids = [element.get(name) for element in root.iter() for name in ("ID", "Id", "id") if element.get(name)]
    if len(ids) != len(set(ids)):
        raise NotAccepted("wrapped", "an id stands twice")
    plain, hidden = (root.findall(f".//a:{tag}", _NS) for tag in ("Assertion", "EncryptedAssertion"))
    both = [*plain, *hidden]
    if len(both) != 1 or both[0].getparent() is not root:
        raise NotAccepted("wrapped" if len(both) > 1 else "invalid", f"{len(both)} assertions")
    for signature in root.iter(_name("d", "Signature")):
        _check_signature_shape(signature, {root, *plain})


def _check_signature_shape(signature, may_be_signed):
    parent = signature.getparent()
    if parent not in may_be_signed:
        raise NotAccepted("wrapped", "a signature at a place of its own")
    references = signature.findall(".//d:Reference", _NS)
    if len(references) != 1 or references[0].get("URI") != f"#{parent.get('ID')}":
        raise NotAccepted("wrapped", "the signature covers something else")
    used = {one.get("Algorithm") for one in references[0].iterfind(".//d:Transform", _NS)}
    method = signature.find("d:SignedInfo/d:SignatureMethod", _NS)
    digest = references[0].find("d:DigestMethod", _NS)
    if (
        not used <= _TRANSFORMS
        or method is None
        or method.get("Algorithm") not in _RSA
        or digest is None
        or digest.get("Algorithm") not in _DIGESTS
    ):
        raise NotAccepted("signature", "an algorithm that is not accepted")


# --- sign-out ---------------------------------------------------------------------------------------------------------


def sign_out_url(ours: Ours, metadata_xml, name_id, their_session, request_id, relay_state) -> str:
    """Where to send the browser to be signed out there too, or nothing when they have no such address."""
    from saml2.saml import name_id_from_string

    theirs, client = read_metadata(metadata_xml), _client(ours, metadata_xml)
    if not theirs.slo:
        return ""
    _id, request = client.create_logout_request(
        theirs.slo,
        theirs.entity_id,
        name_id=name_id_from_string(name_id),
        session_indexes=[their_session] if their_session else None,
        expire=_instant(datetime.now(UTC) + timedelta(minutes=5)),
        message_id=request_id,
        sign=False,
    )
    return _redirect(client, request, theirs.slo, relay_state)


def read_logout_request(ours: Ours, metadata_xml, query_string) -> LogoutCall:
    """A provider's request that came by redirect. Raises NotAccepted."""
    theirs, root = _received(ours, metadata_xml, query_string, "SAMLRequest", "LogoutRequest")
    until = _time(root.get("NotOnOrAfter")) or datetime.now(UTC) + timedelta(minutes=5)
    if until < datetime.now(UTC) - timedelta(seconds=SKEW_S):
        raise NotAccepted("expired", "the request to sign out")
    name_id = root.find("a:NameID", _NS)
    if name_id is None or not root.get("ID"):
        raise NotAccepted("invalid", "no NameID")
    sessions = tuple((one.text or "").strip() for one in root.findall("p:SessionIndex", _NS))
    return LogoutCall(root.get("ID"), (name_id.text or "").strip(), sessions, until + timedelta(seconds=SKEW_S))


def sign_out_answer_url(ours: Ours, metadata_xml, call_id, relay_state) -> str:
    """Where to send the browser back, with the word that the sessions are ended."""
    from saml2.s_utils import success_status_factory
    from saml2.saml import Issuer
    from saml2.samlp import LogoutResponse

    theirs, client = read_metadata(metadata_xml), _client(ours, metadata_xml)
    answer = LogoutResponse(
        id=f"_{call_id.lstrip('_')}-a"[:80],
        version="2.0",
        issue_instant=_instant(datetime.now(UTC)),
        destination=theirs.slo_answer,
        in_response_to=call_id,
        issuer=Issuer(text=ours.entity_id),
        status=success_status_factory(),
    )
    return _redirect(client, answer, theirs.slo_answer, relay_state, response=True)


def read_logout_answer(ours: Ours, metadata_xml, query_string) -> tuple[str, bool]:
    """(the id of our request, whether they ended everything). Raises NotAccepted."""
    _theirs, root = _received(ours, metadata_xml, query_string, "SAMLResponse", "LogoutResponse")
    status = root.find("p:Status/p:StatusCode", _NS)
    partial = root.find("p:Status/p:StatusCode/p:StatusCode", _NS)
    return root.get("InResponseTo", ""), status is not None and status.get("Value") == SUCCESS and partial is None


def _received(ours, metadata_xml, query_string, field, element):
    """The root of a message that came by redirect, its signature and addresses checked."""
    theirs = read_metadata(metadata_xml)
    fields = _check_redirect_signature(query_string, field, theirs.certificates)
    root = _parsed(_inflated(fields[field]))
    if root.tag != _name("p", element):
        raise NotAccepted("invalid", f"not a {element}")
    if (root.findtext("a:Issuer", "", _NS)).strip() != theirs.entity_id:
        raise NotAccepted("issuer", root.findtext("a:Issuer", "", _NS))
    if root.get("Destination") not in (None, ours.slo):
        raise NotAccepted("audience", root.get("Destination"))
    made = _time(root.get("IssueInstant"))
    if made is None or abs(datetime.now(UTC) - made) > timedelta(minutes=5, seconds=SKEW_S):
        raise NotAccepted("expired", f"made at {root.get('IssueInstant')}")
    return theirs, root


def _check_redirect_signature(query_string, field, certificates):
    """Over the bytes as they came: escaping again may give others (SAML bindings, 3.4.4.1). Returns the fields."""
    parts = [part.partition("=")[::2] for part in query_string.split("&")]
    raw = dict(parts)
    if len(parts) != len(raw) or field not in raw or ("SAMLRequest" in raw and "SAMLResponse" in raw):
        raise NotAccepted("invalid", "fields of the address")
    fields = {name: unquote_plus(value) for name, value in raw.items()}
    algorithm = _RSA.get(fields.get("SigAlg", ""))
    if algorithm is None or not fields.get("Signature"):
        raise NotAccepted("signature", "missing, or an algorithm that is not accepted")
    signed = "&".join(f"{name}={raw[name]}" for name in (field, "RelayState", "SigAlg") if name in raw).encode()
    for der in certificates:
        try:
            key = x509.load_der_x509_certificate(der).public_key()
            key.verify(base64.b64decode(fields["Signature"]), signed, padding.PKCS1v15(), algorithm())  # type: ignore
        except (InvalidSignature, ValueError):
            continue
        return fields
    raise NotAccepted("signature", "of the address")


# --- the library ------------------------------------------------------------------------------------------------------


def load_library():
    """Import the library; everything else here imports it only when it is used, for most processes never need it."""
    import saml2.client
    import saml2.metadata  # noqa: F401


def _client(ours, metadata_xml):
    from saml2.client import Saml2Client

    return Saml2Client(_config(ours, metadata_xml))


def _config(ours, metadata_xml):
    from saml2.config import SPConfig
    from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

    others = [{"key_file": str(key), "cert_file": str(cert)} for key, cert in ours.other_files]
    own = {"key_file": str(ours.key_file), "cert_file": str(ours.cert_file)}
    config = SPConfig()
    config.load(
        {
            "entityid": ours.entity_id,
            "name": ours.title,
            "service": {
                "sp": {
                    "endpoints": {
                        "assertion_consumer_service": [(ours.acs, POST)],
                        "single_logout_service": [(ours.slo, REDIRECT)],
                    },
                    "name_id_format": [state_claims.NAME_ID_FORMAT],
                    "authn_requests_signed": True,
                    "want_assertions_signed": True,
                    "want_response_signed": False,
                    "allow_unsolicited": False,
                }
            },
            **({"metadata": {"inline": [metadata_xml]}} if metadata_xml else {}),
            **own,
            "additional_cert_files": [other["cert_file"] for other in others],
            "encryption_keypairs": [own, *others],
            "xmlsec_binary": "/usr/bin/xmlsec1",
            "accepted_time_diff": SKEW_S,
            "allow_unknown_attributes": True,
            "delete_tmpfiles": True,
            "signing_algorithm": SIG_RSA_SHA256,
            "digest_algorithm": DIGEST_SHA256,
        }
    )
    return config


def _redirect(client, message, location, relay_state, response=False):
    bound = client.apply_binding(
        REDIRECT, str(message), location, relay_state, response=response, sign=True, sigalg=_RSA_SHA256
    )
    return dict(bound["headers"])["Location"]


# --- small things -----------------------------------------------------------------------------------------------------


def _parsed(data):
    """A tree without entities, network, document type, comments or instructions: nothing that two readers could take
    differently."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotAccepted("invalid", f"not XML ({type(error).__name__})") from error
    if root.getroottree().docinfo.doctype or any(not isinstance(one.tag, str) for one in root.iter()):
        raise NotAccepted("invalid", "a document type, comment or instruction")
    return root


def _decoded(encoded):
    if len(encoded) > LONGEST_BYTES:
        raise NotAccepted("invalid", "too long")
    try:
        return base64.b64decode(encoded)
    except ValueError as error:
        raise NotAccepted("invalid", "not base64") from error


def _inflated(encoded):
    engine = zlib.decompressobj(-15)
    try:
        data = engine.decompress(_decoded(encoded), LONGEST_BYTES)
    except zlib.error as error:
        raise NotAccepted("invalid", "not deflated") from error
    if engine.unconsumed_tail:
        raise NotAccepted("invalid", "too long")
    return data


def _name(prefix, tag):
    return f"{{{_NS[prefix]}}}{tag}"


def _time(text):
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotAccepted("invalid", f"the time {text[:40]}") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _instant(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
