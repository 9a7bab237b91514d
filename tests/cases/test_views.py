"""A case from its arrival to the delivered decision, each step by the person whose turn it is, over HTTP."""

import uuid

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.cases import service as cases
from portal.cases.models import Case, CaseDraft, CaseLetter, PsppEvent, Stage, Status
from portal.documents import service as documents
from portal.exchange.models import Delivery
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.workflow.models import FlowRun, Task, TaskState
from tests.cases import factories


def case_of(case_id):
    return db.session.get(Case, case_id, populate_existing=True)


def text_of(answer):
    return answer.get_data(as_text=True)


def decide(case_id, body_kind, outcome):
    cases.matter_decided(SYSTEM, uuid.uuid4(), case_id, body_kind, outcome)
    db.session.commit()


@pytest.fixture
def to_deliver(proposed):
    """Committee and council have decided, the chair has signed."""
    decide(proposed, "committee", "supported")
    decide(proposed, "council", "adopted")
    factories.signed_decision(proposed)
    return proposed


def send(client, case_id, **data):
    return client.post(f"/cases/{case_id}/deliver", data={"granted": "yes", "confirmed": "y"} | data)


@pytest.mark.req("7.1", "7.2", "9")
def test_a_message_becomes_a_case_with_number_term_and_a_task_for_the_head(case_id, cast):
    case = case_of(case_id)
    assert case.number == f"KOK-{case.requested_on.year}-1" and case.status == Status.REGISTERED
    assert case.due_on > case.requested_on and case.client_code == "32000000012"
    task = db.session.scalars(sa.select(Task).where(Task.about_id == case_id)).one()
    assert (task.kind, task.person_id) == ("case.assign", cast.bruno.id)


def test_case_numbers_follow_each_other_and_the_same_document_has_one_case(trees):
    numbers = [case_of(factories.arrive()).number.rpartition("-")[2] for _n in range(3)]
    assert numbers == ["1", "2", "3"]
    assert db.session.scalar(sa.select(sa.func.count(Case.id))) == 3


@pytest.mark.req("7.1")
def test_keywords_find_the_service_without_diacritics_and_the_general_one_takes_the_rest(trees):
    assert case_of(factories.arrive("KOKU CIRSANA", service_code=None)).service.code == factories.TREES
    assert case_of(factories.arrive("Par ielu apgaismojumu", service_code=None)).service.is_general


@pytest.mark.req("7.3", "8.2")
def test_the_whole_way_to_the_delivered_decision(to_deliver, as_client):
    liga = as_client("liga")
    assert send(liga, to_deliver).status_code == 303
    case = case_of(to_deliver)
    assert case.stage == Stage.ARRIVE and case.status == Status.IN_PROGRESS
    delivery = db.session.get(Delivery, case.delivery_id)
    assert [file.name for file in delivery.files] == ["lemums.asice"]
    cases.delivery_changed(SYSTEM, delivery.id, case.result_document_id, case.id, "delivered")
    cases.delivery_changed(SYSTEM, delivery.id, case.result_document_id, case.id, "delivered")
    db.session.commit()
    case = case_of(to_deliver)
    assert case.status == Status.PROVIDED and case.closed and case.done_on
    assert db.session.scalars(sa.select(FlowRun)).one().done_at is not None
    assert not db.session.scalar(
        sa.select(sa.func.count(Task.id)).where(Task.about_id == case.id, Task.state == TaskState.OPEN)
    )
    events = db.session.scalars(sa.select(PsppEvent).order_by(PsppEvent.n)).all()
    assert [event.status.value for event in events] == ["REGISTRETS", "APSTRADE", "SNIEGTS"]
    assert "Lieta ir slēgta: Sniegts" in text_of(liga.get(f"/cases/{case.id}"))


@pytest.mark.req("7.3", "12.5")
def test_the_application_has_the_term_the_person_and_the_end_of_its_case(to_deliver, cast, as_client, anna):
    case = case_of(to_deliver)
    paper = documents.get_document(anna, case.document_id)
    assert (paper.due_on, paper.due_rule, paper.responsible_id) == (case.due_on, "case", cast.liga.id)
    assert paper.is_open
    send(as_client("liga"), to_deliver)
    cases.delivery_changed(SYSTEM, case_of(to_deliver).delivery_id, case.result_document_id, case.id, "delivered")
    db.session.commit()
    assert documents.get_document(anna, case.document_id).state == documents.DocumentState.DONE


@pytest.mark.req("7.2")
def test_only_the_head_assigns_and_only_somebody_of_the_unit(case_id, cast, as_client):
    assert (
        as_client("liga").post(f"/cases/{case_id}/assign", data={"responsible_id": str(cast.liga.id)}).status_code
        == 403
    )
    wrong = as_client("bruno").post(f"/cases/{case_id}/assign", data={"responsible_id": str(cast.pauls.id)})
    assert wrong.status_code == 422 and case_of(case_id).responsible_id is None


