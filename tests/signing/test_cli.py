"""`pkip signature check`, as IT staff and outsiders call it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner

from portal.kernel import clock
from portal.signing.cli import group
from tests.signing.papers import FILES, Office, repacked


@pytest.fixture
def office(app, tmp_path):
    made = Office.open(tmp_path / "office")
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], trust_roots=made.pki.ca)
    return made


@pytest.fixture
def check(tmp_path):
    def run(data, name="lemums.asice", options=("--offline",)):
        path = tmp_path / name
        path.write_bytes(data)
        result = CliRunner().invoke(group, ["check", *options, str(path)])
        return result.exit_code, json.loads(result.stdout)

    return run


@pytest.mark.req("3.1")
def test_valid_container_exits_with_0(office, check):
    code, found = check(office.container())
    assert code == 0
    assert {key: found["signatures"][0][key] for key in ("signer", "level", "revocation", "verdict", "reason")} == {
        "signer": "ANNA PARAUGS",
        "level": "T",
        "revocation": "not_asked",
        "verdict": "valid",
        "reason": "",
    }
    assert all(file["covered"] for file in found["files"])


def test_broken_container_exits_with_1_and_names_the_file(office, check):
    code, found = check(repacked(office.container(), {"Lēmums Nr. 12.txt": b"cits"}))
    assert code == 1 and found["signatures"][0]["verdict"] == "invalid"
    assert "Lēmums Nr. 12.txt" in found["signatures"][0]["reason"]


@pytest.mark.req("12.4", "LAW-140")
def test_the_issuer_is_asked_unless_settings_or_caller_forbid_it(app, sandbox, check):
    paper = Office(sandbox.pki, sandbox.app)
    serial = f"{paper.person()[0].serial_number:x}"

    def said(data, **more):
        code, found = check(data, **more)
        return code, found["signatures"][0]["revocation"], found["verdict"]

    assert said(paper.container(), options=()) == (0, "good", "valid")
    sandbox.store.put("ocsp.revoked", serial, {"at": (clock.now() - timedelta(hours=1)).isoformat()})
    assert said(paper.container(), options=()) == (1, "revoked", "invalid")
    assert said(paper.container()) == (0, "not_asked", "valid")
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], ask_issuers=False)
    assert said(paper.container(), options=()) == (0, "not_asked", "valid")
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], ask_issuers=True)
    sandbox.store.set_setting("ocsp.fault", "down")
    assert said(paper.container(), options=()) == (1, "unknown", "indeterminate")


def test_a_detached_signature_finds_its_file_in_the_folder(office, check, tmp_path):
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    code, found = check(office.signature(), "paraksts.xml")
    assert code == 0 and {file["name"] for file in found["files"]} == set(FILES)


def test_what_is_not_signed_exits_with_1(office, check):
    code, found = check(b"nekas", "x.pdf")
    assert code == 1 and found["signatures"] == [] and found["reason"]


@pytest.mark.parametrize("arguments", [["check"], ["check", "/no/such/file"], ["chek", "x"]])
def test_wrong_call_exits_with_2(arguments):
    assert CliRunner().invoke(group, arguments).exit_code == 2
