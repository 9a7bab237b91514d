"""latvija.lv (SAML 2.0) and VPVKAC IS (OpenID Connect) as the places that say who somebody is.

Both let anybody in as any of a few invented people. The control page can spoil their answers: changed, expired, meant
for another, built to deceive; a municipality must refuse each."""

import base64
import copy
import hashlib
import hmac
import json
import secrets
import time
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus, unquote_plus, urlencode

import requests
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request, url_for
from lxml import etree
from signxml import XMLSigner, methods
from werkzeug.test import Client

from portal.sandbox.store import store

bp = Blueprint("sign_on_outside", __name__, url_prefix="/sign-on")

NAMES = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
FORMAT = "urn:ivis:100001:name.id-viss"
CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
LEVEL = "http://ivis.eps.gov.lv/schema/identity/claims/citizenQAALevel"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
TOKEN_S = 300

PEOPLE = {  # key: given name, family name, personal code; all invented
    "anna": ("Anna", "Liepiņa", "32000000021"),
    "bruno": ("Bruno", "Kalniņš", "32000000022"),
    "liga": ("Līga", "Ozola", "32000000023"),
    "edgars": ("Edgars", "Zariņš", "32000000024"),
    "ilze": ("Ilze", "Avotiņa", "32000000012"),
}
SAML_FAULTS = {
    "altered": "Atbilde ceļā mainīta",
    "expired": "Atbildei beidzies termiņš",
    "audience": "Atbilde domāta citam",
    "wrapped": "Atbilde pārpakota (XSW)",
    "unsigned": "Atbilde nav parakstīta",
    "other_key": "Atbildi parakstījis kāds cits",
    "unsolicited": "Atbilde uz neuzdotu jautājumu",
    "replay": "Atkārto iepriekšējo atbildi",
    "refuses": "Atsaka pieslēgties",
}
OIDC_FAULTS = {
    "altered": "Marķieris mainīts",
    "expired": "Marķierim beidzies termiņš",
    "audience": "Marķieris domāts citam",
    "none": "Marķieris bez paraksta",
    "hmac": "Marķieris ar kopīgu atslēgu (HS256)",
    "nonce": "Marķieris uz citu jautājumu",
    "other_user": "Dati par citu lietotāju",
    "refuses": "Atsaka pieslēgties",
    "down": "Nedarbojas (503)",
    "slow": "Atbild lēni",
}


# --- both -------------------------------------------------------------------------------------------------------------


