"""The sandbox's page: each switch is turned over HTTP and its system behaves so."""

import html
import uuid

import pytest
import requests

from portal.sandbox import csc
from portal.sandbox.control import SYSTEMS

pytestmark = pytest.mark.alike

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NOBODY = uuid.UUID(int=1)
PIECES = {
    "csc": {"csc.pin": "1234", "csc.slow_s": "3"},
    "tsa": {"tsa.slow_s": "3"},
    "ocsp": {"ocsp.slow_s": "3"},
    "pspp": {"pspp.fault_times": "", "pspp.slow_s": "2", "pspp.retry_after_s": "7"},
    "vpvkac": {"vpvkac.fault_times": "", "vpvkac.slow_s": "2"},
    "saml": {"saml.level": "4"},
    "oidc": {"oidc.level": "4"},
    "gateway": {"gateway.token_life_s": "3600"},
}


def page_of(answer):
    return html.unescape(answer.text)


@pytest.fixture
def turn(sandbox):
    """`turn("pspp", fault="down")`: the form as the page shows it, with these changes, sent as a browser would."""

    def post(key, **changes):
        data = {"fault": "", **PIECES[key], **changes}
        return requests.post(f"{sandbox.url}/systems/{key}", data=data, timeout=10)

    return post


@pytest.mark.parametrize("key", SYSTEMS)
def test_every_fault_is_switched_on_and_off_and_the_page_shows_it(sandbox, turn, key):
    for fault, words in SYSTEMS[key].faults.items():
        page = page_of(turn(key, fault=fault))
        assert f"{SYSTEMS[key].name}: {words}" in page
        assert f'<option value="{fault}" selected>{words}</option>' in page
        assert sandbox.store.setting(f"{key}.fault") == fault
    assert turn(key).status_code == 200 and sandbox.store.setting(f"{key}.fault") == ""


@pytest.mark.parametrize("key", ["csc", "tsa", "ocsp", "pspp", "gateway"])
def test_a_system_that_is_down_says_so_to_its_callers(sandbox, turn, key):
    turn(key, fault="down")
    token = {"grant_type": "client_credentials", "client_id": "pkip", "client_assertion_type": ASSERTION}
    ask = {
        "csc": lambda: requests.post(f"{sandbox.url}/csc/v2/info", json={}, timeout=10),
        "tsa": lambda: requests.post(f"{sandbox.url}/tsa", data=b"", timeout=10),
        "ocsp": lambda: requests.post(f"{sandbox.url}/ocsp", data=b"", timeout=10),
        "pspp": lambda: requests.get(f"{sandbox.url}/pspp/v1/service-instances/{NOBODY}", timeout=10),
        "gateway": lambda: requests.post(f"{sandbox.url}/gateway/token", data=token, timeout=10),
    }[key]
    assert ask().status_code == 503
    turn(key)
    assert ask().status_code != 503


def test_values_are_kept_as_their_systems_read_them(sandbox, turn):
    turn("pspp", fault="throttled", **{"pspp.fault_times": "2", "pspp.slow_s": "0,5", "pspp.retry_after_s": "11"})
    turn("gateway", **{"gateway.token_life_s": "90"})
    turn("csc", **{"csc.pin": "987654"})
    kept = {name: sandbox.store.setting(name) for name in ("pspp.fault_times", "pspp.slow_s", "gateway.token_life_s")}
    assert kept == {"pspp.fault_times": 2, "pspp.slow_s": 0.5, "gateway.token_life_s": 90}
    asked = [requests.get(f"{sandbox.url}/pspp/v1/service-instances/{NOBODY}", timeout=10) for _time in range(3)]
    assert [answer.status_code for answer in asked] == [429, 429, 401]
    assert asked[0].headers["Retry-After"] == "11"
    page = page_of(requests.get(sandbox.url, timeout=10))
    assert 'name="csc.pin" value="987654"' in page and 'name="pspp.slow_s" value="0,5"' in page


@pytest.mark.parametrize(
    "key, wrong",
    [
        ("csc", {"csc.pin": "12"}),
        ("tsa", {"tsa.slow_s": "ilgi"}),
        ("pspp", {"pspp.retry_after_s": ""}),
        ("gateway", {"gateway.token_life_s": "-1"}),
        ("pspp", {"fault": "nezināms"}),
    ],
)
def test_a_wrong_value_changes_nothing_and_keeps_what_was_typed(sandbox, turn, key, wrong):
    answer = turn(key, **{"fault": "down", **wrong})
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert sandbox.store.setting(f"{key}.fault", "") == ""
    assert all(f'value="{value}"' in page_of(answer) for name, value in wrong.items() if name != "fault")


def test_locked_cards_are_unlocked(sandbox):
    sandbox.store.put("csc.tries", "person-1", {"wrong": csc.MOST_TRIES})
    assert "bloķētas kartes: 1" in page_of(requests.get(sandbox.url, timeout=10))
    page = page_of(requests.post(f"{sandbox.url}/unlock", timeout=10))
    assert "Kartes ir atbloķētas" in page and "bloķētas kartes" not in page
    assert (
        requests.post(f"{sandbox.url}/unlock", headers={"Origin": "http://cits.example"}, timeout=10).status_code == 403
    )
    assert requests.post(f"{sandbox.url}/systems/nav", timeout=10).status_code == 404
