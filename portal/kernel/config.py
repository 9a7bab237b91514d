"""Settings of one instance, read once at start from `PKIP_*` and failing loudly. Nothing else reads the environment."""

import ipaddress
import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from flask import current_app

from portal.kernel import config_ldap


class ConfigError(Exception):
    """A setting is missing or wrong; the message names the variable."""


@dataclass(frozen=True)
class Settings:
    """Everything an instance can be told. Paths are absolute; URLs have no trailing slash."""

    name: str
    var: Path
    municipality: str
    registration_number: str
    base_url: str
    secret_key: str
    instance_key: bytes
    database_url: str
    redis_url: str
    blobs_url: str
    search_url: str
    sandbox_url: str
    eaddress_url: str
    eaddress_address: str
    eaddress_cert: Path
    eaddress_key: Path
    eaddress_trust: Path
    csc_url: str
    csc_user: str
    csc_password: str
    tsa_url: str
    trust_roots: Path
    trust_list_signers: Path
    pspp_url: str
    pspp_token_url: str
    pspp_client_id: str
    pspp_client_key: Path
    pspp_cert: Path
    vpvkac_url: str
    witness: Path
    ocsp_url: str = ""  # asked instead of the address that a certificate names
    ask_issuers: bool = True  # whether a certificate was revoked, where the signed file does not hold the answer
    signature_level: str = "LT"  # LAW-143; T: without the issuer's answer
    seal_file: Path | None = None  # PKCS #12; without it the signing service keeps the seal
    seal_password_file: Path | None = None
    trust_lists: tuple[str, ...] = ()  # addresses of lists of trusted services (ETSI TS 119 612)
    trust_countries: tuple[str, ...] = ()  # of which countries a list of lists is followed; none named: of all
    pspp_audience: str = ""  # the token service's own name, which at VISS is not the gateway's address
    mail_url: str = ""  # smtp://, smtp+starttls:// or smtps://, with user@ when the server asks for one
    mail_password: str = ""
    mail_from: str = ""
    scan_folder: Path | None = None  # where scanners put their files
    most_streams: int = 350  # event streams of one web process; the threads above them are for pages
    allowed_hosts: tuple[str, ...] = ()
    eaddress_signed_parts: tuple[str, ...] = ("Body", "Timestamp", "Action", "To", "MessageID", "ReplyTo")
    eaddress_algorithm: str = "rsa-sha256"
    eaddress_wsa_to: str = ""
    max_upload_bytes: int = 100 * 1024 * 1024
    max_resumable_bytes: int = 5 * 1024**3  # of one file that comes in pieces, by other systems
    blob_key: bytes = b""  # wraps the keys of stored files; without it the instance key does
    old_blob_keys: tuple[bytes, ...] = ()  # still open files until `pkip storage rotate-key` has been through
    clamd: str = ""  # the virus scanner: path of a socket, or host:port; none: nothing is scanned
    fixity_days: int = 30  # every so often all stored files are read and compared; 0: only when asked
    destroy_days: int = 30  # how long a deleted item of the store can only be restored
    events_days: int = 90  # how long other systems can replay what happened to the items of the store
    secure_cookies: bool = True
    argon2_memory_kib: int = 64 * 1024  # with three passes: RFC 9106, 4 (the second recommended option)
    argon2_passes: int = 3
    separate_admin_accounts: bool = True  # who administers the system does so with a second account (LAW-151)
    min_password: int = 8  # characters; NIST SP 800-63B-4 asks for 15 where a password alone signs in
    weak_passwords: bool = False  # length alone counts: for tests and made-up people, no variable sets it
    security_class: str = "C"  # LAW-152: A, second factor for all; B, for administrators and from outside; C, by role
    inside_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    confirm_minutes: int = 0  # signing and voting ask again who one is after this long; 0: never
    viewers_names: bool = False  # LAW-158: does a person see the names of those who looked at their data?
    ldap: config_ldap.LdapSettings = config_ldap.LdapSettings()
    testing: bool = False

    @property
    def sandbox(self) -> bool:
        """True while outside systems are the sandbox; screens say so and the clock can be moved."""
        return bool(self.sandbox_url)

    @classmethod
    def from_env(cls, env=None):
        """Settings from a mapping (the environment by default).
        Raises ConfigError naming the variable that is missing or wrong."""
        return _from_mapping(os.environ if env is None else env)

    @classmethod
    def for_tests(cls, var, **changes):
        """Settings over a fresh folder, without the environment; keyword arguments replace fields.
        Passwords are hashed cheaply: nine people sign up in most tests, and nobody attacks these hashes."""
        env = {"PKIP_VAR": str(var), "PKIP_SANDBOX_URL": "http://127.0.0.1:9"}
        cheap = {
            "testing": True,
            "secure_cookies": False,
            "argon2_memory_kib": 64,
            "argon2_passes": 1,
            "weak_passwords": True,
        }
        return replace(_from_mapping(env), **{**cheap, **changes})


