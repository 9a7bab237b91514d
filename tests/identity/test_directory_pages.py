"""The directory's pages; people who come from another directory; Windows accounts that a reverse proxy vouches for."""

import re
import shutil
from dataclasses import replace

import ldap
import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.identity import service as identity
from portal.identity.adapters.ldap import _outside_person
from portal.identity.models import DirectoryRun, ImportState, PeopleImport, Person, SignInSession
from portal.identity.ports import Entry
from portal.kernel.access import SYSTEM
from portal.kernel.config import ConfigError, Settings
from portal.kernel.db import db
from tests import servers
from tests.conftest import PASSWORD
from tests.identity.test_directory import BASE, connection, full, server, written  # noqa: F401 - fixtures

has_slapd = pytest.mark.skipif(
    shutil.which("slapd", path="/usr/sbin:/usr/bin") is None, reason="slapd is not installed"
)
OTHER = "dc=vecais,dc=lv"


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_page_says_when_there_is_no_directory(as_client):
    page = as_client("edgars").get("/directory").get_data(as_text=True)
    assert "PKIP_LDAP_URL" in page and "Parādīt atšķirības" not in page
    assert as_client("edgars").post("/directory/compare").status_code == 409


@pytest.mark.server
@has_slapd
@pytest.mark.req("1.2")
def test_it_staff_see_what_differs_before_it_is_written(full, as_client, run_jobs):  # noqa: F811
    tampering = connection(full, f"cn=pkip,{BASE}", "writer")
    tampering.modify_s(f"uid=anna,ou=people,{BASE}", [(ldap.MOD_REPLACE, "title", [b"hacker"])])
    browser = as_client("edgars")
    target = browser.post("/directory/compare", data={"look": "y"}).location
    assert "Notiek" in browser.get(target).get_data(as_text=True)
    run_jobs()
    page = browser.get(target).get_data(as_text=True)
    assert "hacker → lietvede" in page and "1 ieraksts atšķiras" in page
    assert written(full, f"uid=anna,ou=people,{BASE}")["title"] == ["hacker"]
    target = browser.post("/directory/compare").location
    run_jobs()
    assert "Rakstīts 1 ieraksts" in browser.get(target).get_data(as_text=True)
    assert written(full, f"uid=anna,ou=people,{BASE}")["title"] == ["lietvede"]


@pytest.mark.server
@has_slapd
@pytest.mark.req("1.2")
def test_it_staff_let_an_application_read_and_see_its_password_once(full, as_client, run_jobs):  # noqa: F811
    browser = as_client("edgars")
    wrong = browser.post("/directory/applications", data={"name": "Lielie Burti"})
    assert wrong.status_code == 422 and "Lietojiet mazos burtus" in wrong.get_data(as_text=True)
    page = browser.post("/directory/applications", data={"name": "wiki", "contacts": "y"})
    assert page.headers["Cache-Control"] == "no-store"
    password = re.search(r'id="password">([^<]+)<', page.get_data(as_text=True))[1]
    run_jobs()
    connection(full, f"cn=wiki,ou=services,{BASE}", password).unbind_s()
    assert password not in browser.get("/directory").get_data(as_text=True)
    assert browser.get("/directory/ca.pem").data.startswith(b"-----BEGIN CERTIFICATE")


def test_nobody_else_sees_the_directorys_pages(as_client, cast):
    assert as_client("anna").get("/directory").status_code == 403


# --- another directory ------------------------------------------------------------------------------------------------


def other_person(username, given, family, password, unit):
    from argon2 import PasswordHasher

    hashed = PasswordHasher(time_cost=1, memory_cost=64).hash(password)
    return {
        "objectClass": ["inetOrgPerson"], "uid": [username], "cn": [f"{given} {family}"], "sn": [family],
        "givenName": [given], "mail": [f"{username}@vecais.lv"], "title": ["speciāliste"], "ou": [unit],
        "userPassword": [f"{{ARGON2}}{hashed}"],
    }  # fmt: skip


