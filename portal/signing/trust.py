"""From a certificate to a root that the municipality trusts, and what a certificate says of its owner."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import core
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID, ObjectIdentifier

from portal.signing.report import Reason

_LONGEST_PATH = 6
_QC_STATEMENTS = ObjectIdentifier("1.3.6.1.5.5.7.1.3")
_QC_COMPLIANCE = "0.4.0.1862.1.1"
_QC_TYPE = "0.4.0.1862.1.6"
_QC_TYPE_SEAL = "0.4.0.1862.1.6.2"


# kinds of services in lists of trust (ETSI TS 119 612): who issues qualified certificates, who stamps with the time
ISSUER, STAMPS = "CA/QC", "TSA/QTST"


@dataclass(frozen=True)
class Service:
    """history: (granted?, since), newest first. certificates: who the service is."""

    kind: str
    name: str
    provider: str
    certificates: tuple[x509.Certificate, ...]
    history: tuple[tuple[bool, datetime], ...]

    def granted_at(self, at: datetime) -> bool:
        """Was the service granted its status at the moment?"""
        return next((granted for granted, since in self.history if since <= at), False)


# certificate, its issuer, the moment that counts -> good, revoked or unknown
Ask = Callable[[x509.Certificate, x509.Certificate, datetime], str]


class TrustStore:
    """Whom the municipality trusts: roots from one PEM file that it keeps, and services of lists (TS 119 612).

    A root of its own counts for everything and always. A listed service counts for its kind, and for the time in which
    the list says that it was granted. ask: says of a certificate whether it is alive; without it nobody is asked.
    """

    def __init__(self, roots: Iterable[x509.Certificate], services: Iterable[Service] = (), ask: Ask | None = None):
        self._ask = ask
        self.own = list(roots)
        self.services = [service for service in services if service.certificates]
        listed = (item for service in self.services for item in service.certificates)
        self.roots = list(dict.fromkeys([*self.own, *listed]))

    @classmethod
    def from_pem(cls, pem: bytes) -> "TrustStore":
        return cls(x509.load_pem_x509_certificates(pem) if pem.strip() else [])

    def judge(
        self, certificate: x509.Certificate, others: Sequence[x509.Certificate], at: datetime, kind: str = ISSUER
    ) -> Reason | None:
        """Why `certificate` is not trusted at the moment `at`, or None. others: what lay beside it, in any order.
        kind: of the service that a list must name: who issues certificates for signing, or who stamps."""
        path = self.path(certificate, others)
        if path is None:
            return Reason("issuer_not_trusted", {"issuer": common_name(certificate.issuer)})
        if path[-1] not in self.own and not self._is_granted(path, kind, at):
            services = [one for one in self.services if one.kind == kind and set(one.certificates) & set(path)]
            code = "service_not_granted" if services else "issuer_not_trusted"
            return Reason(code, {"issuer": services[0].name if services else common_name(certificate.issuer)})
        for link in path:
            if not link.not_valid_before_utc <= at <= link.not_valid_after_utc:
                return Reason("certificate_out_of_time", {"subject": common_name(link.subject)})
        return None

    def alive(self, certificate: x509.Certificate, others: Sequence[x509.Certificate], at: datetime) -> str | None:
        """What the issuer says when it is asked now: good, revoked, unknown. None: nobody was asked, because none may
        be, or because the issuer is no one we trust."""
        ask = self._ask
        path = self.path(certificate, others) if ask else None
        if ask is None or path is None or len(path) < 2:
            return None
        return ask(path[0], path[1], at)

    def _is_granted(self, path: list[x509.Certificate], kind: str, at: datetime) -> bool:
        """Does a list say of anybody on the path that they were granted this kind of service then?"""
        return any(
            service.granted_at(at)
            for service in self.services
            if service.kind == kind and any(item in path for item in service.certificates)
        )

    def path(self, certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> list[x509.Certificate] | None:
        """From the certificate to a root, both included; None when no path leads there. The municipality's own roots
        are looked for first: what a list says of somebody below them changes nothing."""
        return self._path(certificate, others, set(), self.own) or self._path(certificate, others, set(), self.roots)

    def _path(self, certificate, others, passed, ends) -> list[x509.Certificate] | None:
        if certificate in ends:
            return [certificate]
        if len(passed) >= _LONGEST_PATH:
            return None
        for issuer in [*self.roots, *others]:
            mark = issuer.serial_number, issuer.subject.public_bytes()
            if mark in passed or not _may_have_issued(issuer, certificate, below=len(passed)):
                continue
            rest = self._path(issuer, others, passed | {mark}, ends)
            if rest is not None:
                return [certificate, *rest]
        return None


def _may_have_issued(issuer: x509.Certificate, certificate: x509.Certificate, below: int) -> bool:
    """below: how many authorities already stand between the issuer and the end certificate."""
    if issuer.subject != certificate.issuer:
        return False
    try:
        limits = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        certificate.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    return limits.ca and usage.key_cert_sign and (limits.path_length is None or limits.path_length >= below)


@dataclass(frozen=True)
class Owner:
    """What a signing certificate says. kind: "seal" for an institution's seal, otherwise "personal"."""

    name: str
    given_name: str
    family_name: str
    identifier: str
    kind: str
    qualified: bool
    may_sign: bool


def owner_of(certificate: x509.Certificate) -> Owner:
    subject = certificate.subject
    qc = _qc_statements(certificate)
    organisation = _first(subject, NameOID.ORGANIZATION_IDENTIFIER)
    person = _first(subject, NameOID.SERIAL_NUMBER)
    types = qc.get(_QC_TYPE)
    seal = types == [_QC_TYPE_SEAL] if types else bool(organisation and not _first(subject, NameOID.SURNAME))
    return Owner(
        name=common_name(subject),
        given_name=_first(subject, NameOID.GIVEN_NAME),
        family_name=_first(subject, NameOID.SURNAME),
        identifier=organisation if seal else person,
        kind="seal" if seal else "personal",
        qualified=_QC_COMPLIANCE in qc,
        may_sign=_may_sign(certificate),
    )


def common_name(name: x509.Name) -> str:
    """The name in words: the common name, else the organisation, else the whole."""
    return _first(name, NameOID.COMMON_NAME) or _first(name, NameOID.ORGANIZATION_NAME) or name.rfc4514_string()


def _first(name: x509.Name, oid: ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return True
    return usage.content_commitment or usage.digital_signature


class _Statement(core.Sequence):
    _fields = [("id", core.ObjectIdentifier), ("info", core.Any, {"optional": True})]


class _Statements(core.SequenceOf):
    _child_spec = _Statement


class _Identifiers(core.SequenceOf):
    _child_spec = core.ObjectIdentifier


def _qc_statements(certificate: x509.Certificate) -> dict[str, list[str]]:
    """The qualified statements (ETSI EN 319 412-5): id -> types, empty for those that have none."""
    try:
        raw = certificate.extensions.get_extension_for_oid(_QC_STATEMENTS).value.public_bytes()
        found: dict[str, list[str]] = {}
        for statement in _Statements.load(raw):
            key = statement["id"].dotted
            types = _Identifiers.load(statement["info"].dump()) if key == _QC_TYPE else []
            found[key] = [item.dotted for item in types]
        return found
    except (x509.ExtensionNotFound, ValueError, TypeError):
        return {}