def settings() -> Settings:
    """The current instance's settings; needs an application context."""
    return current_app.extensions["pkip.settings"]


def _from_mapping(env):
    def text(name, default=""):
        return (env.get(f"PKIP_{name}") or default).rstrip("/")

    def path(name, default):
        return Path(env.get(f"PKIP_{name}") or default).resolve()

    name = text("INSTANCE", "ozolpils")
    root = path("VAR", "var")
    var = root / name
    var.mkdir(parents=True, exist_ok=True)
    sandbox = text("SANDBOX_URL")
    pki = root / "sandbox" / "pki"
    registration_number = text("REGISTRATION_NUMBER", "90000000001")
    if not (registration_number.isdigit() and len(registration_number) == 11):
        raise ConfigError("PKIP_REGISTRATION_NUMBER must have 11 digits")
    outside = {
        "eaddress_url": text("EADDRESS_URL", sandbox and f"{sandbox}/div/UnifiedService.svc"),
        "csc_url": text("CSC_URL", sandbox and f"{sandbox}/csc/v2"),
        "tsa_url": text("TSA_URL", sandbox and f"{sandbox}/tsa"),
        "ocsp_url": text("OCSP_URL", sandbox and f"{sandbox}/ocsp"),
        "pspp_url": text("PSPP_URL", sandbox and f"{sandbox}/pspp/v1"),
        "vpvkac_url": text("VPVKAC_URL", sandbox and f"{sandbox}/vpvkac/v1"),
        "pspp_token_url": text("PSPP_TOKEN_URL", sandbox and f"{sandbox}/gateway/token"),
    }
    for key, url in outside.items():
        if url and not url.startswith(("http://127.0.0.1", "http://localhost", "https://")):
            raise ConfigError(f"PKIP_{key.upper()} must begin with https://")
    mail_url = text("MAIL_URL")
    if mail_url and not mail_url.startswith(("smtp://127.0.0.1", "smtp://localhost", "smtp+starttls://", "smtps://")):
        raise ConfigError("PKIP_MAIL_URL must begin with smtps:// or smtp+starttls://")
    algorithm = text("EADDRESS_ALGORITHM", "rsa-sha256")
    if algorithm not in ("rsa-sha256", "rsa-sha1"):
        raise ConfigError("PKIP_EADDRESS_ALGORITHM must be rsa-sha256 or rsa-sha1")
    signature_level = text("SIGNATURE_LEVEL", "LT").upper()
    if signature_level not in ("T", "LT"):
        raise ConfigError("PKIP_SIGNATURE_LEVEL must be LT or T: without a time stamp nothing counts as signed")
    seal_file, seal_password_file = text("SEAL_FILE"), text("SEAL_PASSWORD_FILE")
    if bool(seal_file) != bool(seal_password_file):
        raise ConfigError("PKIP_SEAL_FILE and PKIP_SEAL_PASSWORD_FILE go together")
    trust_lists = tuple(text("TRUST_LISTS", sandbox and f"{sandbox}/tsl.xml").replace(",", " ").split())
    for url in trust_lists:
        if not url.startswith(("http://127.0.0.1", "http://localhost", "https://")):
            raise ConfigError("PKIP_TRUST_LISTS must begin with https://")
    security_class = text("SECURITY_CLASS", "C").upper()
    if security_class not in ("A", "B", "C"):
        raise ConfigError("PKIP_SECURITY_CLASS must be A, B or C")
    return Settings(
        name=name,
        var=var,
        municipality=text("MUNICIPALITY", "Ozolpils novada pašvaldība"),
        registration_number=registration_number,
        base_url=text("BASE_URL", "http://127.0.0.1:8000"),
        secret_key=env.get("PKIP_SECRET_KEY") or _kept_secret(var / "secret.key").hex(),
        instance_key=_instance_key(env, var),
        database_url=_database_url(text("DATABASE_URL"), var),
        redis_url=text("REDIS_URL"),
        blobs_url=text("BLOBS_URL"),
        search_url=text("SEARCH_URL"),
        sandbox_url=sandbox,
        eaddress_address=text("EADDRESS_ADDRESS", f"_DEFAULT@{registration_number}"),
        eaddress_cert=path("EADDRESS_CERT", pki / "institution.pem"),
        eaddress_key=path("EADDRESS_KEY", pki / "institution.key"),
        eaddress_trust=path("EADDRESS_TRUST", pki / "ca.pem"),
        eaddress_signed_parts=_parts(text("EADDRESS_SIGNED_PARTS")),
        eaddress_algorithm=algorithm,
        eaddress_wsa_to=text("EADDRESS_WSA_TO"),
        csc_user=text("CSC_USER", "pkip"),
        csc_password=env.get("PKIP_CSC_PASSWORD") or ("sandbox" if sandbox else ""),
        trust_roots=path("TRUST_ROOTS", pki / "ca.pem"),
        trust_list_signers=path("TRUST_LIST_SIGNERS", pki / "tsl.pem"),
        ask_issuers=_flag("ASK_ISSUERS", env, True),
        signature_level=signature_level,
        seal_file=Path(seal_file).resolve() if seal_file else None,
        seal_password_file=Path(seal_password_file).resolve() if seal_password_file else None,
        trust_lists=trust_lists,
        trust_countries=tuple(text("TRUST_COUNTRIES").upper().replace(",", " ").split()),
        pspp_client_id=text("PSPP_CLIENT_ID", "pkip"),
        pspp_client_key=path("PSPP_CLIENT_KEY", pki / "institution.key"),
        pspp_cert=path("PSPP_CERT", pki / "institution.pem"),
        pspp_audience=env.get("PKIP_PSPP_AUDIENCE") or "",
        witness=path("WITNESS", root / "witness" / name),
        mail_url=mail_url,
        mail_password=env.get("PKIP_MAIL_PASSWORD") or "",
        mail_from=text("MAIL_FROM", "pkip@localhost"),
        scan_folder=path("SCAN_FOLDER", "") if text("SCAN_FOLDER") else None,
        most_streams=_whole("STREAMS", env, 350),
        allowed_hosts=tuple(h for h in text("ALLOWED_HOSTS").split(",") if h),
        max_upload_bytes=_whole("MAX_UPLOAD_BYTES", env, 100 * 1024 * 1024),
        max_resumable_bytes=_whole("MAX_RESUMABLE_BYTES", env, 5 * 1024**3),
        blob_key=_key("BLOB_KEY", env.get("PKIP_BLOB_KEY") or ""),
        old_blob_keys=tuple(_key("OLD_BLOB_KEYS", one) for one in text("OLD_BLOB_KEYS").replace(",", " ").split()),
        clamd=text("CLAMD"),
        fixity_days=_whole("FIXITY_DAYS", env, 30),
        destroy_days=_whole("DESTROY_DAYS", env, 30),
        events_days=_whole("EVENTS_DAYS", env, 90),
        min_password=max(8, _whole("MIN_PASSWORD", env, 8)),
        security_class=security_class,
        inside_networks=_networks(text("INSIDE_NETWORKS", "127.0.0.0/8,::1/128")),
        confirm_minutes=_whole("CONFIRM_MINUTES", env, 0),
        viewers_names=text("VIEWERS_NAMES") == "yes",
        ldap=_ldap(env, var, name),
        separate_admin_accounts=_flag("SEPARATE_ADMIN", env, not sandbox),
        secure_cookies=not text("BASE_URL", "http://127.0.0.1:8000").startswith("http://"),
        **outside,
    )


