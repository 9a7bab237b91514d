"""The directory over LDAP against a real slapd: what stands there, who reads it, and that nothing is lost."""

import json
import shutil
import subprocess
import time
from dataclasses import replace

import ldap
import pytest
import sqlalchemy as sa

from portal.identity import service as identity
from portal.identity.models import DirectoryRun, DirectoryState, RunState
from portal.identity.service import directory
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import ExternalRefused, ExternalUnavailable
from portal.kernel.events import Outbox, OutboxState
from portal.workplace import state
from tests import servers
from tests.conftest import PASSWORD

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(shutil.which("slapd", path="/usr/sbin:/usr/bin") is None, reason="slapd is not installed"),
]
BASE = "dc=ozolpils,dc=lv"


@pytest.fixture
def server(app, tmp_path):
    """A slapd of its own, which the instance's settings name."""
    with servers.slapd(tmp_path / "directory") as running:
        own = app.extensions["pkip.settings"]
        written = replace(own.ldap, url=f"ldap://127.0.0.1:{running.port}", password="writer", ca=running.ca)
        app.extensions["pkip.settings"] = replace(own, ldap=written)
        yield running


@pytest.fixture
def full(server, cast):
    """The directory with the cast in it."""
    run = directory.compare_now()
    db.session.commit()
    assert run.state == RunState.DONE and not run.failed, run.problem or run.differences
    return server


def connection(server, dn=None, password=None, tls=True):
    found = ldap.initialize(f"ldap://127.0.0.1:{server.port}")
    found.set_option(ldap.OPT_X_TLS_CACERTFILE, str(server.ca))
    found.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    if tls:
        found.start_tls_s()
    if dn:
        found.simple_bind_s(dn, password)
    return found


def person(username):
    return f"uid={username},ou=people,{BASE}"


def group(name):
    return f"cn={name},ou=groups,{BASE}"


def written(server, dn, attributes=("*", "memberOf")):
    """An entry as the writer sees it, or None."""
    with_rights = connection(server, f"cn=pkip,{BASE}", "writer")
    try:
        ((_dn, found),) = with_rights.search_s(dn, ldap.SCOPE_BASE, "(objectClass=*)", list(attributes))
    except ldap.NO_SUCH_OBJECT:
        return None
    finally:
        with_rights.unbind_s()
    return {name: sorted(value.decode() for value in values) for name, values in found.items()}


def binds(server, username, password):
    try:
        connection(server, person(username), password).unbind_s()
    except ldap.INVALID_CREDENTIALS:
        return False
    return True


@pytest.mark.req("1.2")
def test_people_units_and_groups_stand_in_the_directory(full):
    bruno, liga = written(full, person("bruno")), written(full, person("liga"))
    assert bruno["cn"] == ["Bruno Kalniņš"] and bruno["mail"] == ["bruno@ozolpils.example"]
    assert bruno["ou"] == ["Attīstības nodaļa"] and "manager" not in bruno
    assert liga["manager"] == [person("bruno")]
    assert bruno["memberOf"] == [group("role-employee"), group("role-head"), group("unit-2")]
    assert written(full, f"ou=2,ou=units,{BASE}")["description"] == ["Attīstības nodaļa"]
    assert written(full, group("role-auditor"))["member"] == [f"cn=nobody,{BASE}", person("oskars")]
    assert bruno["userPassword"][0].startswith("{ARGON2}$argon2id$")


def test_comparing_again_finds_nothing(full):
    again = directory.compare_now()
    assert (again.found, again.failed, again.differences) == (0, 0, [])


