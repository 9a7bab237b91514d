"""OpenLDAP's server for this machine: its certificates, its configuration, and the command that starts it.

Who may read what is written here once; which applications belong to which list is data that the portal writes."""

import ipaddress
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from argon2 import PasswordHasher
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# What an application may be allowed to read about people, besides their names.
READS = {
    "contacts": ("mail", "telephoneNumber"),
    "work": ("title", "ou", "departmentNumber", "manager", "employeeType"),
    "groups": ("memberOf",),
}
NAMES = (
    "entry",
    "objectClass",
    "uid",
    "cn",
    "sn",
    "givenName",
    "displayName",
    "employeeNumber",
    "preferredLanguage",
    "entryUUID",
)
_SCHEMAS = ("core", "cosine", "inetorgperson", "dyngroup")
_YEARS = 10


@dataclass(frozen=True)
class Place:
    """Where the server of one instance keeps its things."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "tls" / "ca.pem"

    @property
    def config(self) -> Path:
        return self.folder / "slapd.conf"


def program() -> str | None:
    """The server, when it is installed (Debian: slapd)."""
    return shutil.which("slapd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def prepare(folder: Path, base: str, writer: str, password: str) -> Place:
    """Write configuration and certificates; what is there already is kept, apart from the configuration."""
    place = Place(folder)
    (folder / "db").mkdir(parents=True, exist_ok=True)
    (folder / "tls").mkdir(exist_ok=True)
    folder.chmod(0o700)
    if not (folder / "tls" / "server.pem").exists():  # written last
        _certify(folder / "tls")
    _write(place.config, _configuration(folder, base, writer, _hashed(password)), 0o600)
    return place


def command(place: Place, port: int, tls_port: int | None = None) -> list[str]:
    """What starts the server in the foreground, on the loopback only."""
    urls = [f"ldap://127.0.0.1:{port}/"] + ([f"ldaps://127.0.0.1:{tls_port}/"] if tls_port else [])
    return [str(program()), "-f", str(place.config), "-h", " ".join(urls), "-d", "0"]


def _hashed(password):
    """The writer's password has 256 random bits: a costly hash would only slow each connection down."""
    hashed = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(password)
    return f"{{ARGON2}}{hashed}"


def _configuration(folder, base, writer, password_hash):
    lists = {what: f'by group.exact="cn={what},ou=access,{base}" read' for what in READS}
    anyone = f'by dn.one="ou=services,{base}" read'
    rules = [
        "access to attrs=userPassword by anonymous auth by * none",
        *(
            f'access to dn.subtree="ou=people,{base}" attrs={",".join(attributes)} by self read {lists[what]} by * none'
            for what, attributes in READS.items()
        ),
        f'access to dn.subtree="ou=people,{base}" attrs={",".join(NAMES)} by self read {anyone} by * none',
        f'access to dn.subtree="ou=people,{base}" by * none',
        f'access to dn.subtree="ou=groups,{base}" {lists["groups"]} by * none',
        f'access to dn.subtree="ou=units,{base}" {anyone} by * none',
        f'access to dn.base="{base}" attrs=entry,objectClass,dc,o by users read by * none',
        'access to dn.base="" by * read',
        'access to dn.base="cn=Subschema" by * read',
        "access to * by * none",
    ]
    return "\n".join(
        [
            *(f"include /etc/ldap/schema/{name}.schema" for name in _SCHEMAS),
            "modulepath /usr/lib/ldap",
            *(f"moduleload {name}" for name in ("back_mdb", "argon2", "dynlist", "ppolicy")),
            f"pidfile {folder}/slapd.pid",
            f"argsfile {folder}/slapd.args",
            f"TLSCACertificateFile {folder}/tls/ca.pem",
            f"TLSCertificateFile {folder}/tls/server.pem",
            f"TLSCertificateKeyFile {folder}/tls/server.key",
            "# no password and no entry travels in the clear",
            "security ssf=128 simple_bind=128",
            "password-hash {ARGON2}",
            "sockbuf_max_incoming_auth 67108863",
            "sizelimit unlimited",
            "idletimeout 900",
            "# one writes at a time anyway, and a bind takes 64 MiB",
            "threads 4",
            *rules,
            "database mdb",
            f'suffix "{base}"',
            f'rootdn "{writer}"',
            f"rootpw {password_hash}",
            f"directory {folder}/db",
            "maxsize 4294967296",
            "# written to disk every minute: after a power cut the register fills in what is missing",
            "dbnosync",
            "checkpoint 0 1",
            "sortvals member",
            "multival member 200,50",
            "index objectClass,employeeNumber,departmentNumber,member,entryUUID,entryCSN eq",
            "index givenName,displayName eq",
            "index uid,cn,sn,mail eq,sub",
            "overlay dynlist",
            "dynlist-attrset groupOfURLs memberURL member+memberOf@groupOfNames",
            "overlay ppolicy",
            f'ppolicy_default "cn=people,ou=policies,{base}"',
            "",
        ]
    )


def _certify(folder):
    now = datetime.now(UTC).replace(microsecond=0)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "PKIP kataloga sertifikātu izdevējs")])

    def builder(name, of):
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(ca_name)
            .public_key(of.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365 * _YEARS))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(of.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        )

    def usage(**wanted):
        names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                 "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
        return x509.KeyUsage(**{name: wanted.get(name, False) for name in names})

    ca = (
        builder(ca_name, ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    server = (
        builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(folder / "ca.pem", ca.public_bytes(serialization.Encoding.PEM).decode(), 0o644)
    _write(folder / "server.key", key.private_bytes(*private).decode(), 0o600)
    _write(folder / "server.pem", server.public_bytes(serialization.Encoding.PEM).decode(), 0o644)


def _write(path, text, mode):
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    os.replace(partial, path)