def _ldap(env, var, name):
    try:
        return config_ldap.read(env, var, name, _kept_secret)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _whole(name, env, default):
    value = env.get(f"PKIP_{name}") or str(default)
    if not value.isdigit():
        raise ConfigError(f"PKIP_{name} must be a whole number, not {value!r}")
    return int(value)


def _flag(name, env, default):
    value = env.get(f"PKIP_{name}") or ("yes" if default else "no")
    if value not in ("yes", "no"):
        raise ConfigError(f"PKIP_{name} must be yes or no, not {value!r}")
    return value == "yes"


def _networks(value):
    found = tuple(part.strip() for part in value.split(",") if part.strip())
    for part in found:
        try:
            ipaddress.ip_network(part)
        except ValueError as error:
            raise ConfigError(f"PKIP_INSIDE_NETWORKS holds no network: {part}") from error
    return found


def _parts(value):
    known = ("Body", "Timestamp", "Action", "To", "MessageID", "ReplyTo")
    parts = tuple(p.strip() for p in value.split(",") if p.strip()) or known
    if unknown := set(parts) - set(known):
        raise ConfigError(f"PKIP_EADDRESS_SIGNED_PARTS knows {', '.join(known)}; not {', '.join(sorted(unknown))}")
    return parts


def _database_url(value, var):
    if not value:
        return f"sqlite:///{var / 'pkip.db'}"
    if value.startswith("postgresql://"):
        return value.replace("postgresql://", "postgresql+psycopg://", 1)
    if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ConfigError("PKIP_DATABASE_URL must begin with sqlite:/// or postgresql://")
    return value


def _instance_key(env, var):
    given = env.get("PKIP_INSTANCE_KEY")
    return _key("INSTANCE_KEY", given) if given else _kept_secret(var / "instance.key")


def _key(name, given):
    """32 bytes in hexadecimal, or nothing."""
    try:
        key = bytes.fromhex(given)
    except ValueError:
        key = b"?"
    if len(key) not in (0, 32):
        raise ConfigError(f"PKIP_{name} must be 64 hexadecimal digits (32 bytes)")
    return key


def _kept_secret(path):
    """32 random bytes, made the first time and kept in a file only the owner reads."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return bytes.fromhex(path.read_text().strip())
    with os.fdopen(handle, "w") as file:
        value = secrets.token_bytes(32)
        file.write(value.hex())
    return value