@pytest.fixture
def other(app, tmp_path):
    """An OpenLDAP that the municipality had before, with two people in it."""
    with servers.slapd(tmp_path / "other", OTHER, "writer") as running:
        writer = connection(running, f"cn=pkip,{OTHER}", "writer")
        entries = {
            OTHER: {"objectClass": ["dcObject", "organization"], "dc": ["vecais"], "o": ["Vecais"]},
            f"ou=people,{OTHER}": {"objectClass": ["organizationalUnit"], "ou": ["people"]},
            f"uid=zane,ou=people,{OTHER}": other_person("zane", "Zane", "Āboliņa", "vecā parole", "Kanceleja"),
            f"uid=anna,ou=people,{OTHER}": other_person("anna", "Anna", "Liepiņa", "cita parole", "Nezināma"),
        }
        for dn, attributes in entries.items():
            writer.add_s(dn, [(name, [v.encode() for v in values]) for name, values in attributes.items()])
        own = app.extensions["pkip.settings"]
        named = replace(
            own.ldap,
            outside_url=f"ldap://127.0.0.1:{running.port}",
            outside_kind="openldap",
            outside_base=f"ou=people,{OTHER}",
            outside_user=f"cn=pkip,{OTHER}",
            outside_password="writer",
            outside_ca=running.ca,
            outside_filter="(&(objectClass=inetOrgPerson)(uid={username}))",
        )
        app.extensions["pkip.settings"] = replace(own, ldap=named)
        yield running


def sign_in(client, username, password):
    return client.post("/sign-in", data={"username": username, "password": password})


@pytest.mark.server
@has_slapd
@pytest.mark.req("1.2", "1.3")
def test_people_come_from_the_other_directory_and_sign_in_with_its_password(other, as_client, client, run_jobs):
    browser = as_client("edgars")
    target = browser.post("/directory/import").location
    run_jobs()
    plan = db.session.scalars(sa.select(PeopleImport)).one()
    assert (plan.state, plan.added, plan.changed) == (ImportState.PREVIEW, 1, 1)
    assert f"/people/imports/{plan.id}" in browser.get(target).get_data(as_text=True)
    identity.apply_import(identity.actor_for(plan.made_by_id), plan.id)
    db.session.commit()
    zane = db.session.scalars(sa.select(Person).where(Person.username == "zane")).one()
    assert zane.unit.name == "Kanceleja" and zane.position == "speciāliste"
    assert sign_in(client, "zane", "nepareiza").status_code == 422
    assert sign_in(client, "zane", "vecā parole").status_code == 303
    assert (
        db.session.scalars(sa.select(SignInSession.method).where(SignInSession.person_id == zane.id)).one()
        == "directory"
    )


@pytest.mark.server
@has_slapd
def test_whoever_has_a_password_here_is_not_let_in_by_two(other, cast, client):
    assert sign_in(client, "anna", "cita parole").status_code == 422
    assert sign_in(client, "anna", PASSWORD).status_code == 303


@pytest.mark.server
@has_slapd
@pytest.mark.parametrize(("username", "password"), [("zane", ""), ("*", "vecā parole"), ("zane)(uid=*", "vecā parole")])
def test_the_other_directory_is_not_talked_into_anything(other, app, client, username, password):
    from portal.identity.service.directory.outside import outside

    identity.add_person(SYSTEM, "Zane", "Āboliņa", "z@vecais.lv", "", None, "zane", None)
    db.session.commit()
    assert not outside().proves(username, password)
    assert sign_in(client, username, password).status_code == 422


@pytest.mark.server
@has_slapd
def test_while_the_other_directory_is_away_people_are_told_so_and_not_counted_as_guessing(other, cast, client):
    identity.add_person(SYSTEM, "Zane", "Āboliņa", "z@vecais.lv", "", None, "zane", None)
    db.session.commit()
    other.stop()
    for _try in range(6):
        answer = sign_in(client, "zane", "vecā parole")
        assert answer.status_code == 403 and "neatbild" in answer.get_data(as_text=True)
    other.start()
    assert sign_in(client, "zane", "vecā parole").status_code == 303
    assert sign_in(client, "bruno", PASSWORD).status_code in (302, 303)


