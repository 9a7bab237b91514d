"""`pkip signature check`, as IT staff and outsiders call it."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from portal.signing.cli import group
from tests.signing.papers import Office, repacked


@pytest.fixture
def office(app, tmp_path):
    made = Office.open(tmp_path / "office")
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], trust_roots=made.pki.ca)
    return made


@pytest.fixture
def check(tmp_path):
    def run(data, name="lemums.asice"):
        path = tmp_path / name
        path.write_bytes(data)
        result = CliRunner().invoke(group, ["check", str(path)])
        return result.exit_code, json.loads(result.stdout)

    return run


@pytest.mark.req("3.1")
def test_valid_container_exits_with_0(office, check):
    code, found = check(office.container())
    assert code == 0
    assert {key: found["signatures"][0][key] for key in ("signer", "level", "verdict", "reason")} == {
        "signer": "ANNA PARAUGS",
        "level": "T",
        "verdict": "valid",
        "reason": "",
    }
    assert all(file["covered"] for file in found["files"])


def test_broken_container_exits_with_1_and_names_the_file(office, check):
    code, found = check(repacked(office.container(), {"Lēmums Nr. 12.txt": b"cits"}))
    assert code == 1 and found["signatures"][0]["verdict"] == "invalid"
    assert "Lēmums Nr. 12.txt" in found["signatures"][0]["reason"]


def test_what_is_not_signed_exits_with_1(office, check):
    code, found = check(b"nekas", "x.pdf")
    assert code == 1 and found["signatures"] == [] and found["reason"]


@pytest.mark.parametrize("arguments", [["check"], ["check", "/no/such/file"], ["chek", "x"]])
def test_wrong_call_exits_with_2(arguments):
    assert CliRunner().invoke(group, arguments).exit_code == 2
