"""The names by which the state's services say who somebody is, read into one record for every protocol.

Only this module knows them: latvija.lv's are those of its older protocol, in the same namespaces; should the agency
name them otherwise, they change here."""

import re

from portal.identity.ports import Identity

_PERSON = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_LATVIA = "http://ivis.eps.gov.lv/schema/identity/claims/"
GIVEN_NAME = (_PERSON + "givenname", "given_name", "urn:oid:2.5.4.42", "givenname")
FAMILY_NAME = (_PERSON + "surname", "family_name", "urn:oid:2.5.4.4", "surname")
PERSONAL_CODE = (_PERSON + "privatepersonalidentifier", "personal_code", "privatepersonalidentifier")
EMAIL = (_PERSON + "emailaddress", "email", "urn:oid:0.9.2342.19200300.100.1.3")
LEVEL = (_LATVIA + "citizenQAALevel", "citizenQAALevel")
NAME_ID_FORMAT = "urn:ivis:100001:name.id-viss"
SHOWN = ("subject", "given_name", "family_name", "personal_code", "email", "authority", "company", "level", "method")

_ACR_LEVEL = re.compile(r"urn:ivis:qaa:([1-4])")
_PART = re.compile(r"(PK|AU|UR|DP):([^:]+?)(?=-(?:PK|AU|UR|DP):|$)")


def from_saml(name_id, attributes, method, issuer) -> Identity:
    """attributes: (name, original issuer or "", value) in order.
    Of several personal codes the current one names its original issuer; the others are history."""
    codes = [(source, code_of(value)) for name, source, value in attributes if name in PERSONAL_CODE]
    current = [code for source, code in codes if source] or [code for _source, code in codes if len(codes) == 1]
    values: dict[str, str] = {}
    for name, _source, value in attributes:
        values.setdefault(name, value)
    level = _first(values, LEVEL)
    return _identity(
        name_id,
        values,
        code=current[0] if len(set(current)) == 1 else "",
        level=int(level) if level in ("1", "2", "3", "4") else 0,
        method=method,
        issuer=issuer,
        historic=tuple(code for _source, code in codes if code not in current),
        email=_first(values, EMAIL),
    )


def from_oidc(claims, issuer) -> Identity:
    """claims: those of the ID token together with the user's data. An address of e-mail counts when it is verified."""
    values = {name: _text(value) for name, value in claims.items() if _text(value)}
    level = _ACR_LEVEL.fullmatch(values.get("acr", ""))
    methods = claims.get("amr") or []
    return _identity(
        values["sub"],
        values,
        code=code_of(_first(values, PERSONAL_CODE)),
        level=int(level[1]) if level else 0,
        method=" ".join(methods) if isinstance(methods, list) else str(methods),
        issuer=issuer,
        historic=(),
        email=_first(values, EMAIL) if claims.get("email_verified") is True else "",
    )


def _identity(subject, values, *, code, level, method, issuer, historic, email):
    parts = dict(_PART.findall(subject))
    return Identity(
        subject=subject,
        personal_code=code or code_of(parts.get("PK", "")),
        given_name=_first(values, GIVEN_NAME),
        family_name=_first(values, FAMILY_NAME),
        email=email,
        authority=parts.get("AU", ""),
        company=parts.get("UR", ""),
        level=level,
        method=method,
        issuer=issuer,
        historic_codes=historic,
        claims=values,
    )


def code_of(text) -> str:
    """Eleven digits without the dash, or nothing."""
    digits = re.sub(r"[\s-]", "", text or "")
    return digits if re.fullmatch(r"\d{11}", digits) else ""


def _first(values, names):
    return next((values[name] for name in names if values.get(name)), "")


def _text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""