@bp.after_request
def may_post_to_the_portal(response):
    """The page that carries a SAML answer posts it to the municipality's address."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action *"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _fault(system):
    return store().setting(f"{system}.fault", "")


def _level(system):
    return int(store().setting(f"{system}.level", 4))


def _choice(asked, title):
    """The page on which somebody says who they are; asked: the fields that come back with the choice."""
    return render_template("sandbox/sign_on.html", title=title, people=PEOPLE, asked=asked)


def _signer():
    pki = current_app.extensions["sandbox.pki"]
    return pki.vus_key.read_bytes(), pki.vus_cert.read_bytes()


def _private():
    return serialization.load_pem_private_key(_signer()[0], None)


def _note(system, text):
    store().put(
        "sign_on.call", f"{time.time_ns()}", {"at": datetime.now(UTC).isoformat(), "system": system, "text": text}
    )


# --- SAML: latvija.lv -------------------------------------------------------------------------------------------------


def _entity_id():
    return url_for("sign_on_outside.metadata", _external=True)


@bp.get("/saml/metadata")
def metadata():
    """Who we are and where we listen."""
    certificate = "".join(_signer()[1].decode().strip().split("\n")[1:-1])
    sso, slo = (url_for(f"sign_on_outside.{name}", _external=True) for name in ("sso", "slo"))
    text = (
        f'<md:EntityDescriptor xmlns:md="{NAMES["md"]}" entityID="{_entity_id()}">'
        f'<md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="{NAMES["samlp"]}">'
        f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{NAMES["ds"]}"><ds:X509Data><ds:X509Certificate>'
        f"{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        f'<md:SingleLogoutService Binding="{REDIRECT}" Location="{slo}"/>'
        f"<md:NameIDFormat>{FORMAT}</md:NameIDFormat>"
        f'<md:SingleSignOnService Binding="{REDIRECT}" Location="{sso}"/>'
        "</md:IDPSSODescriptor></md:EntityDescriptor>"
    )
    return Response(text, content_type="application/samlmetadata+xml")


@bp.route("/saml/sso", methods=["GET", "POST"])
def sso():
    """A municipality sends somebody to be recognised. Its request must be signed with a key of its metadata."""
    source = request.query_string.decode()
    fields, root = _asked(source, "SAMLRequest")
    service = _service(root)
    acs = service["acs"] if root.get("AssertionConsumerServiceURL") in (None, service["acs"]) else abort(400, "acs")
    person = request.form.get("person")
    if request.method == "GET":
        return _choice({}, "latvija.lv")
    if person not in PEOPLE:
        abort(400, "person")
    _note("saml", f"Pieslēdzas {person}: {service['entity_id']}")
    answer = _answer(root, service, acs, person)
    return render_template(
        "sandbox/saml_post.html",
        acs=acs,
        answer=base64.b64encode(answer).decode(),
        relay_state=fields.get("RelayState", ""),
    )


@bp.route("/saml/slo")
def slo():
    """Signing out: of the portal's accord, or the portal's answer to ours."""
    source = request.query_string.decode()
    if "SAMLResponse" in request.args:
        fields, root = _asked(source, "SAMLResponse")
        status = root.find("samlp:Status/samlp:StatusCode", NAMES).get("Value")
        _note("saml", f"Pašvaldība atslēgšanos apstiprina: {status}")
        return render_template("sandbox/sign_on_done.html", text="Esat atslēdzies visur.")
    fields, root = _asked(source, "SAMLRequest")
    service = _service(root)
    for session, data in store().list("sign_on.session"):
        if session in [one.text for one in root.findall("samlp:SessionIndex", NAMES)]:
            _note("saml", f"Atslēdzas {data['person']}")
            store().delete("sign_on.session", session)
    answer = (
        f'<samlp:LogoutResponse xmlns:samlp="{NAMES["samlp"]}" xmlns:saml="{NAMES["saml"]}" '
        f'ID="_{secrets.token_hex(16)}" Version="2.0" IssueInstant="{_instant(0)}" Destination="{service["slo"]}" '
        f'InResponseTo="{root.get("ID")}">'
        f"<saml:Issuer>{_entity_id()}</saml:Issuer>"
        f'<samlp:Status><samlp:StatusCode Value="{SUCCESS}"/></samlp:Status></samlp:LogoutResponse>'
    )
    return redirect(_signed_address(service["slo"], "SAMLResponse", answer, fields.get("RelayState", "")))


@bp.get("/saml/end/<session>")
def end(session):
    """Somebody signs out at latvija.lv itself: the municipality is told through their browser."""
    data = store().get("sign_on.session", session) or abort(404)
    store().delete("sign_on.session", session)
    text = (
        f'<samlp:LogoutRequest xmlns:samlp="{NAMES["samlp"]}" xmlns:saml="{NAMES["saml"]}" '
        f'ID="_{secrets.token_hex(16)}" Version="2.0" IssueInstant="{_instant(0)}" Destination="{data["slo"]}" '
        f'NotOnOrAfter="{_instant(300)}">'
        f"<saml:Issuer>{_entity_id()}</saml:Issuer>"
        f'<saml:NameID Format="{FORMAT}">{data["name_id"]}</saml:NameID>'
        f"<samlp:SessionIndex>{session}</samlp:SessionIndex></samlp:LogoutRequest>"
    )
    return redirect(_signed_address(data["slo"], "SAMLRequest", text, "end"))


def _answer(root, service, acs, person):
    """The signed Response, or what the fault makes of it."""
    fault = _fault("saml")
    if fault == "replay" and (kept := store().setting("saml.kept", "")):
        return base64.b64decode(kept)
    in_response_to = "_neviens" if fault == "unsolicited" else root.get("ID")
    audience = "https://cits.example/metadata" if fault == "audience" else service["entity_id"]
    shift = -3600 if fault == "expired" else 0
    session = f"_{secrets.token_hex(16)}"
    given, family, code = PEOPLE[person]
    name_id = f"PK:{code}"
    assertion_id, response_id = (f"_{secrets.token_hex(16)}" for _n in range(2))
    status = f'<samlp:StatusCode Value="{SUCCESS}"/>'
    if fault == "refuses":
        status = (
            '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder">'
            '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode>'
        )
    attributes = "".join(
        f'<saml:Attribute Name="{name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">'
        f"<saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
        for name, value in (
            (CLAIMS + "givenname", given), (CLAIMS + "surname", family),
            (CLAIMS + "privatepersonalidentifier", f"{code[:6]}-{code[6:]}"), (LEVEL, _level("saml")),
        )
    )  # fmt: skip
    assertion = (
        f'<saml:Assertion ID="{assertion_id}" Version="2.0" IssueInstant="{_instant(shift)}">'
        f"<saml:Issuer>{_entity_id()}</saml:Issuer>"
        f'<saml:Subject><saml:NameID Format="{FORMAT}">{name_id}</saml:NameID>'
        '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData '
        f'InResponseTo="{in_response_to}" NotOnOrAfter="{_instant(shift + 300)}" Recipient="{acs}"/>'
        "</saml:SubjectConfirmation></saml:Subject>"
        f'<saml:Conditions NotBefore="{_instant(shift - 60)}" NotOnOrAfter="{_instant(shift + 300)}">'
        f"<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{_instant(shift)}" SessionIndex="{session}"><saml:AuthnContext>'
        "<saml:AuthnContextClassRef>urn:ivis:100001:am-sandbox</saml:AuthnContextClassRef></saml:AuthnContext>"
        "</saml:AuthnStatement>"
        f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"
    )
    document = etree.fromstring(
        f'<samlp:Response xmlns:samlp="{NAMES["samlp"]}" xmlns:saml="{NAMES["saml"]}" ID="{response_id}" Version="2.0" '
        f'IssueInstant="{_instant(0)}" Destination="{acs}" InResponseTo="{in_response_to}">'
        f"<saml:Issuer>{_entity_id()}</saml:Issuer><samlp:Status>{status}</samlp:Status>"
        f"{'' if fault == 'refuses' else assertion}</samlp:Response>"
    )
    if fault != "refuses":
        _spoil(document, fault)
        store().put("sign_on.session", session, {"person": person, "name_id": name_id, "slo": service["slo"]})
    text = etree.tostring(document)
    if not fault:
        store().set_setting("saml.kept", base64.b64encode(text).decode())
    return text


def _spoil(document, fault):
    """Sign the assertion, and then do to it what the fault says."""
    plain = document.find("saml:Assertion", NAMES)
    if fault == "unsigned":
        return
    key, certificate = _signer()
    if fault == "other_key":
        pki = current_app.extensions["sandbox.pki"]
        key, certificate = pki.institution_key.read_bytes(), pki.institution_cert.read_bytes()
    place = etree.SubElement(plain, f"{{{NAMES['ds']}}}Signature", Id="placeholder", nsmap={"ds": NAMES["ds"]})
    plain.remove(place)
    plain.insert(1, place)  # the schema wants the signature after the issuer
    signer = XMLSigner(methods.enveloped, c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
    signed = signer.sign(plain, key=key, cert=certificate.decode(), reference_uri=plain.get("ID"), id_attribute="ID")
    document.replace(plain, signed)
    code = f".//saml:Attribute[@Name='{CLAIMS}privatepersonalidentifier']/saml:AttributeValue"
    if fault == "altered":
        document.find(code, NAMES).text = "320000-00022"
    elif fault == "wrapped":
        forged = copy.deepcopy(signed)
        forged.remove(forged.find("ds:Signature", NAMES))
        forged.set("ID", f"_{secrets.token_hex(16)}")
        forged.find(code, NAMES).text = "320000-00022"
        forged.find("saml:Subject/saml:NameID", NAMES).text = "PK:32000000022"
        document.insert(list(document).index(signed), forged)


def _asked(query_string, field):
    """The fields and the root of a signed message that came by redirect; the signature is checked as it was written."""
    raw = dict(part.partition("=")[::2] for part in query_string.split("&"))
    fields = {name: unquote_plus(value) for name, value in raw.items()}
    if field not in fields or fields.get("SigAlg") != RSA_SHA256:
        abort(400, "unsigned")
    root = etree.fromstring(
        zlib.decompress(base64.b64decode(fields[field]), -15),
        etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False),
    )
    signed = "&".join(f"{name}={raw[name]}" for name in (field, "RelayState", "SigAlg") if name in raw).encode()
    for certificate in _service(root)["certificates"]:
        try:
            certificate.public_key().verify(
                base64.b64decode(fields["Signature"]), signed, padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            continue
        return fields, root
    return abort(400, "signature")


def _service(root):
    """What the municipality's metadata say; its name is where they lie."""
    address = root.findtext("saml:Issuer", "", NAMES).strip()
    found = etree.fromstring(_fetched(address))
    role = found.find("md:SPSSODescriptor", NAMES)
    texts = role.findall("md:KeyDescriptor[@use='signing']//ds:X509Certificate", NAMES)
    return {
        "entity_id": found.get("entityID"),
        "acs": role.find("md:AssertionConsumerService", NAMES).get("Location"),
        "slo": role.find("md:SingleLogoutService", NAMES).get("Location"),
        "certificates": [x509.load_der_x509_certificate(base64.b64decode(one.text)) for one in texts],
    }