@pytest.mark.req("1.2", "2.2")
def test_an_application_binds_over_tls_with_a_password_just_changed(full, as_client, run_jobs):
    assert binds(full, "anna", PASSWORD)
    changed = as_client("anna").post(
        "/profile/password", data={"old_password": PASSWORD, "new_password": "zaļais kalns 77"}
    )
    assert changed.status_code == 303
    run_jobs()
    assert binds(full, "anna", "zaļais kalns 77") and not binds(full, "anna", PASSWORD)
    told = subprocess.run(
        ["ldapsearch", "-LLL", "-ZZ", "-x", "-H", f"ldap://127.0.0.1:{full.port}", "-D", person("anna"),
         "-w", "zaļais kalns 77", "-b", person("anna"), "uid", "userPassword"],
        env={"LDAPTLS_CACERT": str(full.ca), "PATH": "/usr/bin"}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "uid: anna" in told and "userPassword" not in told


def test_no_password_travels_in_the_clear(full):
    with pytest.raises(ldap.CONFIDENTIALITY_REQUIRED):
        connection(full, tls=False).simple_bind_s(person("anna"), PASSWORD)


def test_the_servers_own_password_change_is_refused(full):
    mine = connection(full, person("anna"), PASSWORD)
    for old in (PASSWORD, None):
        with pytest.raises((ldap.INSUFFICIENT_ACCESS, ldap.UNWILLING_TO_PERFORM)):
            mine.passwd_s(person("anna"), old, "another password")
    assert binds(full, "anna", PASSWORD)


@pytest.mark.req("1.1", "1.2")
def test_whoever_is_suspended_is_out_of_the_directory(full, edgars, cast, run_jobs):
    identity.suspend(edgars, cast.pauls.id, "left")
    run_jobs()
    assert written(full, person("pauls")) is None
    assert person("pauls") not in written(full, group("role-employee"))["member"]


def test_a_role_given_is_a_group_joined(full, edgars, cast, run_jobs):
    identity.give_role(edgars, cast.pauls.id, "clerk")
    run_jobs()
    assert group("role-clerk") in written(full, person("pauls"))["memberOf"]


def test_a_new_user_name_keeps_the_entry(full, edgars, cast, run_jobs):
    before = written(full, person("bruno"), ["entryUUID"])
    identity.change_person(edgars, cast.bruno.id, username="bruno.kalnins")
    run_jobs()
    assert written(full, person("bruno")) is None
    assert written(full, person("bruno.kalnins"), ["entryUUID"]) == before
    assert written(full, group("role-head"))["member"] == [f"cn=nobody,{BASE}", person("bruno.kalnins")]
    assert written(full, person("liga"))["manager"] == [person("bruno.kalnins")]
    assert directory.compare_now().found == 0


def test_a_unit_with_a_new_name_is_told_to_its_people(full, edgars, cast, run_jobs):
    identity.change_unit(
        edgars, cast.units["2"].id, name="Plānošanas nodaļa", index="2", parent_id=None, since=None, until=None
    )
    run_jobs()
    assert written(full, person("liga"))["ou"] == ["Plānošanas nodaļa"]
    assert directory.compare_now().found == 0


@pytest.mark.req("1.2")
def test_what_changed_while_the_directory_was_away_is_not_lost(full, edgars, cast, run_jobs):
    full.stop()
    identity.suspend(edgars, cast.pauls.id, "left")
    identity.give_role(edgars, cast.liga.id, "clerk")
    run_jobs()
    waiting = db.session.scalars(sa.select(Outbox).where(Outbox.job.like("directory.%"))).all()
    assert {entry.state for entry in waiting} == {OutboxState.WAITING}
    assert db.session.get(DirectoryState, 1).failing_since is not None
    for entry in waiting:  # as after hours
        entry.state = OutboxState.PARKED
    db.session.commit()
    full.start()
    run_jobs(periodic=True)
    assert written(full, person("pauls")) is None
    assert group("role-clerk") in written(full, person("liga"))["memberOf"]
    last = db.session.scalars(sa.select(DirectoryRun).order_by(DirectoryRun.id.desc())).first()
    assert last.reason == "repair" and last.removed == 1
    assert db.session.get(DirectoryState, 1).failing_since is None
    assert not db.session.scalars(sa.select(Outbox).where(Outbox.state == OutboxState.PARKED)).all()


def test_an_import_of_many_is_written_together(full, edgars, run_jobs):
    rows = [
        {
            "username": f"jauns{n}",
            "given_name": "Jauns",
            "family_name": f"Darbinieks{n}",
            "email": f"j{n}@ozolpils.example",
        }
        for n in range(60)
    ]
    plan = identity.plan_import(edgars, "jaunie.csv", rows)
    identity.apply_import(edgars, plan.id)
    db.session.commit()
    asked = db.session.scalars(sa.select(Outbox.job).where(Outbox.job.like("directory.%"))).all()
    assert asked.count("directory.write_everything") == 1 and asked.count("directory.write_person") == 50
    identity.suspend(edgars, identity.person_called("jauns59", "person").id, "left")
    run_jobs(rounds=1)
    assert written(full, person("jauns58")) and written(full, person("jauns59")) is None
    assert directory.compare_now().found == 0


def test_a_wrong_password_of_the_writer_is_told(full, app, cast):
    own = app.extensions["pkip.settings"]
    app.extensions["pkip.settings"] = replace(own, ldap=replace(own.ldap, password="wrong"))
    with pytest.raises(ExternalRefused):
        directory.write_person(cast.anna.id)
    assert "Invalid credentials" in directory.state().problem


def test_a_directory_that_hangs_holds_nobody_up(full, cast):
    full.pause()
    begun = time.monotonic()
    try:
        with pytest.raises(ExternalUnavailable):
            directory.write_person(cast.anna.id)
        assert time.monotonic() - begun < 20
        assert [check.well for check in state.checks() if "LDAP" in check.name] == [False]
    finally:
        full.pause(hang=False)


def test_an_empty_directory_is_filled_by_itself(server, cast, run_jobs):
    run_jobs(periodic=True)
    assert binds(server, "dace", PASSWORD)


def test_what_somebody_changed_in_the_directory_itself_is_found_and_put_right(full):
    tampering = connection(full, f"cn=pkip,{BASE}", "writer")
    tampering.modify_s(person("anna"), [(ldap.MOD_REPLACE, "mail", [b"evil@example.org"])])
    tampering.modify_s(group("role-it"), [(ldap.MOD_ADD, "member", [person("pauls").encode()])])
    tampering.delete_s(person("dace"))
    dry = directory.compare_now(dry=True)
    assert (dry.added, dry.changed, dry.removed) == (1, 2, 0)
    told = {one["dn"]: one for one in dry.differences}
    assert told[person("anna")]["values"] == {"mail": [["evil@example.org"], ["anna@ozolpils.example"]]}
    assert written(full, person("dace")) is None
    directory.compare_now()
    assert written(full, person("anna"))["mail"] == ["anna@ozolpils.example"]
    assert person("pauls") not in written(full, group("role-it"))["member"]


@pytest.mark.req("1.2")
def test_applications_read_only_what_they_are_allowed(full, edgars, run_jobs):
    _one, names_only = directory.add_account(edgars, "wiki", "", [])
    _two, more = directory.add_account(edgars, "telefoni", "Tālruņu grāmata", ["contacts"])
    _three, groups = directory.add_account(edgars, "faili", "", ["groups"])
    run_jobs()

    def reads(name, password, base=f"ou=people,{BASE}"):
        mine = connection(full, f"cn={name},ou=services,{BASE}", password)
        return dict(mine.search_s(base, ldap.SCOPE_SUBTREE, "(|(uid=anna)(cn=role-clerk))", ["*", "memberOf"]))

    assert set(reads("wiki", names_only)[person("anna")]) == {
        "objectClass", "uid", "cn", "sn", "givenName", "displayName", "employeeNumber", "preferredLanguage"
    }  # fmt: skip
    assert reads("telefoni", more)[person("anna")]["mail"] == [b"anna@ozolpils.example"]
    assert "memberOf" not in reads("telefoni", more)[person("anna")]
    assert group("role-clerk").encode() in reads("faili", groups)[person("anna")]["memberOf"]
    assert group("role-clerk") in reads("faili", groups, BASE)
    assert group("role-clerk") not in reads("wiki", names_only, BASE)
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        connection(full, f"cn=wiki,ou=services,{BASE}", names_only).modify_s(
            person("anna"), [(ldap.MOD_REPLACE, "mail", [b"x@y.lv"])]
        )
    assert connection(full).search_s("", ldap.SCOPE_BASE)
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        connection(full).search_s(BASE, ldap.SCOPE_SUBTREE)


def test_an_application_removed_reads_no_longer(full, edgars, run_jobs):
    account, password = directory.add_account(edgars, "wiki", "", ["contacts"])
    run_jobs()
    directory.remove_account(edgars, account.id)
    run_jobs()
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        connection(full, f"cn=wiki,ou=services,{BASE}", password)
    assert written(full, f"cn=contacts,ou=access,{BASE}")["member"] == [f"cn=nobody,{BASE}"]


def test_guessing_over_ldap_is_slowed_down_for_people_and_not_for_applications(full, edgars, run_jobs):
    _account, password = directory.add_account(edgars, "wiki", "", [])
    run_jobs()
    for _try in range(6):
        assert not binds(full, "anna", "wrong")
        with pytest.raises(ldap.INVALID_CREDENTIALS):
            connection(full, f"cn=wiki,ou=services,{BASE}", "wrong")
    assert not binds(full, "anna", PASSWORD)
    connection(full, f"cn=wiki,ou=services,{BASE}", password).unbind_s()
    assert binds(full, "bruno", PASSWORD)


def test_odd_data_do_not_keep_anybody_out(full, run_jobs):
    identity.add_person(
        SYSTEM, "", "O’Kāpņš, \\+ #1", "ādolfs@āda.lv", " ", None, "odd.one", PASSWORD, phone="+371 6700;0000"
    )
    run_jobs()
    odd = written(full, person("odd.one"))
    assert odd["telephoneNumber"] == ["+371 67000000"] and "mail" not in odd and "title" not in odd
    assert directory.compare_now().found == 0


def test_the_command_line_reports_and_exits_by_what_it_found(full, app):
    from click.testing import CliRunner

    from portal.identity.ldap_cli import group as commands

    connection(full, f"cn=pkip,{BASE}", "writer").delete_s(person("dace"))
    dry = CliRunner().invoke(commands, ["sync", "--dry-run", "--json"])
    report = json.loads(dry.stdout)
    assert (dry.exit_code, report["added"], report["differences"][0]["dn"]) == (1, 1, person("dace"))
    done = CliRunner().invoke(commands, ["sync"])
    assert done.exit_code == 0 and "1 were added" in done.stdout
    full.stop()
    away = CliRunner().invoke(commands, ["sync"])
    assert away.exit_code == 1
    full.start()