def test_a_stranger_does_not_learn_that_the_case_exists(case_id, as_client):
    pauls = as_client("pauls")
    assert pauls.get(f"/cases/{case_id}").status_code == 404
    assert case_of(case_id).number not in text_of(pauls.get("/cases"))
    assert pauls.get(f"/cases/{uuid.uuid4()}").status_code == 404


def test_reassigning_moves_the_open_task(assigned, cast, as_client):
    as_client("bruno").post(f"/cases/{assigned}/assign", data={"responsible_id": str(cast.bruno.id)})
    task = db.session.scalars(sa.select(Task).where(Task.about_id == assigned, Task.state == TaskState.OPEN)).one()
    assert task.kind == "case.prepare" and task.person_id == cast.bruno.id


def test_the_draft_is_saved_while_it_is_written_and_shown_again(assigned, as_client):
    liga = as_client("liga")
    answer = liga.post(
        f"/cases/{assigned}/draft",
        data={"title": "Par kokiem", "draft_text": "Pusteikums"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code in (200, 422)
    assert db.session.scalars(sa.select(CaseDraft)).one().text == "Pusteikums"
    assert "Pusteikums" in text_of(liga.get(f"/cases/{assigned}/prepare"))


@pytest.mark.parametrize("missing", ["title", "draft_text", "committee_id"])
def test_an_unfinished_draft_comes_back_with_what_was_typed(assigned, body, as_client, missing):
    data = {"title": "Par kokiem", "draft_text": "Atļaut nocirst.", "committee_id": str(body.id)} | {missing: ""}
    answer = as_client("liga").post(f"/cases/{assigned}/prepare", data=data)
    assert answer.status_code == 422
    assert all(value in text_of(answer) for key, value in data.items() if key != "committee_id" and value)
    assert case_of(assigned).stage == Stage.PREPARE


def test_a_rejecting_committee_sends_it_back_and_a_second_draft_may_follow(proposed, body, as_client):
    decide(proposed, "committee", "not_supported")
    assert case_of(proposed).stage == Stage.PREPARE
    again = as_client("liga").post(
        f"/cases/{proposed}/prepare",
        data={"title": "Par divu koku ciršanu", "draft_text": "Atļaut divus.", "committee_id": str(body.id)},
    )
    assert again.status_code == 303 and case_of(proposed).stage == Stage.COMMITTEE


@pytest.mark.req("8.2")
def test_a_rejecting_council_leads_to_a_refusal_that_closes_the_case(proposed, as_client):
    decide(proposed, "committee", "supported")
    decide(proposed, "council", "rejected")
    assert as_client("liga").post(f"/cases/{proposed}/refuse", data={"text": ""}).status_code == 422
    assert as_client("liga").post(f"/cases/{proposed}/refuse", data={"text": "Koki ir veseli."}).status_code == 303
    letter = db.session.scalars(sa.select(CaseLetter)).one()
    cases.make_letter(SYSTEM, letter.id)
    cases.make_letter(SYSTEM, letter.id)
    db.session.commit()
    assert db.session.scalar(sa.select(sa.func.count(Delivery.id))) == 1
    case = case_of(proposed)
    cases.delivery_changed(SYSTEM, case.delivery_id, case.result_document_id, case.id, "delivered")
    db.session.commit()
    assert case_of(proposed).status == Status.REFUSED


def test_what_could_not_be_delivered_comes_back_and_the_desk_may_still_mend_it(to_deliver, as_client):
    send(as_client("liga"), to_deliver)
    case = case_of(to_deliver)
    cases.delivery_changed(SYSTEM, case.delivery_id, case.result_document_id, case.id, "failed")
    db.session.commit()
    assert case_of(to_deliver).stage == Stage.DELIVER
    cases.delivery_changed(SYSTEM, case.delivery_id, case.result_document_id, case.id, "delivered")
    db.session.commit()
    assert case_of(to_deliver).status == Status.PROVIDED
    assert db.session.scalars(sa.select(FlowRun)).one().done_at is not None


@pytest.mark.parametrize("state", ["failed", "refused", "rejected", "late", "cancelled"])
def test_an_answer_that_did_not_arrive_goes_back_to_who_sent_it(to_deliver, as_client, state):
    liga = as_client("liga")
    send(liga, to_deliver)
    case = case_of(to_deliver)
    for _repeat in range(2):
        cases.delivery_changed(SYSTEM, case.delivery_id, case.result_document_id, case.id, state)
    db.session.commit()
    case, first = case_of(to_deliver), case.delivery_id
    assert case.stage == Stage.DELIVER and not case.closed
    assert text_of(liga.get(f"/cases/{to_deliver}")).count("Nav piegādāts") == 1
    assert send(liga, to_deliver).status_code == 303
    assert case_of(to_deliver).delivery_id != first


def test_sending_needs_a_signed_decision_and_a_confirmation(proposed, as_client):
    liga = as_client("liga")
    assert send(liga, proposed).status_code == 403
    decide(proposed, "committee", "supported")
    decide(proposed, "council", "adopted")
    factories.signed_decision(proposed)
    assert send(liga, proposed, confirmed="").status_code == 422
    assert send(as_client("bruno"), proposed).status_code == 403
    assert db.session.scalar(sa.select(sa.func.count(Delivery.id))) == 0


@pytest.mark.req("7.3")
def test_statuses_move_only_as_the_table_says(assigned, as_client):
    liga = as_client("liga")
    assert liga.post(f"/cases/{assigned}/resume").status_code == 403
    assert liga.post(f"/cases/{assigned}/ask", data={"text": "Lūdzu pievienojiet plānu."}).status_code == 303
    assert case_of(assigned).status == Status.INFORMATION_ASKED
    assert liga.post(f"/cases/{assigned}/suspend", data={"text": "Gaidām"}).status_code == 403
    assert (
        liga.post(
            f"/cases/{assigned}/prepare", data={"title": "x", "draft_text": "y", "committee_id": str(uuid.uuid4())}
        ).status_code
        == 403
    )
    assert liga.post(f"/cases/{assigned}/resume").status_code == 303
    assert liga.post(f"/cases/{assigned}/withdraw", data={"text": "Klients atsauca."}).status_code == 303
    case = case_of(assigned)
    assert case.status == Status.WITHDRAWN and case.closed
    assert liga.post(f"/cases/{assigned}/withdraw", data={"text": "Vēlreiz"}).status_code == 403
    assert not db.session.scalar(sa.select(sa.func.count(Task.id)).where(Task.state == TaskState.OPEN))


def test_forwarding_sends_the_application_on_and_closes_the_case(assigned, as_client):
    liga = as_client("liga")
    bad = liga.post(
        f"/cases/{assigned}/forward",
        data={"recipient_name": "Valsts mežu dienests", "recipient_address": "nav", "text": "Pēc piekritības"},
    )
    assert bad.status_code == 422 and case_of(assigned).status == Status.IN_PROGRESS
    good = liga.post(
        f"/cases/{assigned}/forward",
        data={
            "recipient_name": "Valsts mežu dienests",
            "recipient_address": "_DEFAULT@90000000002",
            "text": "Piekritība",
        },
    )
    assert good.status_code == 303 and case_of(assigned).status == Status.FORWARDED
    assert db.session.scalars(sa.select(Delivery)).one().case_id == assigned


@pytest.mark.req("6.1")
def test_the_personal_code_is_hidden_until_somebody_says_why(case_id, as_client):
    bruno = as_client("bruno")
    assert "32000000012" not in text_of(bruno.get(f"/cases/{case_id}"))
    assert bruno.post(f"/cases/{case_id}/code", data={"purpose": " "}).status_code == 422
    shown = bruno.post(f"/cases/{case_id}/code", data={"purpose": "Adreses pārbaude"}, headers={"HX-Request": "true"})
    assert "320000-00012" in text_of(shown)
    record = db.session.scalars(sa.select(AuditRecord).where(AuditRecord.action == "case.code_shown")).one()
    assert record.purpose == "Adreses pārbaude"
    kept = db.session.execute(sa.text("SELECT client_code, client_address FROM case_file")).one()
    assert all(b"32000000012" not in bytes(value) for value in kept)


@pytest.mark.req("7.3")
def test_the_list_shows_late_cases_first_filters_by_url_and_pages_by_key(trees, cast, as_client, clock_at):
    clock_at("2026-11-02 10:00")
    first = case_of(factories.arrive("Pirmais iesniegums"))
    clock_at("2026-12-15 10:00")
    second = case_of(factories.arrive("Otrais iesniegums"))
    bruno = as_client("bruno")
    page = text_of(bruno.get("/cases"))
    assert page.index(first.number) < page.index(second.number)
    late = text_of(bruno.get("/cases?show=late"))
    assert first.number in late and f">{second.number}<" not in late
    assert second.number not in text_of(bruno.get("/cases?responsible=me"))
    assert bruno.get("/cases?show=nonsense").status_code == 422
    assert bruno.get("/cases?after=%%%").status_code == 422
    table = text_of(bruno.get("/cases/export.csv"))
    assert first.number in table and ";" in table


def test_a_list_and_a_case_cost_the_same_number_of_queries_however_long(trees, as_client, count_queries):
    bruno = as_client("bruno")
    one = factories.arrive()
    bruno.get("/cases")

    def cost(url):
        bruno.get(url)  # the counts in the bar are kept for two seconds
        with count_queries() as seen:
            assert bruno.get(url, headers={"HX-Request": "true"}).status_code == 200
        return len(seen)

    before = cost("/cases")
    for _n in range(8):
        factories.arrive()
    assert cost("/cases") <= before <= 12
    assert cost(f"/cases/{one}") <= 14


def test_service_cards_show_statistics(assigned, as_client):
    bruno = as_client("bruno")
    assert factories.TREES in text_of(bruno.get("/services"))
    card = text_of(bruno.get(f"/services/{factories.TREES}"))
    assert "Koku ciršanas atļauja" in card
    assert bruno.get("/services/NAV").status_code == 404


@pytest.fixture
def paper(trees):
    """An application on paper that a clerk has registered."""
    from portal.documents import service as documents

    paper = documents.create(SYSTEM, documents.DocumentKind.INTERNAL, "Papīra iesniegums", access_keys=["role:clerk"])
    db.session.commit()
    return paper


def open_by_hand(client, paper, **data):
    given = {"service_code": factories.TREES, "client_name": "Ilze Paraudziņa", "channel": "KLATIENE"} | data
    return client.post(f"/cases/new?document={paper.id}", data=given)


def test_a_clerk_opens_a_case_for_a_paper_application(paper, as_client):
    client = as_client("anna")
    assert client.post(f"/cases/new?document={paper.id}", data={}).status_code == 422
    assert open_by_hand(client, paper, client_code="320000-00012").status_code == 303
    case = db.session.scalars(sa.select(Case)).one()
    assert (case.channel, case.client_code, case.client_kind) == ("KLATIENE", "32000000012", "natural")
    assert db.session.scalars(sa.select(PsppEvent)).one().status == Status.REGISTERED


@pytest.mark.parametrize("code", ["", "3200000001", "nav"])
def test_a_paper_application_without_a_good_code_comes_back_with_what_was_typed(paper, as_client, code):
    answer = open_by_hand(as_client("anna"), paper, client_code=code, client_address="_PRIVATE@32000000012")
    page = text_of(answer)
    assert answer.status_code == 422 and "client_code-error" in page
    assert all(word in page for word in ("Ilze Paraudziņa", "_PRIVATE@32000000012", code))
    assert db.session.scalar(sa.select(sa.func.count(Case.id))) == 0


@pytest.mark.req("8.1")
def test_an_application_that_names_no_code_is_not_reported_and_its_page_says_why(paper, as_client, cast):
    client = as_client("anna")
    both = open_by_hand(client, paper, client_code="32000000012", without_code="y")
    assert both.status_code == 422 and "without_code-error" in text_of(both)
    assert open_by_hand(client, paper, without_code="y").status_code == 303
    case = db.session.scalars(sa.select(Case)).one()
    as_client("bruno").post(f"/cases/{case.id}/assign", data={"responsible_id": str(cast.liga.id)})
    assert db.session.scalar(sa.select(sa.func.count(PsppEvent.id))) == 0
    assert 'id="no-pspp"' in text_of(as_client("liga").get(f"/cases/{case.id}"))


def test_a_client_without_an_e_address_is_given_the_answer_by_a_person(to_deliver, as_client):
    case_of(to_deliver).client_address = ""
    db.session.commit()
    liga, page = as_client("liga"), f"/cases/{to_deliver}"
    assert send(liga, to_deliver).status_code == 303
    case = case_of(to_deliver)
    assert case.stage == Stage.ARRIVE and case.delivery_id is None and not case.closed
    task = db.session.scalars(sa.select(Task).where(Task.kind == "case.hand_over")).one()
    assert task.person_id == case.responsible_id and 'name="way"' in text_of(liga.get(page))

    given = {"way": "post", "on": f"{clock.today():%d.%m.%Y}", "note": "RR123456789LV"}
    assert as_client("bruno").post(f"{page}/hand-over", data=given).status_code == 403
    for wrong in ({"way": ""}, {"on": "01.01.2020"}, {"on": f"{clock.today() + clock.timedelta(days=1):%d.%m.%Y}"}):
        answer = liga.post(f"{page}/hand-over", data=given | wrong)
        assert answer.status_code == 422 and 'value="RR123456789LV"' in text_of(answer)
    assert liga.post(f"{page}/hand-over", data=given).status_code == 303
    case = case_of(to_deliver)
    assert case.closed and case.status == Status.PROVIDED
    assert db.session.get(Task, task.id, populate_existing=True).state == TaskState.DONE
    assert db.session.scalars(sa.select(FlowRun)).one().done_at is not None
    assert "Atbilde Jums ir nosūtīta pa pastu" in text_of(liga.get(page))
    assert liga.post(f"{page}/hand-over", data=given).status_code == 403
