"""How quickly the registry's list and a document's page answer, against a bare Flask + SQLAlchemy + Jinja page with the
same rows, served the same way in the same run.

Lines: name value unit ratio. Ratio of times: p95 against the budget of 50 ms, below 1 is within. Ratio of requests per
second: ours against the bare page, 0.5 or more is within. Run: `python -m tests.bench.bench_lists 100000`; with
PKIP_TEST_BACKEND=server over PostgreSQL.
"""

import statistics
import sys
import tempfile
import time
import uuid
from datetime import date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask, render_template
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from portal.app import create_app
from portal.documents import service as documents
from portal.documents.models import NO_TERM, Document, Register, fold
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM, set_of
from portal.kernel.config import Settings
from portal.kernel.db import db, new_id
from portal.kernel.latvian import sort_key
from tests import servers

BUDGET_MS = 50
ROUNDS = 200
PASSWORD = "ozolpils-2026"
WORDS = ("iesniegums", "lēmums", "ceļš", "skola", "remonts", "zeme", "pabalsts", "atļauja", "koks", "pasākums")
PAGES = {
    "list": "/documents",
    "list_register": "/documents?register=iesniegumi",
    "list_by_title": "/documents?sort=title",
    "list_by_term": "/documents?sort=due",
    "list_late": "/documents?late=1",
    "list_mine": "/documents?responsible=me",
    "list_text": "/documents?text=pabalsts",
    "list_columns": "/documents?columns=author.unit.dossier.carrier.extra",
    "list_days": "/documents?since=01.01.2026",
}


def measure_lists(number: int = 100_000):
    """Lines of the measure with `number` documents: a clerk sees them all, an employee those of their unit."""
    with tempfile.TemporaryDirectory() as folder:
        servers_of, drop = servers.fresh_backend() if servers.wanted() else ({}, lambda: None)
        app = create_app(Settings.for_tests(Path(folder), **servers_of))
        app.config["WTF_CSRF_ENABLED"] = False
        with app.app_context():
            db.create_all()
            some_id = _fill(number)
            url = db.engine.url
        bare = _bare_app(url)
        for username in ("anna", "liga"):
            browser = app.test_client()
            assert browser.post("/sign-in", data={"username": username, "password": PASSWORD}).status_code == 303
            for name, path in PAGES.items():
                ours = _times(browser, path)
                yield _line(f"{name}_{username}_{number}", ours)
            if username == "anna":
                yield _line(f"show_{number}", _times(browser, f"/documents/{some_id}"))
                ours, theirs = _times(browser, "/documents"), _times(bare.test_client(), "/documents")
                rate, other = 1000 / statistics.fmean(ours), 1000 / statistics.fmean(theirs)
                yield f"bare_list_{number} {other:.0f} requests/s -"
                yield f"list_rate_{number} {rate:.0f} requests/s {rate / other:.2f}"
        with app.app_context():
            db.engine.dispose()
        drop()


def _line(name, times):
    p95 = sorted(times)[int(len(times) * 0.95)]
    return f"{name}_p95 {p95:.1f} ms {p95 / BUDGET_MS:.2f}"


def _times(browser, path):
    """Milliseconds of each request for the partial, warm."""
    times = []
    for n in range(ROUNDS + 10):
        start = time.perf_counter()
        response = browser.get(path, headers={"HX-Request": "true"})
        response.get_data()
        if n >= 10:
            times.append((time.perf_counter() - start) * 1000)
        assert response.status_code == 200
    return times


def _fill(number):
    """People, registers, and documents of 40 units; returns the id of one document."""
    identity.install_roles()
    documents.install_registers()
    units = [identity.add_unit(SYSTEM, f"Nodaļa {n}", str(n)) for n in range(40)]
    people = [
        identity.add_person(SYSTEM, name, "Paraugs", f"{name}@example.org", "", unit.id, name, PASSWORD)
        for name, unit in (("anna", units[0]), ("liga", units[1]))
    ]
    for person, roles in zip(people, (("employee", "clerk"), ("employee",)), strict=True):
        for role in roles:
            identity.give_role(SYSTEM, person.id, role)
    registers = db.session.scalars(sa.select(Register).order_by(Register.place)).all()
    now, today = clock.now(), clock.today()
    sets = {unit.id: set_of("role:clerk", f"unit:{unit.id}") for unit in units}
    rows = []
    for n in range(number):
        register, unit = registers[n % len(registers)], units[n % len(units)]
        title = f"{WORDS[n % 10].capitalize()} par {WORDS[n // 10 % 10]} un {WORDS[n // 100 % 10]} {n}"
        due_on = today + timedelta(days=n % 40 - 2) if n % 3 == 0 else None
        rows.append(
            {
                "id": new_id(),
                "register_id": register.id,
                "direction": register.direction,
                "kind": register.kinds[0],
                "year": 2026,
                "seq": n + 1,
                "number": f"{register.index}/2026/{n + 1}",
                "title": title,
                "title_key": sort_key(title),
                "find_text": fold(title),
                "received_on": date(2026, 1, 1),
                "due_on": due_on,
                "due_key": due_on or NO_TERM,
                "registered_at": now - timedelta(minutes=number - n),
                "unit_id": unit.id,
                "responsible_id": people[n % 2].id if n % 50 < 2 else None,
                "state": "registered" if n % 4 == 0 else "done",
                "access_set_id": sets[unit.id],
                "version": 1,
            }
        )
        if len(rows) == 5000:
            db.session.execute(sa.insert(Document), rows)
            rows = []
    if rows:
        db.session.execute(sa.insert(Document), rows)
    documents.recount()
    db.session.commit()
    db.session.execute(sa.text("ANALYZE"))
    db.session.commit()
    return db.session.scalar(sa.select(Document.id).limit(1))


def _bare_app(url):
    """The plainest page with the same rows and cells: no sign-in, no rights, no language, no filters, no counts."""

    class Base(DeclarativeBase):
        pass

    class Person(Base):
        __tablename__ = "person"
        id: Mapped[uuid.UUID] = mapped_column(sa.Uuid, primary_key=True)
        given_name: Mapped[str]
        family_name: Mapped[str]

    class Row(Base):
        __tablename__ = "document"
        id: Mapped[uuid.UUID] = mapped_column(sa.Uuid, primary_key=True)
        number: Mapped[str]
        title: Mapped[str]
        kind: Mapped[str]
        state: Mapped[str]
        author: Mapped[str]
        addressee: Mapped[str]
        warning: Mapped[str | None]
        due_on: Mapped[date | None]
        registered_at: Mapped[datetime]
        responsible_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
        responsible: Mapped[Person | None] = relationship(lazy="joined")

    app = Flask("bare", template_folder=str(Path(__file__).parent))
    engine = sa.create_engine(url)

    @app.get("/documents")
    def page():
        with Session(engine) as session:
            rows = session.scalars(sa.select(Row).order_by(Row.registered_at.desc(), Row.id.desc()).limit(50)).all()
            return render_template("bare_list.html", rows=rows)

    @app.get("/documents/<uuid:document_id>")
    def show(document_id):
        return str(document_id)

    return app


def main():
    for line in measure_lists(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000):
        print(line, flush=True)


if __name__ == "__main__":
    main()
