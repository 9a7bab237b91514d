"""Settings of the directory: where the register is written to, and which other directory people may come from."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

KINDS = {  # of other directories: the filter that finds a person by user name
    "ad": "(&(objectCategory=person)(objectClass=user)(sAMAccountName={username}))",
    "openldap": "(&(objectClass=inetOrgPerson)(uid={username}))",
}


@dataclass(frozen=True)
class LdapSettings:
    """url: our own directory, ldap:// (StartTLS always) or ldaps://; empty: there is none.
    outside_…: an Active Directory or OpenLDAP that people without a password here sign in against, and come from.
    kerberos_…: the header in which a reverse proxy names who has signed in to Windows, and the proxy's addresses."""

    url: str = ""
    base: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None
    outside_url: str = ""
    outside_kind: str = "ad"
    outside_base: str = ""
    outside_user: str = ""
    outside_password: str = field(default="", repr=False)
    outside_ca: Path | None = None
    outside_filter: str = KINDS["ad"]
    kerberos_header: str = ""
    kerberos_proxies: tuple[str, ...] = ()
    kerberos_realm: str = ""


def read(env, var: Path, name: str, kept_secret) -> LdapSettings:
    """From `PKIP_LDAP_…` and `PKIP_KERBEROS_…`; raises ValueError naming the variable that is wrong.
    kept_secret: gives the random bytes that a file keeps."""

    def text(variable, default=""):
        return (env.get(f"PKIP_{variable}") or default).strip()

    def path(variable, default=None):
        value = text(variable)
        return Path(value).resolve() if value else default

    urls = {variable: text(variable) for variable in ("LDAP_URL", "LDAP_OUTSIDE_URL")}
    for variable, url in urls.items():
        if url and not url.startswith(("ldap://", "ldaps://")):
            raise ValueError(f"PKIP_{variable} must begin with ldap:// (with StartTLS) or ldaps://")
    kind = text("LDAP_OUTSIDE_KIND", "ad")
    if kind not in KINDS:
        raise ValueError(f"PKIP_LDAP_OUTSIDE_KIND must be one of {', '.join(KINDS)}")
    outside_filter = text("LDAP_OUTSIDE_FILTER", KINDS[kind])
    if "{username}" not in outside_filter:
        raise ValueError("PKIP_LDAP_OUTSIDE_FILTER must hold {username}")
    base = text("LDAP_BASE", f"dc={name},dc=lv")
    header, proxies = text("KERBEROS_HEADER"), _networks(text("KERBEROS_PROXIES"))
    if header and not (proxies and text("KERBEROS_REALM")):
        raise ValueError("PKIP_KERBEROS_HEADER needs PKIP_KERBEROS_PROXIES and PKIP_KERBEROS_REALM beside it")
    return LdapSettings(
        url=urls["LDAP_URL"].rstrip("/"),
        base=base,
        user=text("LDAP_USER", f"cn=pkip,{base}"),
        password=env.get("PKIP_LDAP_PASSWORD") or kept_secret(var / "ldap.key").hex(),
        ca=path("LDAP_CA", var / "directory" / "tls" / "ca.pem"),
        outside_url=urls["LDAP_OUTSIDE_URL"].rstrip("/"),
        outside_kind=kind,
        outside_base=text("LDAP_OUTSIDE_BASE"),
        outside_user=text("LDAP_OUTSIDE_USER"),
        outside_password=env.get("PKIP_LDAP_OUTSIDE_PASSWORD") or "",
        outside_ca=path("LDAP_OUTSIDE_CA"),
        outside_filter=outside_filter,
        kerberos_header=header,
        kerberos_proxies=proxies,
        kerberos_realm=text("KERBEROS_REALM").upper(),
    )


def _networks(value):
    found = tuple(part.strip() for part in value.split(",") if part.strip())
    for part in found:
        try:
            ipaddress.ip_network(part)
        except ValueError as error:
            raise ValueError(f"PKIP_KERBEROS_PROXIES holds no address or network: {part}") from error
    return found
