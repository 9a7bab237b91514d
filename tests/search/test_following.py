"""Every area's records are found as they are now, by whoever may see them (15.1)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.council import service as council
from portal.documents import service as documents
from portal.documents.models import Dossier, FilingPlan, Ground, PlanState
from portal.exchange.models import Message, MessageState
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM, set_of
from portal.kernel.db import db
from portal.search import service as search
from portal.search.cli import rebuild
from portal.workflow import service as workflow
from portal.workflow.models import Resolution, Task
from tests.council import factories


@pytest.mark.req("15.1")
def test_records_of_each_area_are_found_followed_and_forgotten(
    app, cast, edgars, anna, bruno, liga, pauls, make_document, run_jobs
):
    def kinds(actor, words):
        db.session.commit()
        run_jobs()
        db.session.expire_all()
        return sorted(hit.kind for hit in search.find(actor, words).hits)

    def walk(actor, kind, words, change, new_words, remove, stranger=pauls):
        """Found by another form; after a change only by the new words; then no more. Never by who may not see it."""
        assert kind in kinds(actor, words) and (stranger is None or kind not in kinds(stranger, words))
        change()
        assert kind not in kinds(actor, words) and kind in kinds(actor, new_words)
        remove()
        assert kind not in kinds(actor, new_words)

    unit = identity.add_unit(SYSTEM, "Mežsaimniecības nodaļa", "77")
    person = identity.add_person(
        SYSTEM, "Zigmārs", "Vāvere", "zv@ozolpils.example", "mežzinis", unit.id, "zigmars", "Parole-12345-garā"
    )
    assert kinds(edgars, "vāverem") == ["person"] and kinds(edgars, "mežsaimniecība") == ["person", "unit"]
    walk(
        edgars, "unit", "mežsaimniecības nodaļu",
        lambda: identity.change_unit(
            SYSTEM, unit.id, name="Parku pārvalde", index="77", parent_id=None, since=None, until=None
        ),
        "parka pārvaldē", lambda: None if identity.suspend(SYSTEM, person.id, "aizgājis") else _end(unit),
    )  # fmt: skip
    assert kinds(edgars, "Vāvere") == []

    task = workflow.add_task(
        SYSTEM, "document.read", "note", unit.id, "Sagatavot pārskatu par zvirbuļiem", person_id=cast.liga.id
    )
    walk(
        liga,
        "task",
        "zvirbulis",
        lambda: _set(task, title="Uzskaitīt vārnas"),
        "vārnu",
        lambda: db.session.delete(task),
    )

    document = make_document(unit_id=cast.units["2"].id)
    order = workflow.write_resolution(bruno, document.id, "Apsekot dzeguzes ligzdu", cast.liga.id)
    assert kinds(liga, "dzeguze ligzda") == kinds(bruno, "dzeguzei") == ["resolution"] and kinds(pauls, "dzeguze") == []
    documents.restrict(
        anna, document.id, ground=Ground.PRIVATE_LIFE, basis="Likums",
        until=clock.today() + timedelta(days=30),
    )  # fmt: skip
    assert kinds(liga, "dzeguze") == [] and db.session.get(Resolution, order.id)

    message = Message(
        external_id="m-1", state=MessageState.STORED, title="Par lāča uzvedību", received_at=clock.now(),
        sender_name="Valsts meža dienests", access_set_id=set_of("role:clerk"),
    )  # fmt: skip
    db.session.add(message)
    walk(
        anna,
        "message",
        "lācis uzvedība",
        lambda: _set(message, title="Par vilku"),
        "vilki",
        lambda: db.session.delete(message),
    )

    plan = FilingPlan(year=2031)
    db.session.add(plan)
    db.session.flush()
    dossier = Dossier(plan_id=plan.id, index="9-1", title="Lapsu uzskaites žurnāli")
    db.session.add(dossier)
    assert kinds(anna, "lapsa uzskaite") == []
    plan.state = PlanState.IN_FORCE
    walk(
        anna, "dossier", "lapsa uzskaite", lambda: _set(dossier, title="Āpšu karte"), "āpsis",
        lambda: db.session.delete(dossier), stranger=None,
    )  # fmt: skip


@pytest.mark.req("15.1")
def test_sessions_matters_and_decisions_are_found_and_follow_who_may_see_them(app, cast, anna, run_jobs):
    where = factories.body()
    session = factories.planned(where)
    one = factories.matter(where, "Par bebru dambja nojaukšanu", session)
    decided = factories.matter(where, "Par stārķa ligzdu", session)
    from portal.council.models import Decision

    decision = Decision(
        matter_id=decided.id, session_id=session.id, year=2026, seq=1, number="1/2026", title=decided.title,
        find_text="", text="Nolemj: saglabāt stārķim ligzdu.", adopted_on=clock.today(), sign_by_on=clock.today(),
    )  # fmt: skip
    db.session.add(decision)
    db.session.commit()
    run_jobs()
    member = where.members[1]

    def kinds(actor, words):
        return {hit.kind for hit in search.find(actor, words).hits} - {"task"}  # their own list shows them too

    assert kinds(member, "bebrs dambis") == {"matter"} and kinds(member, "stārķu ligzdas saglabāt") >= {"decision"}
    assert "session" in kinds(member, "domes zālē")
    council.edit_matter(where.secretary, one.id, title="Par ūdra alu", version=one.version)
    for matter in (one, decided):
        matter.access_set_id = set_of(f"person:{where.secretary.person_id}")
    db.session.commit()
    run_jobs()
    assert kinds(member, "ūdrs") == kinds(member, "stārķis") == set()
    assert kinds(where.secretary, "ūdri") == {"matter"} and kinds(where.secretary, "bebrs") == set()
    assert kinds(where.secretary, "stārķi") == {"matter", "decision"}


@pytest.mark.req("15.1")
def test_all_records_are_told_anew_when_the_entries_are_lost(app, cast, edgars, run_jobs):
    from portal.search.models import SearchEntry

    db.session.execute(sa.delete(SearchEntry))
    db.session.commit()
    done = app.test_cli_runner().invoke(rebuild, ["--records", "--json"])
    assert '"entries": 12' in done.output, done.output
    assert [hit.kind for hit in search.find(edgars, "Līga Ozola").hits] == ["person"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Task)) == 0


def _set(row, **values):
    for name, value in values.items():
        setattr(row, name, value)


def _end(unit):
    unit.until = clock.today() - timedelta(days=1)
