"""Resolutions on documents: given downwards, carried out, accepted; their terms by law (12.5)."""

import re
from datetime import date

import pytest
import sqlalchemy as sa

from portal.audit import service as audit
from portal.cases import service as cases
from portal.documents import service as documents
from portal.documents.models import DocumentState
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid
from portal.workflow import service as workflow
from portal.workflow.models import Executor, Extension, Order, Resolution, ResolutionState, Task, TaskState


def _text(response):
    return response.get_data(as_text=True)


def waiting(actor, kind):
    """The actor's open tasks of a kind."""
    return [task for task in workflow.list_tasks(actor) if task.kind == kind]


def parts(resolution):
    """Executors' states by person."""
    return {one.person_id: one.state.value for one in resolution.executors}


@pytest.fixture
def late_november(clock_at):
    """Friday, 27 November 2026."""
    clock_at("2026-11-27 10:00")


@pytest.mark.req("12.5")
def test_a_resolution_goes_from_the_clerk_through_the_head_to_the_executor_and_back(
    late_november, make_document, as_client, cast, bruno, liga
):
    document = make_document(unit_id=cast.units["2"].id)
    clerk, head, executor = as_client("anna"), as_client("bruno"), as_client("liga")
    new = f"/documents/{document.id}/resolutions/new"
    asked = {"person_id": str(cast.bruno.id), "note": "steidzami"}
    assert clerk.post(f"/documents/{document.id}/resolutions/ask", data=asked).status_code == 303

    page = _text(head.get("/"))
    assert "Uzrakstīt rezolūciju" in page and "steidzami" in page
    task = waiting(bruno, "resolution.write")[0]
    assert head.get(f"/tasks/{task.id}").headers["Location"].endswith(new)
    form = _text(head.get(new))
    assert "11.12.2026" in form and "Iesniegumu likum" in form  # LAW-104: ten working days
    said = _text(head.get(f"/documents/{document.id}/resolutions/term?days=3"))
    assert "02.12.2026" in said and "Administratīvā procesa likum" in said  # LAW-111: the day itself is not counted
    wrong = head.post(new, data={"responsible_id": str(cast.liga.id), "text": "", "days": "30"})
    assert wrong.status_code == 422 and "Norādiet, kas jādara" in _text(wrong)
    wrong = head.post(new, data={"responsible_id": str(cast.liga.id), "text": "Atbildēt", "days": "30"})
    assert wrong.status_code == 422 and "Atbildēt</textarea>" in _text(wrong) and "dokumenta termiņ" in _text(wrong)
    data = {"responsible_id": str(cast.liga.id), "text": "Sagatavot atbildi", "days": "3", "keep": "y"}
    assert head.post(new, data=data).status_code == 303
    assert waiting(bruno, "resolution.write") == []
    assert "Sagatavot atbildi" in _text(head.get("/resolutions/phrases"))

    found = db.session.scalar(sa.select(Resolution))
    page = _text(executor.get("/"))
    assert "Izpildīt rezolūciju" in page and "Sagatavot atbildi" in page and "02.12.2026" in page
    assert "Sagatavot atbildi" in _text(executor.get(f"/documents/{document.id}"))
    part = found.responsible
    done = {"note": "Atbilde nosūtīta", "from": "work"}
    answer = executor.post(f"/resolutions/parts/{part.id}/report", data=done, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and "Viss ir padarīts" in _text(answer)

    page = _text(head.get(f"/resolutions/{found.id}"))
    assert "Atbilde nosūtīta" in page and "Gaida pieņemšanu" in page
    back = head.post(f"/resolutions/{found.id}/accept", data={"return": "1", "remark": ""})
    assert back.status_code == 422 and "Norādiet, kas vēl jādara" in _text(back)
    head.post(f"/resolutions/{found.id}/accept", data={"return": "1", "remark": "Pievienot plānu"})
    assert "Pievienot plānu" in _text(executor.get("/"))
    executor.post(f"/resolutions/parts/{part.id}/report", data={"note": "Plāns pievienots"})
    assert head.post(f"/resolutions/{found.id}/accept", data={"from": "work"}).status_code == 303
    document = documents.get_document(SYSTEM, document.id)
    assert document.state == DocumentState.DONE and document.responsible_id == cast.liga.id
    history = _text(head.get(f"/documents/{document.id}/history"))
    for said in (
        "nodeva dokumentu rezolūcijai: Bruno",
        "uzrakstīja rezolūciju: „Sagatavot atbildi”; Līga Ozola; līdz 02.12.2026",
        "atdeva rezolūciju izpildītājam",
        "Plāns pievienots",
        "pieņēma rezolūcijas izpildi",
    ):
        assert said in history, said
    assert db.session.scalars(sa.select(Task).where(Task.state == TaskState.OPEN)).all() == []


@pytest.mark.req("12.5")
def test_heads_give_downwards_only_and_an_executor_gives_on_to_own_people(
    late_november, make_document, cast, anna, bruno, liga, pauls
):
    document = make_document(unit_id=cast.units["2"].id)
    with pytest.raises(Forbidden):
        workflow.write_resolution(liga, document.id, "Izpildīt", cast.pauls.id)
    with pytest.raises(Invalid) as refused:
        workflow.write_resolution(bruno, document.id, "Izpildīt", cast.pauls.id)  # of another unit
    assert refused.value.field == "responsible_id"
    first = workflow.write_resolution(anna, document.id, "Izskatīt", cast.bruno.id, days=5)
    second = workflow.write_resolution(bruno, document.id, "Sagatavot", cast.liga.id, days=3)
    assert second.parent_id == first.id and documents.get_document(liga, document.id)
    assert documents.get_document(SYSTEM, document.id).responsible_id == cast.bruno.id
    with pytest.raises(Invalid):  # not after the term of the resolution above
        workflow.write_resolution(bruno, document.id, "Vēl", cast.liga.id, days=6)
    with pytest.raises(Conflict):
        workflow.report(bruno, first.responsible.id)
    workflow.report(liga, second.responsible.id, "Gatavs")
    workflow.accept(bruno, second.id, report_on=True)
    assert first.state == ResolutionState.REPORTED and first.responsible.note == "Gatavs"
    with pytest.raises(Forbidden):
        workflow.accept(bruno, first.id)
    workflow.accept(anna, first.id)
    assert documents.get_document(SYSTEM, document.id).state == DocumentState.DONE
    assert [branch.depth for branch in workflow.tree_of(document.id)] == [0, 1]


@pytest.mark.req("12.5")
def test_executors_work_at_once_or_in_turn_and_withdrawing_closes_all_below(
    late_november, make_document, cast, anna, bruno, liga, pauls
):
    document = make_document(code="sanemtie")
    turn = workflow.write_resolution(anna, document.id, "Pēc kārtas", cast.bruno.id, [cast.liga.id, cast.pauls.id],
                                     order=Order.SEQUENTIAL)  # fmt: skip
    assert parts(turn) == {cast.liga.id: "open", cast.pauls.id: "waiting", cast.bruno.id: "waiting"}
    with pytest.raises(Forbidden):
        workflow.report(pauls, next(one.id for one in turn.executors if one.person_id == cast.pauls.id))
    workflow.report(liga, next(one.id for one in turn.executors if one.person_id == cast.liga.id))
    assert parts(turn) == {cast.liga.id: "done", cast.pauls.id: "open", cast.bruno.id: "waiting"}
    once = workflow.write_resolution(anna, document.id, "Reizē", cast.bruno.id, [cast.liga.id])
    assert set(parts(once).values()) == {"open"}
    below = workflow.write_resolution(bruno, document.id, "Zemāk", cast.liga.id)
    workflow.withdraw(anna, once.id, "Vairs nav vajadzīgs")
    assert below.state == ResolutionState.WITHDRAWN
    assert [one.about_id for one in waiting(liga, "resolution.execute")] == []
    workflow.give_to(anna, next(one.id for one in turn.executors if one.person_id == cast.pauls.id), cast.edgars.id)
    assert waiting(pauls, "resolution.execute") == []
    documents.finish(anna, document.id)
    assert turn.state == ResolutionState.WITHDRAWN
    assert db.session.scalars(sa.select(Task).where(Task.state == TaskState.OPEN)).all() == []


@pytest.mark.req("12.5")
def test_a_substitute_writes_for_the_head_and_a_leavers_work_goes_on(late_november, make_document, cast, anna, liga):
    document = make_document(unit_id=cast.units["2"].id)
    today = clock.today()
    identity.add_substitution(SYSTEM, cast.bruno.id, cast.pauls.id, today, today)
    acting = identity.actor_for(cast.pauls.id, on_behalf_of_id=cast.bruno.id)
    written = workflow.write_resolution(acting, document.id, "Izpildīt", cast.liga.id, days=2)
    assert (written.author_id, written.written_by_id) == (cast.bruno.id, cast.pauls.id)  # LAW-84: p. i.
    workflow.person_left(SYSTEM, cast.liga.id, cast.anna.id)
    workflow.person_left(SYSTEM, cast.bruno.id, cast.anna.id)
    assert written.responsible.person_id == cast.anna.id == written.author_id
    assert len(waiting(anna, "resolution.execute")) == 1


@pytest.mark.req("12.5")
def test_a_term_is_extended_as_far_as_the_law_lets_and_the_applicant_is_told(
    late_november, make_document, as_client, cast, bruno, liga
):
    """LAW-104: ten working days, at most a month from receipt when information is got from others."""
    document = make_document(unit_id=cast.units["2"].id)
    found = workflow.write_resolution(bruno, document.id, "Sagatavot atbildi", cast.liga.id)
    assert (found.due_on, found.due_rule) == (date(2026, 12, 11), "document:LAW-104")
    db.session.commit()
    executor, head = as_client("liga"), as_client("bruno")
    url = f"/resolutions/{found.id}/extend"
    late = executor.post(url, data={"due_on": "15.01.2027", "reason": "Gaida plānu"})
    assert late.status_code == 422 and "28.12.2026" in _text(late)  # the month ends on a Sunday: LAW-112
    assert executor.post(url, data={"due_on": "22.12.2026", "reason": ""}).status_code == 422
    assert executor.post(url, data={"due_on": "22.12.2026", "reason": "Gaida plānu"}).status_code == 303
    assert executor.post(url, data={"due_on": "22.12.2026", "reason": "vēlreiz"}).status_code == 409
    asked = db.session.scalar(sa.select(Extension))
    assert "līdz 22.12.2026: Gaida plānu" in _text(head.get("/"))
    assert executor.post(f"/resolutions/extensions/{asked.id}/answer", data={}).status_code == 403
    granted = head.post(f"/resolutions/extensions/{asked.id}/answer", data={"from": "work"})
    assert granted.status_code == 303
    document = documents.get_document(SYSTEM, document.id)
    assert (document.due_on, document.due_rule) == (date(2026, 12, 22), "LAW-104-more")
    assert waiting(liga, "resolution.execute")[0].due_on == date(2026, 12, 22)
    notice = waiting(liga, "resolution.notice")[0]
    assert "paziņojiet to iesniedzējam" in _text(executor.get(f"/tasks/{notice.id}"))
    assert executor.post(f"/tasks/{notice.id}/done", data={"note": "Vēstule 2-1/15"}).status_code == 303
    with pytest.raises(Conflict):  # a term by law does not stop
        workflow.pause(bruno, found.id, "Gaida atbildi")
    assert audit.list_for(SYSTEM, "document", document.id)[-1].action != "resolution.paused"


@pytest.mark.req("12.5")
def test_a_decision_by_administrative_procedure_is_extended_to_four_months(late_november, make_document, cast, bruno):
    """LAW-107: APL 64(2)."""
    document = make_document(unit_id=cast.units["2"].id)
    documents.join_case(SYSTEM, document.id, document.id, due_on=date(2026, 12, 28))
    assert documents.longest_term(document) == (date(2027, 3, 30), "LAW-107")  # a Saturday, then Easter (LAW-112)


@pytest.mark.req("12.5")
def test_a_term_that_no_law_sets_is_paused_and_runs_on_with_the_days_left(
    late_november, clock_at, make_document, cast, anna, liga
):
    document = make_document(code="sanemtie")
    found = workflow.write_resolution(anna, document.id, "Noskaidrot", cast.liga.id, days=5)
    assert found.due_on == date(2026, 12, 4)
    clock_at("2026-12-01 10:00")
    workflow.pause(anna, found.id, "Gaida atbildi no ministrijas")
    assert waiting(liga, "resolution.execute")[0].due_on is None
    clock_at("2026-12-14 10:00")
    workflow.resume(anna, found.id)
    assert found.due_on == waiting(liga, "resolution.execute")[0].due_on == date(2026, 12, 17)
    given = workflow.ask_extension(anna, found.id, date(2026, 12, 19), "Slimība")  # a Saturday moves on (LAW-112)
    assert given.state == "granted" and found.due_on == date(2026, 12, 21)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Executor)) == 1


