"""Killed at ten random moments of the thread, by turns web and worker: nothing is lost, nothing happens twice.

PKIP_KILL_SEED repeats the moments of a run that failed."""

import json
import os
import random
import secrets
import sqlite3
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from portal.sandbox.store import Store
from tests.thread.walk import CHOICES, COMMITTEE, COUNCIL, DOME, TITLE, Walk, steps

KILLS = 10


@dataclass
class Moment:
    """Kill this process so long after the beginning of the step or, when `in_work`, after it was next seen at work:
    the web server at a form that was sent, the worker at a job. `during` says afterwards what that broke off."""

    step: int
    process: str
    in_work: bool
    after_s: float
    during: Any = None


def choose_moments(chance, walked):
    """Ten moments spread over the thread: one in each tenth of it, web and worker by turns, more than half in work.
    One of them always takes the web server away while members vote."""
    votes = [n for n, step in enumerate(walked) if step.name.endswith("the members vote")]
    vote = chance.choice(votes)
    tenths = [range(n * len(walked) // KILLS, (n + 1) * len(walked) // KILLS) for n in range(KILLS)]
    first = next(n for n, tenth in enumerate(tenths) if vote in tenth) % 2
    moments = []
    for n, tenth in enumerate(tenths):
        step = vote if vote in tenth else chance.choice(tenth)
        process, in_work = ("web", "worker")[(n + first) % 2], vote in tenth or chance.random() < 0.6
        lasts_s = walked[step].lasts_s
        longest_s = {"web": lasts_s / 4, "worker": 0.4}[process] if in_work else lasts_s
        moments.append(Moment(step, process, in_work, chance.uniform(0, longest_s)))
    return moments


def choose_votes(chance, members):
    """A choice for each member; there is always a majority for."""
    for_them = set(chance.sample(members, len(members) // 2 + 1))
    return {name: "par" if name in for_them else chance.choice(list(CHOICES)) for name in members}


class Reaper:
    """Kills when a moment has come, and starts the process again."""

    def __init__(self, town, database, on_the_way):
        self.town, self.database, self.on_the_way = town, database, on_the_way
        self.busy = {"web": threading.Lock(), "worker": threading.Lock()}
        self.threads, self.faults = [], []

    def expect(self, moment):
        """From now on the moment's time runs."""
        thread = threading.Thread(target=self._reap, args=(moment,))
        self.threads.append(thread)
        thread.start()

    def _reap(self, moment):
        try:
            with self.busy[moment.process]:
                look = {"web": self._forms_sent, "worker": self._jobs}[moment.process]
                if moment.in_work:
                    self._wait_for(look)
                time.sleep(moment.after_s)
                moment.during = look()
                self.town.kill(moment.process)
                self.town.start(moment.process)
        except BaseException as error:
            self.faults.append(error)

    def _wait_for(self, look, wait_s=3):
        ends = time.monotonic() + wait_s
        while not look() and time.monotonic() < ends:
            time.sleep(0.005)

    def _forms_sent(self):
        return [(who, path) for who, method, path in tuple(self.on_the_way) if method == "POST"]

    def _jobs(self):
        return self.database.running_jobs()

    def finish(self):
        """Wait until all that was killed has been started again."""
        for thread in self.threads:
            thread.join()
        assert not self.faults, self.faults


class Database:
    """The instance's database, looked at from outside."""

    def __init__(self, town):
        self.url = f"file:{town.var / 'ozolpils' / 'pkip.db'}?mode=ro"

    def ask(self, query, *values):
        """Rows of a query."""
        connection = sqlite3.connect(self.url, uri=True, timeout=30)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def running_jobs(self):
        """Names of the jobs that are being done, or were when their worker died."""
        return [name for (name,) in self.ask("SELECT job FROM outbox WHERE state = 'running' ORDER BY job")]

    def wait_until_idle(self, wait_s=60):
        """Until nothing is to be done that is not a periodic job."""
        left = None
        for _try in range(wait_s * 4):
            left = self.ask(
                "SELECT job, state, tries, error FROM outbox WHERE state <> 'done' AND payload <> '{}' ORDER BY id"
            )
            if not left:
                return
            time.sleep(0.25)
        raise AssertionError(f"these jobs stay: {left}")


@pytest.mark.thread
@pytest.mark.req("3.1", "3.2", "7.2", "8.1", "8.2", "9", "12.2", "13.1", "13.2", "13.3", "15.2", "6.1")
def test_web_and_worker_killed_at_ten_random_moments_lose_nothing_and_repeat_nothing(running_town, tmp_path):
    town = running_town
    seed = int(os.environ.get("PKIP_KILL_SEED") or secrets.randbelow(10**6))
    chance = random.Random(seed)
    walked = steps()
    moments = choose_moments(chance, walked)
    database = Database(town)
    committee = sorted(name for (name,) in database.ask(SEATS, COMMITTEE))
    walk = Walk(town, {COMMITTEE: choose_votes(chance, committee), DOME: choose_votes(chance, list(COUNCIL))})
    reaper = Reaper(town, database, walk.on_the_way)
    print(f"PKIP_KILL_SEED={seed}")
    try:
        for n, step in enumerate(walked):
            for moment in moments:
                if moment.step == n:
                    reaper.expect(moment)
            began = time.monotonic()
            step.do(walk)
            print(f"{time.monotonic() - began:5.1f} s  {step.name}")
        reaper.finish()
        database.wait_until_idle()
        check_outcome(walk, database, tmp_path)
    finally:
        for moment in moments:
            way = "in work" if moment.in_work else "at any time"
            print(f"killed {moment.process} {way}: {walked[moment.step].name} +{moment.after_s:.3f} s  {moment.during}")
        print(f"requests without an answer: {sum(person.unanswered for person in walk.people.values())}")


SEATS = """SELECT person.username FROM council_body_member AS seat JOIN person ON person.id = seat.person_id
           JOIN council_body AS body ON body.id = seat.body_id WHERE body.name = ?"""
VOTES = """SELECT person.username, vote.choice FROM vote JOIN person ON person.id = vote.member_id
           JOIN ballot ON ballot.id = vote.ballot_id JOIN matter ON matter.id = ballot.matter_id
           JOIN council_body AS body ON body.id = matter.body_id WHERE body.name = ? ORDER BY person.username"""


def check_outcome(walk, database, folder):
    """One of everything, each vote as cast, valid papers, an audit log without a flaw."""
    ask = database.ask
    assert ask("SELECT count(*) FROM message") == [(1,)]
    assert ask("SELECT count(*) FROM document WHERE message_id IS NOT NULL") == [(1,)]
    assert ask("SELECT count(*) FROM document WHERE title = ? AND direction = 'incoming'", TITLE) == [(1,)]
    for register, numbers, last in ask(
        "SELECT register_id, count(*), max(seq) FROM document GROUP BY register_id, year"
    ):
        assert numbers == last, f"a gap in the register {register}"
    kinds = ask("SELECT kind, count(*) FROM document GROUP BY kind ORDER BY kind")
    assert kinds == [
        ("application", 1),
        ("decision", 1),
        ("internal", 2),
        ("minutes", 1),
    ]  # and an agenda for each session
    assert ask("SELECT status, closed FROM case_file") == [("SNIEGTS", 1)]
    assert ask("SELECT kind, text, note FROM case_step GROUP BY kind, text, note HAVING count(*) > 1") == []

    for body, choices in walk.votes.items():
        assert ask(VOTES, body) == sorted(choices.items())
        counted = [list(choices.values()).count(choice) for choice in CHOICES]
        result = "SELECT par, pret, atturas, not_voted, adopted FROM ballot JOIN matter ON matter.id = matter_id "
        assert ask(f"{result} JOIN council_body AS body ON body.id = body_id WHERE name = ?", body) == [
            (*counted, 0, 1)
        ]

    assert ask("SELECT state FROM delivery") == [("delivered",)]
    sandbox = Store(walk.town.var / "sandbox")
    assert [message["outcome"] for _id, message in sandbox.list("vus.sent")] == [
        {"_PRIVATE@32000000012": "RecipientAccepted"}
    ]
    told = [[event["status"] for event in kept["events"]] for _id, kept in sandbox.list("pspp.instance")]
    assert told == [["REGISTRETS", "APSTRADE", "SNIEGTS"]]
    assert ask("SELECT job, error FROM outbox WHERE state = 'parked'") == []

    assert ask("SELECT count(*), count(DISTINCT about_id) FROM signature_request") == [(2, 2)]
    files = [_container(walk, paper, folder) for paper in ("decision", "minutes")]
    commands = [*(("signature", "check", str(file)) for file in files), ("audit", "verify", "--json")]
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda command: walk.town.pkip(*command, check=False), commands))
    assert [one.returncode for one in done] == [0, 0, 0], [one.stdout + one.stderr for one in done]
    verdicts = [[one["verdict"] for one in json.loads(check.stdout)["signatures"]] for check in done[:2]]
    assert verdicts == [["valid"], ["valid"] * 2]
    check_search(walk, uuid.UUID(ask("SELECT result_document_id FROM case_file")[0][0]))
    for name in ("web", "worker"):
        assert "Traceback" not in walk.town.log(name)


def _container(walk, paper, folder):
    file = folder / f"{paper}.asice"
    file.write_bytes(walk.person("janis").get(f"{walk.pages[paper]}/container").content)
    return file


def check_search(walk, decision_id):
    """The case and its decision are found, each once; what a dead worker left is indexed within half a minute."""
    for area, wanted in (("cases", walk.pages["case"]), ("documents", f"/documents/{decision_id}")):

        def hits(page, wanted=wanted):
            found = [link.partition("?")[0] for link in page.all('//li[@class="search-hit"]/h2/a/@href')]
            return found if wanted in found else None

        found, _page = walk.person("liga").see(f"/search?q=upmale&area={area}", hits)
        assert len(found) == len(set(found)), found