def test_an_active_directorys_person_is_read(app):
    entry = Entry(
        "CN=Zane,OU=Darbinieki,DC=pasvaldiba,DC=lv",
        {
            "sAMAccountName": frozenset((b"Zane",)),
            "givenName": frozenset((b"Zane",)),
            "sn": frozenset(("Āboliņa".encode(),)),
            "mail": frozenset((b"zane@pasvaldiba.lv",)),
            "department": frozenset((b"Kanceleja",)),
            "userAccountControl": frozenset((b"514",)),
        },
    )
    found = _outside_person(entry, ad=True)
    assert (found.username, found.family_name, found.unit, found.open) == ("zane", "Āboliņa", "Kanceleja", False)


# --- Windows ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def windows(app):
    """The instance believes the proxy at 10.0.0.5."""
    own = app.extensions["pkip.settings"]
    named = replace(
        own.ldap, kerberos_header="X-Remote-User", kerberos_proxies=("10.0.0.5/32",), kerberos_realm="OZOLPILS.LV"
    )
    app.extensions["pkip.settings"] = replace(own, ldap=named)


def through(client, address, principal):
    return client.post("/sign-in/windows", headers={"X-Remote-User": principal}, environ_base={"REMOTE_ADDR": address})


@pytest.mark.req("1.2", "1.3")
def test_the_proxys_word_lets_in(windows, cast, client):
    assert "Pieteikties ar Windows kontu" in client.get("/sign-in").get_data(as_text=True)
    assert through(client, "10.0.0.5", "Anna@OZOLPILS.LV").status_code == 303
    assert "Anna Liepiņa" in client.get("/profile", environ_base={"REMOTE_ADDR": "10.0.0.5"}).get_data(as_text=True)


def test_nobody_elses_word_lets_in(windows, cast, client):
    assert through(client, "10.0.0.6", "anna@OZOLPILS.LV").status_code == 403
    assert through(client, "10.0.0.5", "anna@EVIL.LV").status_code == 422
    assert through(client, "10.0.0.5", "anna").status_code == 422
    assert through(client, "10.0.0.5", "").status_code == 422
    assert through(client, "10.0.0.5", "nobody@OZOLPILS.LV").status_code == 422
    assert client.get("/profile").status_code == 302
    refused = db.session.scalars(sa.select(AuditRecord).where(AuditRecord.action == "sign_in.failed")).all()
    assert len(refused) == 5


def test_without_the_setting_the_header_is_worth_nothing(app, cast, client):
    assert through(client, "127.0.0.1", "anna@OZOLPILS.LV").status_code == 403
    assert "Windows" not in client.get("/sign-in").get_data(as_text=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"PKIP_LDAP_URL": "http://127.0.0.1"},
        {"PKIP_LDAP_OUTSIDE_KIND": "novell"},
        {"PKIP_LDAP_OUTSIDE_FILTER": "(uid=anna)"},
        {"PKIP_KERBEROS_HEADER": "X-Remote-User"},
        {"PKIP_KERBEROS_PROXIES": "somewhere"},
    ],
)
def test_a_wrong_setting_is_named(tmp_path, wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong)).split("_URL")[0]):
        Settings.from_env({"PKIP_VAR": str(tmp_path), **wrong})


def test_comparisons_are_only_for_it_staff(cast, anna):
    from portal.identity.service import directory
    from portal.kernel.errors import Forbidden

    for ask in (directory.ask_reconciliation, directory.ask_reading, directory.list_runs, directory.list_accounts):
        with pytest.raises(Forbidden):
            ask(anna)
    assert db.session.scalars(sa.select(DirectoryRun)).all() == []