@pytest.mark.req("12.5")
def test_with_other_choices_nothing_is_accepted_and_the_document_stays_open(make_document, cast, anna, liga, bruno):
    with pytest.raises(Forbidden):
        workflow.set_choices(bruno, False, False)
    workflow.set_choices(anna, accept_needed=False, finish_document=False)
    document = make_document(code="sanemtie")
    found = workflow.write_resolution(anna, document.id, "Izpildīt", cast.liga.id)
    workflow.report(liga, found.responsible.id, "Padarīts")
    assert found.state == ResolutionState.ACCEPTED
    assert documents.get_document(SYSTEM, document.id).state == DocumentState.IN_WORK
    assert re.search("Padarīts", audit.list_for(SYSTEM, "document", document.id)[-2].new["note"])


@pytest.mark.req("12.5", "7.1")
def test_extending_the_term_of_a_document_extends_that_of_its_case(
    late_november, make_document, cast, anna, bruno, liga
):
    """LAW-107: four months from receipt, the applicant is told."""
    cases.save_service(SYSTEM, "PA-1", index="ZN", name="Zemes noma", unit_id=cast.units["2"].id, term_months=1)
    document = make_document(unit_id=cast.units["2"].id)
    case = cases.open_case(anna, document.id, "PA-1", client_name="Ilze Avotiņa", without_code=True)
    found = workflow.write_resolution(bruno, document.id, "Sagatavot lēmumu", cast.liga.id)
    assert found.due_on == case.due_on == date(2026, 12, 28)
    workflow.ask_extension(bruno, found.id, date(2027, 2, 26), "Gaida atzinumu")
    assert case.due_on == document.due_on == date(2027, 2, 26) and document.due_rule == "LAW-107"
    assert len(waiting(liga, "resolution.notice")) == 1
    with pytest.raises(Invalid):
        workflow.ask_extension(bruno, found.id, date(2027, 4, 1), "Vēl")
