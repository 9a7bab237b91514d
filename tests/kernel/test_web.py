"""The edge of the web: what a request leaves of the database."""

import time
from pathlib import Path

import requests

from portal.kernel import clock, live
from portal.kernel.db import db
from tests.conftest import PASSWORD, serving

ROOT = Path(__file__).resolve().parents[2]


def test_blueprints_leave_the_database_to_services_and_the_edge():
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "blueprints").rglob("*.py")
        if "db.session" in path.read_text() or "kernel.db import db" in path.read_text()
    ]
    assert found == []


def test_an_open_stream_holds_no_connection(app, cast):
    db.session.commit()
    db.session.remove()
    with serving(app) as url, requests.Session() as browser:
        browser.post(f"{url}/sign-in", data={"username": "anna", "password": PASSWORD}, timeout=10)
        stream = browser.get(f"{url}/live/stream?topic=person:{cast.anna.id}", stream=True, timeout=10)
        assert next(stream.iter_content(20)).startswith(b"retry")
        db.session.remove()
        # the thread that watches for changes takes one for a moment, ten times a second
        assert any(db.engine.pool.checkedout() == 0 or time.sleep(0.01) for _look in range(300))
        stream.close()


def test_what_changed_before_the_stream_opened_is_told_when_it_opens(app, cast, monkeypatch):
    monkeypatch.setattr("blueprints.live._COMMENT_EVERY_S", 1)
    topic, before = f"person:{cast.anna.id}", clock.real_now()
    live.publish(topic, "work")
    db.session.commit()
    db.session.remove()
    with serving(app) as url, requests.Session() as browser:
        browser.post(f"{url}/sign-in", data={"username": "anna", "password": PASSWORD}, timeout=10)

        def first_words(since):
            asked = {"topic": topic, "since": since.timestamp()}
            with browser.get(f"{url}/live/stream", params=asked, stream=True, timeout=20) as stream:
                lines = stream.iter_lines(chunk_size=1, decode_unicode=True)
                return [next(lines) for _n in range(4)][2:]

        assert first_words(before) == ["event: changed", f'data: {{"topic": "{topic}", "name": "missed"}}']
        assert first_words(before + clock.timedelta(seconds=60))[0] == ": still here"
