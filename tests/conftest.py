"""Fixtures of all tests: a fresh instance, the cast, a browserless client, the sandbox over real HTTP.

PKIP_TEST_BACKEND=server runs the same tests over PostgreSQL, Redis and an S3 protocol server."""

import threading
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from werkzeug.routing import Rule
from werkzeug.serving import make_server

from portal.app import create_app
from portal.identity import service as identity
from portal.kernel import clock, jobs
from portal.kernel.access import SYSTEM
from portal.kernel.config import Settings
from portal.kernel.db import db
from tests import servers
from tests.prepared import CAST, PASSWORD, Prepared, gather_cast

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


class FreshContextClient(FlaskClient):
    """Each request in an application context of its own, as in production; the test's transaction is let go first."""

    def open(self, *args, **kwargs):
        db.session.commit()
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        db.session.expire_all()
        return response


def pytest_collection_modifyitems(config, items):
    """Over the servers only what has an instance runs: the rest would be the same test twice."""
    if servers.wanted():
        alike = [
            item
            for item in items
            if not {"app", "make_app"} & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("alike")
        ]
        config.hook.pytest_deselected(items=alike)
        items[:] = [item for item in items if item not in alike]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """Instances made once, for the tests to begin with a copy of."""
    return Prepared(tmp_path_factory.mktemp("prepared"))


class CompiledTemplates(BytecodeCache):
    """Templates compiled by any test's instance serve the instances of the others."""

    codes: ClassVar[dict] = {}

    def load_bytecode(self, bucket):
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        self.codes[bucket.key, bucket.checksum] = bucket.code


def _compile_once(compile_builder):
    """Routes are alike in all instances; turning each into code anew is half of what an instance costs to make."""
    kept = {}

    def compiled(rule, append_unknown=True):
        key = (rule.host, rule.subdomain, rule.rule, str(rule.defaults), append_unknown)
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    return compiled


Rule._compile_builder = _compile_once(Rule._compile_builder)


@pytest.fixture
def make_app(tmp_path):
    """Makes instances over fresh databases; the settings given replace the defaults.
    template: the PostgreSQL database whose rows to begin with."""
    undo = []

    def make(template="", **changes):
        extra, done = {}, lambda: None
        if servers.wanted():
            extra, done = servers.prepared_backend(template) if template else servers.fresh_backend()
        app = create_app(Settings.for_tests(tmp_path / "var", **{**extra, **changes}))
        app.test_client_class = FreshContextClient
        app.config["WTF_CSRF_ENABLED"] = False
        app.jinja_env.bytecode_cache = CompiledTemplates()
        undo.append((app, done))
        return app

    yield make
    for app, done in undo:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        done()


@pytest.fixture
def app(request, make_app, prepared, tmp_path):
    """A fresh instance with its tables and roles, and the cast if the test has one; its context is open meanwhile."""
    template = prepared.copy_to(tmp_path / "var", with_cast="cast" in request.fixturenames)
    app = make_app(template)
    with app.app_context():
        yield app
        db.session.rollback()


@pytest.fixture
def cast(app):
    """The people of the tests, by user name."""
    people = {person.username: person for person in identity.list_people(SYSTEM)}
    if not people:  # asked for by name while the test runs
        gather_cast()
        people = {person.username: person for person in identity.list_people(SYSTEM)}
    units = {unit.index: unit for unit in identity.list_units(SYSTEM)}
    db.session.commit()
    return SimpleNamespace(**people, units=units)


def _member_of_cast(name):
    @pytest.fixture(name=name)
    def member(cast):
        return replace(identity.actor_for(getattr(cast, name).id), address="127.0.0.1")

    return member


for _name in CAST:
    globals()[_name] = _member_of_cast(_name)


@pytest.fixture
def client(app):
    """A stranger's browser."""
    return app.test_client()


@pytest.fixture
def as_client(app, cast):
    """`as_client("anna")`: a browser in which she has signed in."""

    def make(username):
        browser = app.test_client()
        response = browser.post("/sign-in", data={"username": username, "password": PASSWORD})
        assert response.status_code == 303, response.get_data(as_text=True)
        return browser

    return make


@pytest.fixture
def run_jobs(app):
    """Do all jobs that are due and those they cause, in this process; returns how many were done."""

    def run(periodic=False, rounds=20):
        db.session.commit()
        done = 0
        if periodic:
            with app.app_context():
                jobs.queue_periodic()
        for _round in range(rounds):
            with app.app_context():
                waiting = jobs.due()
            if not waiting:
                break
            for entry_id in waiting:
                with app.app_context():
                    done += jobs.perform(entry_id)
        db.session.expire_all()
        return done

    return run


@pytest.fixture
def clock_at(app):
    """`clock_at("2026-11-24 10:00")`: from now on Riga's clocks show this."""

    def move(text):
        moment = clock.datetime.fromisoformat(text).replace(tzinfo=clock.RIGA)
        db.session.commit()
        clock.set_offset(int((moment - clock.real_now()).total_seconds()) + 1)

    return move


@contextmanager
def serving(wsgi_app):
    """The WSGI app over real HTTP on a free port of the loopback; gives its URL."""
    server = make_server("127.0.0.1", 0, wsgi_app, threaded=True)
    # how long an idle server takes to see that it should end
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def sandbox(app, prepared, tmp_path):
    """The sandbox of outside systems over real HTTP; the instance's settings point to it."""
    from portal.sandbox.app import create_sandbox

    folder = tmp_path / "var" / "sandbox"
    prepared.copy_pki_to(folder / "pki")
    other = create_sandbox(folder, instance=app)
    with serving(other) as url:
        point_to_sandbox(app, url)
        yield SimpleNamespace(
            url=url, app=other, store=other.extensions["sandbox.store"], pki=other.extensions["sandbox.pki"]
        )


def point_to_sandbox(app, url):
    """Let the instance's settings name the sandbox at this URL."""
    app.extensions["pkip.settings"] = replace(
        app.extensions["pkip.settings"],
        sandbox_url=url,
        eaddress_url=f"{url}/div/UnifiedService.svc",
        csc_url=f"{url}/csc/v2",
        tsa_url=f"{url}/tsa",
        ocsp_url=f"{url}/ocsp",
        trust_lists=(f"{url}/tsl.xml",),
        pspp_url=f"{url}/pspp/v1",
        pspp_token_url=f"{url}/gateway/token",
        vpvkac_url=f"{url}/vpvkac/v1",
        csc_password="sandbox",
    )


@pytest.fixture
def shared_data():
    """The folder of real files beside the project; tests on it say when it is not there."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the real files are not here ({SHARED_DATA})")
    return SHARED_DATA


@pytest.fixture
def count_queries(app, monkeypatch):
    """`with count_queries() as seen: …` collects the SQL statements that run inside. What a warm process keeps for
    two seconds is kept for the whole test, so that a slow machine counts the same."""
    from sqlalchemy import event

    for keeper in ("counts", "versions"):  # by name: the package gives its functions out under the same ones
        monkeypatch.setattr(import_module(f"portal.workplace.service.{keeper}"), "_KEPT_S", 3600)

    @contextmanager
    def count():
        seen = []

        def note(connection, cursor, statement, parameters, context, many):
            if "clock_offset" not in statement:  # asked twice a second by the sandbox clock, never otherwise
                seen.append(statement)

        engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return count
