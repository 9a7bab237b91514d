"""Directories over LDAP, through python-ldap. Never without TLS: ldap:// always begins with StartTLS."""

from contextlib import contextmanager, suppress

import ldap
from ldap.controls import SimplePagedResultsControl
from ldap.dn import str2dn
from ldap.filter import escape_filter_chars

from portal.identity.ports import Change, Entry, Failure, OutsidePerson
from portal.kernel.errors import ExternalRefused, ExternalUnavailable
from portal.kernel.i18n import _

TIMEOUT_S = 5
_PAGE = 1000
_IN_FLIGHT = 200  # operations sent before the first answer is waited for
_LARGE = 20  # attributes with more values are changed value by value, smaller ones are replaced
_LATER = (ldap.SERVER_DOWN, ldap.CONNECT_ERROR, ldap.TIMEOUT, ldap.BUSY, ldap.UNAVAILABLE, ldap.TIMELIMIT_EXCEEDED)
_AD_CLOSED = 0x2  # userAccountControl: ACCOUNTDISABLE


def same_name(dn: str) -> str:
    """A form of a distinguished name by which two spellings of it are compared."""
    if dn.isascii() and "\\" not in dn and ", " not in dn:
        return dn.casefold()
    return ",".join("+".join(f"{name}={value}" for name, value, _flags in part) for part in str2dn(dn)).casefold()


@contextmanager
def _told():
    """Our errors instead of the library's."""
    try:
        yield
    except _LATER as error:
        raise ExternalUnavailable(_("The directory does not answer: %(text)s", text=_words(error))) from error
    except ldap.LDAPError as error:
        raise ExternalRefused(_("The directory refused: %(text)s", text=_words(error)), type(error).__name__) from error


def _words(error):
    said = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return ": ".join(str(said[key]) for key in ("desc", "info") if said.get(key)) or type(error).__name__


def _open(url, ca, timeout_s=TIMEOUT_S):
    connection = ldap.initialize(url, bytes_mode=False)
    connection.set_option(ldap.OPT_PROTOCOL_VERSION, 3)
    connection.set_option(ldap.OPT_REFERRALS, 0)
    connection.set_option(ldap.OPT_NETWORK_TIMEOUT, timeout_s)
    connection.set_option(ldap.OPT_TIMEOUT, timeout_s)
    connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
    if ca:
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(ca))
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    if url.startswith("ldap://"):
        connection.start_tls_s()
    return connection


def _read(connection, base, condition, attributes, timeout_s):
    """All entries, page by page; referrals to other servers are left alone."""
    control = SimplePagedResultsControl(True, size=_PAGE, cookie="")
    found: list[Entry] = []
    while True:
        try:
            sent = connection.search_ext(base, ldap.SCOPE_SUBTREE, condition, list(attributes), serverctrls=[control])
            _kind, rows, _id, answers = connection.result3(sent, timeout=timeout_s)
        except ldap.NO_SUCH_OBJECT:
            return found
        found += [
            Entry(dn, {name: frozenset(values) for name, values in attrs.items()})
            for dn, attrs in rows
            if dn is not None
        ]
        pages = [one for one in answers if one.controlType == SimplePagedResultsControl.controlType]
        if not pages or not pages[0].cookie:
            return found
        control.cookie = pages[0].cookie


