"""The sandbox's certificates: one invented authority and everything it has issued.

Every outside system of the sandbox draws on this one folder, so that a container signed with a sandbox card, a DIV
message and a time stamp all lead to the same root, and the instance needs one file of trust (`Settings.trust_roots`).
Nothing here is secret and nothing here is trusted by anyone else: the root says so in its name.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

MUNICIPALITY = "Ozolpils novada pašvaldība"
REGISTRATION_NUMBER = "90000000001"

# Wide on both sides: the sandbox's clock can be moved by months, and a certificate that ran out then teaches nothing.
YEARS_BACK, YEARS_AHEAD = 5, 15

QC_STATEMENTS = ObjectIdentifier("1.3.6.1.5.5.7.1.3")
QC_COMPLIANCE, QC_ON_DEVICE, QC_TYPE = "0.4.0.1862.1.1", "0.4.0.1862.1.4", "0.4.0.1862.1.6"
QC_TYPE_SIGNATURE, QC_TYPE_SEAL = "0.4.0.1862.1.6.1", "0.4.0.1862.1.6.2"


@dataclass(frozen=True)
class Pki:
    """Paths of PEM files. Keys are PKCS #8 without a password."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The root that everything here leads to."""
        return self.folder / "ca.pem"

    @property
    def ca_key(self) -> Path:
        return self.folder / "ca.key"

    @property
    def institution_cert(self) -> Path:
        """The municipality's system certificate for DIV and VISS (RSA, as their signatures demand)."""
        return self.folder / "institution.pem"

    @property
    def institution_key(self) -> Path:
        return self.folder / "institution.key"

    @property
    def vus_cert(self) -> Path:
        """The certificate with which the sandbox's DIV server signs (RSA)."""
        return self.folder / "vus.pem"

    @property
    def vus_key(self) -> Path:
        return self.folder / "vus.key"

    @property
    def tsa_cert(self) -> Path:
        return self.folder / "tsa.pem"

    @property
    def tsa_key(self) -> Path:
        return self.folder / "tsa.key"

    @property
    def ocsp_cert(self) -> Path:
        """Answers for the root whether a certificate is alive (RFC 6960)."""
        return self.folder / "ocsp.pem"

    @property
    def ocsp_key(self) -> Path:
        return self.folder / "ocsp.key"

    @property
    def tsl_cert(self) -> Path:
        """Signs the sandbox's list of trusted services (ETSI TS 119 612); RSA, as most of these lists."""
        return self.folder / "tsl.pem"

    @property
    def tsl_key(self) -> Path:
        return self.folder / "tsl.key"

    @property
    def seal_p12(self) -> Path:
        """The seal as a PKCS #12 file, for an instance that keeps its seal itself; password beside it."""
        return self.folder / "seal.p12"

    @property
    def seal_p12_password(self) -> Path:
        return self.folder / "seal.p12.password"

    @property
    def seal_cert(self) -> Path:
        """The municipality's electronic seal: its subject carries organizationIdentifier."""
        return self.folder / "seal.pem"

    @property
    def seal_key(self) -> Path:
        return self.folder / "seal.key"


def ensure(folder: Path) -> Pki:
    """Return the certificates of `folder`, made at the first call; several processes may call at once."""
    pki = Pki(Path(folder))
    if pki.seal_p12.exists():  # written last
        return pki
    pki.folder.mkdir(parents=True, exist_ok=True)
    with _only_one(pki.folder):
        if not pki.seal_p12.exists():
            _make_all(pki)
    return pki


