"""Replaying recorded sessions: the real file, sessions with comings and goings, and wrong files."""

import json

import pytest
from click.testing import CliRunner

from portal.council.cli import group

pytestmark = pytest.mark.alike


@pytest.fixture
def replay(app, tmp_path):
    """Runs `pkip council replay` on data or a file; gives the exit code and the answer."""

    def run(data, *more):
        path = data
        if isinstance(data, dict):
            path = tmp_path / "sessions.json"
            path.write_text(json.dumps(data), encoding="utf-8")
        done = CliRunner().invoke(group, ["replay", str(path), "--json", "--out", str(tmp_path / "out"), *more])
        found = done.stdout.find("{")
        return done.exit_code, json.JSONDecoder().raw_decode(done.stdout[found:])[0] if found >= 0 else done.output

    return run


def session(agenda, **changes):
    facts = {
        "kind": "regular",
        "number": 1,
        "date": "2024-03-21",
        "opened": "14:00",
        "members": 9,
        "chair": 1,
        "present": [1, 2, 3, 4, 5, 6, 7],
        "absent": [{"member": 8, "reason": "slimība"}, {"member": 9}],
        "agenda": [{"n": n, "title": f"Par {n}. jautājumu", **one} for n, one in enumerate(agenda, start=1)],
    }
    return {"sessions": [facts | changes]}


@pytest.mark.req("13.2", "13.3")
def test_real_sessions_replay_with_the_same_attendance_and_result(replay, shared_data):
    code, answer = replay(shared_data / "council" / "sessions.json")
    assert code == 0, answer
    first, second = answer["sessions"]
    (matter,) = first["matters"]
    assert (matter["present"], matter["quorum"], matter["quorum_needed"]) == (5, True, 5)
    assert (matter["par"], matter["pret"], matter["atturas"], matter["adopted"]) == (5, 0, 0, True)
    assert [one["present"] for one in second["matters"]] == [7] * 8
    for one in answer["sessions"]:
        with open(one["minutes"], "rb") as file:
            assert file.read(5) == b"%PDF-"


def test_comings_and_goings_change_who_is_present(replay):
    code, answer = replay(
        session(
            [
                {"time": "14:10", "votes": {"par": [1, 2, 3, 4], "pret": [5], "atturas": []}, "adopted": True},
                {
                    "time": "15:40",
                    "votes": {"par": [1, 2, 3, 6], "pret": [4, 5], "atturas": [7], "nepiedalas": []},
                    "adopted": True,
                },
                {"time": "16:10", "votes": {"par": [1, 2, 3, 4], "pret": [], "atturas": []}, "adopted": False},
            ],
            present=[1, 2, 3, 4, 5],
            arrivals=[{"member": 6, "time": "15:30"}, {"member": 7, "time": "15:35"}],
            departures=[{"member": who, "time": "16:00"} for who in (5, 6, 7)],
        )
    )
    assert code == 0, answer
    lines = answer["sessions"][0]["matters"]
    assert [(one["present"], one["quorum"]) for one in lines] == [(5, True), (7, True), (4, False)]


def test_who_takes_no_part_is_not_in_the_denominator(replay):
    code, answer = replay(
        session([{"votes": {"par": [1, 2, 3], "pret": [4, 5], "atturas": [], "nepiedalas": [6, 7]}, "adopted": True}])
    )
    (line,) = answer["sessions"][0]["matters"]
    assert code == 0 and line["nepiedalas"] == 2 and line["present"] == 7


def test_without_times_a_voter_has_arrived_before_the_vote(replay):
    code, answer = replay(
        session(
            [
                {"votes": {"par": [1, 2, 3, 4, 5], "pret": [], "atturas": []}, "adopted": True},
                {"votes": {"par": [1, 2, 3, 4, 5, 6], "pret": [], "atturas": []}, "adopted": True},
            ],
            present=[1, 2, 3, 4, 5],
            arrivals=[{"member": 6, "time": "15:30"}],
        )
    )
    assert code == 0 and [one["present"] for one in answer["sessions"][0]["matters"]] == [5, 6]


def test_all_deputies_majority_and_a_result_that_differs(replay):
    code, answer = replay(
        session(
            [
                {
                    "rule": "all_deputies_majority",
                    "adopted": True,
                    "votes": {"par": [1, 2, 3, 4], "pret": [5], "atturas": []},
                }
            ]
        )
    )
    assert code == 1 and answer["sessions"][0]["matters"][0]["adopted"] is False


def test_committee_tie_is_decided_by_its_chair(replay):
    votes = {"par": [1, 2], "pret": [3, 4], "atturas": []}
    code, answer = replay(
        session(
            [{"votes": votes, "adopted": True}],
            body="committee",
            members=5,
            present=[1, 2, 3, 4],
            absent=[{"member": 5}],
        )
    )
    assert code == 0, answer


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"sessions": [{}]},
        session([{"votes": {"par": [10]}}]),
        session([], opened="25:00"),
        session([{"rule": "unknown", "votes": None}]),
        session([], kind="secret"),
    ],
)
def test_wrong_file_is_a_wrong_call(replay, data):
    code, answer = replay(data)
    assert code == 2 and "Error" in answer