class LdapDirectory:
    """Our own directory, as its writer. Use as a context manager: one connection each."""

    def __init__(self, url, user, password, ca):
        self.url, self.user, self.password, self.ca = url, user, password, ca
        self.connection = None

    def __enter__(self):
        with _told():
            self.connection = _open(self.url, self.ca)
            self.connection.simple_bind_s(self.user, self.password)
        return self

    def __exit__(self, *_error):
        with suppress(ldap.LDAPError):  # it may be gone already
            self.connection.unbind_s()

    def read(self, base, condition="(objectClass=*)", attributes=("*",)):
        """See `ports.Directory`."""
        with _told():
            return _read(self.connection, base, condition, attributes, 30)

    def apply(self, changes):
        """See `ports.Directory`. Operations go out together; one stage waits for the one before."""
        stages: dict[tuple, list[Change]] = {}
        for change in changes:
            stages.setdefault(_stage(change), []).append(change)
        failures: list[Failure] = []
        with _told():
            for _order, stage in sorted(stages.items(), key=lambda item: item[0]):
                for start in range(0, len(stage), _IN_FLIGHT):
                    failures += self._together(stage[start : start + _IN_FLIGHT])
        return failures

    def _together(self, changes):
        sent = [(change, self._send(change)) for change in changes]
        for change, number in sent:
            try:
                self.connection.result3(number, timeout=30)
            except _LATER:
                raise
            except ldap.NO_SUCH_OBJECT as error:
                if change.act != "remove":
                    yield Failure(change, _words(error))
            except ldap.LDAPError as error:
                yield Failure(change, _words(error))

    def _send(self, change):
        if change.act == "add":
            return self.connection.add_ext(change.dn, [(name, list(v)) for name, v in change.entry.attributes.items()])
        if change.act == "remove":
            return self.connection.delete_ext(change.dn)
        if change.act == "rename":
            relative, _comma, above = change.entry.dn.partition(",")
            return self.connection.rename(change.dn, relative, above, delold=1)
        return self.connection.modify_ext(change.dn, list(_modifications(change)))


def _stage(change):
    depth = change.dn.count(",")
    return {"rename": (0, 0), "remove": (1, -depth), "add": (2, depth), "change": (3, 0)}[change.act]


def _modifications(change):
    for name, (goes, comes) in change.values.items():
        whole = change.entry.attributes.get(name, frozenset()) if change.entry else None
        if whole is not None and len(whole) <= _LARGE:
            yield ldap.MOD_REPLACE, name, list(whole) or None
            continue
        if comes:  # before what goes: a group is never without members
            yield ldap.MOD_ADD, name, list(comes)
        if goes:
            yield ldap.MOD_DELETE, name, list(goes)


class OutsideLdap:
    """An Active Directory or an OpenLDAP that the municipality already has: people sign in against it and come from it.
    user, password: an account there that may search; without it searches are anonymous."""

    def __init__(self, own):
        self.own = own

    @contextmanager
    def _searching(self):
        with _told():
            connection = _open(self.own.outside_url, self.own.outside_ca)
            try:
                if self.own.outside_user:
                    connection.simple_bind_s(self.own.outside_user, self.own.outside_password)
                yield connection
            finally:
                with suppress(ldap.LDAPError):
                    connection.unbind_s()

    def proves(self, username, password):
        """See `ports.OutsideDirectory`. A bind without a password would succeed for anybody, so none is tried."""
        if not password or not username:
            return False
        condition = self.own.outside_filter.replace("{username}", escape_filter_chars(username))
        with self._searching() as connection:
            rows = [e.dn for e in _read(connection, self.own.outside_base, condition, ["1.1"], TIMEOUT_S)]
        if len(rows) != 1:  # unknown, or a filter that does not tell people apart
            return False
        with _told():
            connection = _open(self.own.outside_url, self.own.outside_ca)
            try:
                connection.simple_bind_s(rows[0], password)
            except (ldap.INVALID_CREDENTIALS, ldap.UNWILLING_TO_PERFORM, ldap.INAPPROPRIATE_AUTH):
                return False
            finally:
                connection.unbind_s()
        return True

    def people(self):
        """See `ports.OutsideDirectory`."""
        condition = self.own.outside_filter.replace("{username}", "*")
        ad = self.own.outside_kind == "ad"
        with self._searching() as connection:
            entries = _read(connection, self.own.outside_base, condition, ["*"], 60)
        return [_outside_person(entry, ad) for entry in entries]


def _outside_person(entry, ad):
    values = {name.lower(): value for name, value in entry.attributes.items()}

    def first(*names):
        found = (sorted(values.get(name.lower(), ())) for name in names)
        return next((value[0].decode("utf-8", "replace").strip() for value in found if value), "")

    control = int(first("userAccountControl") or 0)
    return OutsidePerson(
        username=first("sAMAccountName" if ad else "uid").lower(),
        given_name=first("givenName"),
        family_name=first("sn", "cn"),
        email=first("mail"),
        phone=first("telephoneNumber"),
        position=first("title"),
        unit=first("departmentNumber", "department", "ou"),
        open=not control & _AD_CLOSED,
    )