def person_credential(pki: Pki, given_name: str, family_name: str, code: str) -> tuple[bytes, bytes]:
    """A qualified-looking personal signing certificate and its key, both PEM; the same pair at every call.

    code: the person's identifier, written into serialNumber as PNOLV-<code> (ETSI EN 319 412-1).
    """
    name = hashlib.sha256(f"{given_name}|{family_name}|{code}".encode()).hexdigest()[:32]
    people = pki.folder / "people"
    certificate, key = people / f"{name}.pem", people / f"{name}.key"
    if not certificate.exists():
        people.mkdir(parents=True, exist_ok=True)
        with _only_one(pki.folder):
            if not certificate.exists():
                _issue(
                    pki,
                    certificate,
                    key,
                    [
                        (NameOID.COUNTRY_NAME, "LV"),
                        (NameOID.COMMON_NAME, f"{given_name} {family_name}".upper()),
                        (NameOID.GIVEN_NAME, given_name.upper()),
                        (NameOID.SURNAME, family_name.upper()),
                        (NameOID.SERIAL_NUMBER, f"PNOLV-{code}"),
                    ],
                    _signing_usage(QC_TYPE_SIGNATURE),
                )
    return certificate.read_bytes(), key.read_bytes()


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_all(pki: Pki) -> None:
    organisation = [
        (NameOID.COUNTRY_NAME, "LV"),
        (NameOID.ORGANIZATION_NAME, MUNICIPALITY),
        (NameOID.ORGANIZATION_IDENTIFIER, f"NTRLV-{REGISTRATION_NUMBER}"),
    ]
    if not pki.ca.exists():
        _make_root(pki)
    _issue(
        pki,
        pki.institution_cert,
        pki.institution_key,
        [*organisation, (NameOID.COMMON_NAME, f"{MUNICIPALITY} DIV")],
        _system_usage(),
        rsa_key=True,
    )
    _issue(
        pki,
        pki.vus_cert,
        pki.vus_key,
        [(NameOID.COUNTRY_NAME, "LV"), (NameOID.COMMON_NAME, "DIV smilškaste")],
        _system_usage(),
        rsa_key=True,
    )
    _issue(
        pki,
        pki.tsa_cert,
        pki.tsa_key,
        [(NameOID.COUNTRY_NAME, "LV"), (NameOID.COMMON_NAME, "Smilškastes laika zīmogi")],
        [
            (_usage(content_commitment=True, digital_signature=True), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
        ],
    )
    _issue(
        pki,
        pki.seal_cert,
        pki.seal_key,
        [*organisation, (NameOID.COMMON_NAME, MUNICIPALITY)],
        _signing_usage(QC_TYPE_SEAL),
    )
    _issue(
        pki,
        pki.ocsp_cert,
        pki.ocsp_key,
        [(NameOID.COUNTRY_NAME, "LV"), (NameOID.COMMON_NAME, "Smilškastes OCSP")],
        [
            (_usage(digital_signature=True), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
            (x509.OCSPNoCheck(), False),
        ],
    )
    _issue(
        pki,
        pki.tsl_cert,
        pki.tsl_key,
        [(NameOID.COUNTRY_NAME, "LV"), (NameOID.COMMON_NAME, "Smilškastes uzticamības saraksts")],
        [(_usage(digital_signature=True), True), (x509.ExtendedKeyUsage([ObjectIdentifier("0.4.0.2231.3.0")]), False)],
        rsa_key=True,
    )
    _write(pki.seal_p12_password, b"smilskaste\n", mode=0o600)
    _write(
        pki.seal_p12,
        pkcs12.serialize_key_and_certificates(
            MUNICIPALITY.encode(),
            ec_key(pki.seal_key),
            x509.load_pem_x509_certificate(pki.seal_cert.read_bytes()),
            None,
            serialization.BestAvailableEncryption(b"smilskaste"),
        ),
        mode=0o600,
    )


def _make_root(pki: Pki) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "LV"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "PKIP smilškaste"),
            x509.NameAttribute(NameOID.COMMON_NAME, "TIKAI IZMĒĢINĀŠANAI: smilškastes sakne"),
        ]
    )
    certificate = (
        _dated(x509.CertificateBuilder())
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_key(pki.ca_key, key)
    _write(pki.ca, certificate.public_bytes(serialization.Encoding.PEM))


def ec_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """An elliptic-curve key that the sandbox has made."""
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds another kind of key")
    return key


def _issue(pki: Pki, certificate_path: Path, key_path: Path, names, extensions, *, rsa_key: bool = False) -> None:
    """Issue one end certificate; its file is written after its key, so where a certificate is, its key is too."""
    if certificate_path.exists():  # an older folder is only completed
        return
    root = x509.load_pem_x509_certificate(pki.ca.read_bytes())
    root_key = ec_key(pki.ca_key)
    key = rsa.generate_private_key(65537, 2048) if rsa_key else ec.generate_private_key(ec.SECP256R1())
    builder = (
        _dated(x509.CertificateBuilder())
        .subject_name(x509.Name([x509.NameAttribute(oid, value) for oid, value in names]))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    certificate = builder.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    _write_key(key_path, key)
    _write(certificate_path, certificate)


def _dated(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    now = datetime.now(UTC).replace(microsecond=0)
    return builder.not_valid_before(now - timedelta(days=365 * YEARS_BACK)).not_valid_after(
        now + timedelta(days=365 * YEARS_AHEAD)
    )


def _usage(**wanted: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: wanted.get(name, False) for name in names})


def _system_usage():
    loopback = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])
    return [
        (_usage(digital_signature=True, key_encipherment=True, data_encipherment=True), True),
        (purposes, False),
        (loopback, False),
    ]


class _Statement(core.Sequence):
    _fields = [("id", core.ObjectIdentifier), ("info", core.Any, {"optional": True})]


class _Statements(core.SequenceOf):
    _child_spec = _Statement


class _Identifiers(core.SequenceOf):
    _child_spec = core.ObjectIdentifier


def _signing_usage(qc_type: str):
    """Key usage of a qualified certificate and its statements (ETSI EN 319 412-5)."""
    statements = _Statements(
        [{"id": QC_COMPLIANCE}, {"id": QC_ON_DEVICE}, {"id": QC_TYPE, "info": core.Any(_Identifiers([qc_type]))}]
    )
    return [
        (_usage(content_commitment=True), True),
        (x509.UnrecognizedExtension(QC_STATEMENTS, statements.dump()), False),
    ]


def _write_key(path: Path, key) -> None:
    _write(
        path,
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        mode=0o600,
    )


def _write(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Whole or not at all: a process killed here leaves no half file behind."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