def _fetched(address):
    """The instance that this sandbox belongs to is asked directly: in tests it has no address of its own."""
    instance = current_app.extensions["sandbox.instance"]
    if instance is not None:
        base = instance.extensions["pkip.settings"].base_url
        if address.startswith(base + "/"):
            return Client(instance).get(address.removeprefix(base)).get_data()
    if not address.startswith(("http://127.0.0.1:", "http://localhost:")):
        abort(400, "issuer")
    return requests.get(address, timeout=5).content


def _signed_address(location, field, text, relay_state):
    packer = zlib.compressobj(wbits=-15)
    packed = base64.b64encode(packer.compress(text.encode()) + packer.flush()).decode()
    parts = [(field, packed), *([("RelayState", relay_state)] if relay_state else []), ("SigAlg", RSA_SHA256)]
    query = "&".join(f"{name}={quote_plus(value)}" for name, value in parts)
    signature = base64.b64encode(_private().sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    return f"{location}?{query}&Signature={quote_plus(signature)}"


def _instant(seconds):
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- OpenID Connect: VPVKAC IS ----------------------------------------------------------------------------------------


def _issuer():
    return url_for("sign_on_outside.discovery", _external=True).removesuffix("/.well-known/openid-configuration")


@bp.get("/oidc/.well-known/openid-configuration")
def discovery():
    """OpenID Connect Discovery."""

    def at(name):
        return url_for(f"sign_on_outside.{name}", _external=True)

    return jsonify(
        issuer=_issuer(), authorization_endpoint=at("authorize"), token_endpoint=at("token"), jwks_uri=at("jwks"),
        userinfo_endpoint=at("userinfo"), end_session_endpoint=at("logout"), response_types_supported=["code"],
        subject_types_supported=["public"], id_token_signing_alg_values_supported=["RS256"],
        token_endpoint_auth_methods_supported=["private_key_jwt"], code_challenge_methods_supported=["S256"],
        authorization_response_iss_parameter_supported=True, backchannel_logout_supported=True,
    )  # fmt: skip


@bp.get("/oidc/jwks")
def jwks():
    """The key that signs."""
    numbers = _private().public_key().public_numbers()
    n, e = (_b64(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (numbers.n, numbers.e))
    return jsonify(keys=[{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "sandbox", "n": n, "e": e}])


@bp.route("/oidc/authorize", methods=["GET", "POST"])
def authorize():
    """A municipality sends somebody to be recognised; PKCE is asked of it."""
    asked = request.args
    if asked.get("code_challenge_method") != "S256" or asked.get("response_type") != "code":
        abort(400, "code and PKCE")
    if not _is_ours(asked.get("redirect_uri", "")):
        abort(400, "redirect_uri")
    if request.method == "GET":
        return _choice({}, "VPVKAC IS")
    answer = {"state": asked.get("state", ""), "iss": _issuer()}
    person = request.form.get("person")
    if _fault("oidc") == "refuses":
        return _on(asked["redirect_uri"], {**answer, "error": "access_denied"})
    if person not in PEOPLE:
        abort(400, "person")
    code, session = secrets.token_urlsafe(24), secrets.token_hex(12)
    store().put("sign_on.code", _short(code), {**asked.to_dict(), "person": person, "at": time.time(), "sid": session})
    _note("oidc", f"Pieslēdzas {person}: {asked.get('client_id')}")
    return _on(asked["redirect_uri"], {**answer, "code": code})


@bp.post("/oidc/token")
def token():
    """A code for tokens: once, by who can prove to be the client, with the verifier."""
    fault = _fault("oidc")
    if fault == "down":
        return jsonify(error="temporarily_unavailable"), 503
    if fault == "slow":
        time.sleep(2)
    form, kept = request.form, store().get("sign_on.code", _short(request.form.get("code", "")))
    store().delete("sign_on.code", _short(form.get("code", "")))
    challenge = _b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
    if kept is None or kept["code_challenge"] != challenge or kept["redirect_uri"] != form.get("redirect_uri"):
        return jsonify(error="invalid_grant"), 400
    if not _proves_client(form, kept["client_id"]):
        return jsonify(error="invalid_client"), 401
    code = PEOPLE[kept["person"]][2]
    now = int(time.time()) - (3600 if fault == "expired" else 0)
    claims = {
        "iss": _issuer(), "sub": f"AU:90000000001-PK:{code}", "iat": now, "exp": now + TOKEN_S, "sid": kept["sid"],
        "aud": "cits" if fault == "audience" else kept["client_id"],
        "nonce": "cits" if fault == "nonce" else kept.get("nonce", ""),
        "acr": f"urn:ivis:qaa:{_level('oidc')}", "amr": ["sandbox"],
    }  # fmt: skip
    access = secrets.token_urlsafe(24)
    store().put("sign_on.access", _short(access), {"person": kept["person"], "at": time.time()})
    session = {
        "person": kept["person"],
        "client": kept["client_id"],
        "sub": claims["sub"],
        "back": kept["redirect_uri"].removesuffix("callback"),
    }
    store().put("sign_on.oidc_session", kept["sid"], session)
    tokens = {"access_token": access, "token_type": "Bearer", "expires_in": TOKEN_S, "id_token": _token(claims, fault)}
    return jsonify(tokens)


@bp.get("/oidc/userinfo")
def userinfo():
    """Data of who signed in."""
    kept = store().get("sign_on.access", _short(request.headers.get("Authorization", "").removeprefix("Bearer ")))
    if kept is None or kept["at"] < time.time() - TOKEN_S:
        return jsonify(error="invalid_token"), 401
    person = "bruno" if _fault("oidc") == "other_user" else kept["person"]
    given, family, code = PEOPLE[person]
    return jsonify(
        sub=f"AU:90000000001-PK:{code}", given_name=given, family_name=family, personal_code=f"{code[:6]}-{code[6:]}"
    )


@bp.get("/oidc/logout")
def logout():
    """Signing out, of the portal's accord."""
    claims = json.loads(_unb64(request.args.get("id_token_hint", "..").split(".")[1] or "e30"))
    store().delete("sign_on.oidc_session", claims.get("sid", ""))
    _note("oidc", f"Atslēdzas {claims.get('sub', '?')}")
    back = request.args.get("post_logout_redirect_uri", "")
    if not _is_ours(back):
        abort(400, "post_logout_redirect_uri")
    return _on(back, {"state": request.args.get("state", "")})


@bp.post("/oidc/end/<session>")
def end_oidc(session):
    """Somebody signs out at VPVKAC IS itself: its server tells the municipality's."""
    data = store().get("sign_on.oidc_session", session) or abort(404)
    store().delete("sign_on.oidc_session", session)
    claims = {
        "iss": _issuer(), "aud": data["client"], "iat": int(time.time()), "jti": secrets.token_urlsafe(12),
        "sub": data["sub"], "sid": session, "exp": int(time.time()) + 120,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }  # fmt: skip
    answer = requests.post(data["back"] + "backchannel", data={"logout_token": _token(claims, "")}, timeout=5)
    _note("oidc", f"Pašvaldība atbild: {answer.status_code}")
    return redirect(url_for("control.home"), 303)


def _token(claims, fault):
    header = {"alg": "RS256", "kid": "sandbox", "typ": "JWT"}
    if fault == "none":
        return f"{_part({**header, 'alg': 'none'})}.{_part(claims)}."
    if fault == "hmac":
        text = f"{_part({**header, 'alg': 'HS256'})}.{_part(claims)}"
        public = (
            _private()
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        return f"{text}.{_b64(hmac.digest(public, text.encode(), 'sha256'))}"
    text = f"{_part(header)}.{_part(claims)}"
    signature = _b64(_private().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))
    if fault == "altered":
        text = f"{_part(header)}.{_part({**claims, 'sub': 'AU:90000000001-PK:32000000022'})}"
    return f"{text}.{signature}"


def _proves_client(form, client):
    """private_key_jwt: the assertion is signed with a key that the municipality publishes."""
    try:
        head, body, signature = form.get("client_assertion", "").split(".")
        header, claims = json.loads(_unb64(head)), json.loads(_unb64(body))
        base = json.loads(_fetched(f"{_base()}/federation/keys.json"))
        key = next(one for one in base["keys"] if one["kid"] == header.get("kid"))
        public = _rsa(key)
        public.verify(_unb64(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, StopIteration, InvalidSignature):
        return False
    return (
        claims.get("iss") == claims.get("sub") == client
        and claims.get("exp", 0) > time.time()
        and (claims.get("aud") in (_issuer(), [_issuer()]))
    )


def _rsa(key):
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    n, e = (int.from_bytes(_unb64(key[name]), "big") for name in ("n", "e"))
    return RSAPublicNumbers(e, n).public_key()


def _base():
    instance = current_app.extensions["sandbox.instance"]
    return instance.extensions["pkip.settings"].base_url if instance is not None else "http://127.0.0.1:8000"


def _is_ours(address):
    return address.startswith(_base() + "/")


def _on(address, fields):
    return redirect(f"{address}?{urlencode(fields)}", 303)


def _part(data):
    return _b64(json.dumps(data).encode())


def _b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _short(value):
    """A key for the store, so that neither codes nor tokens lie there in the clear."""
    return hashlib.sha256(value.encode()).hexdigest()[:40]
