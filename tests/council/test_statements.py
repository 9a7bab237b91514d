"""Statements of attendance and pay: counted from what sessions recorded, approved, and then never altered (13.1)."""

import io

import openpyxl
import pytest
import sqlalchemy as sa

from portal.council import pay
from portal.council import service as council
from portal.council.models import Attendance, Office, PayBasis, PayRate, SessionKind, Statement
from portal.documents import service as documents
from portal.documents.models import ReadyFile
from portal.kernel import clock
from portal.kernel.db import db
from portal.storage import service as storage
from portal.workflow import service as workflow
from tests.council import factories
from tests.council.test_jobs import text_of

pytestmark = pytest.mark.req("13.1")
MINUTE = clock.timedelta(minutes=1)
TEN = clock.at_local(clock.date(2026, 11, 26), 10)


def _span(begin, end):
    return TEN + begin * MINUTE, TEN + end * MINUTE


@pytest.mark.parametrize(
    ("stays", "breaks", "minutes"),
    [
        ([(-15, 75)], [], 60),  # came before the opening, stayed after the closing
        ([(20, 40), (50, 70)], [], 30),
        ([(0, 60)], [(10, 25)], 45),
        ([(0, 12)], [(10, 25)], 10),
        ([(70, 80)], [], 0),
        ([], [], 0),
    ],
)
def test_time_is_counted_from_opening_to_closing_without_breaks(stays, breaks, minutes):
    spans = [_span(*one) for one in stays]
    assert pay.minutes_of(spans, _span(0, 60), [_span(*one) for one in breaks]) == minutes


def test_a_rate_of_an_office_stands_in_place_of_the_others_and_a_month_in_part_is_paid_by_days():
    day = clock.date(2026, 11, 26)
    rates = [
        PayRate(office=office, basis=PayBasis.HOUR, amount_cents=cents, since=day, until=None)
        for office, cents in ((None, 1000), (Office.CHAIR, 1500))
    ]
    found = [
        pay.rate_on(rates, PayBasis.HOUR, offices, day) for offices in ((), (Office.CHAIR,), (Office.DEPUTY_CHAIR,))
    ]
    assert found == [1000, 1500, 1000]
    assert pay.rate_on(rates, PayBasis.HOUR, (), day - clock.timedelta(days=1)) == 0
    assert pay.of_minutes(50, 1001) == 834  # 834,17; half a cent goes upwards
    november = [(clock.date(2026, 11, n), 10000) for n in range(1, 11)]
    assert (
        pay.of_months(november) == 3333 and pay.of_months([(clock.date(2026, 2, n), 500) for n in range(1, 29)]) == 500
    )


def _held(dome, clock_at):
    """A session of 90 minutes on 26 November: the third comes late, the fourth is ill."""
    clock_at("2026-11-20 09:00")
    session = factories.planned(dome, SessionKind.REGULAR, days=6)
    matter = factories.matter(dome, session=session)
    council.invite(dome.secretary, session.id)
    clock_at("2026-11-26 10:00")
    for member in dome.members[:2]:
        council.check_in(member, session.id)
    council.mark(dome.secretary, session.id, dome.members[3].person_id, False, reason="slimība")
    council.open_session(dome.chair, session.id)
    clock_at("2026-11-26 10:40")
    council.check_in(dome.members[2], session.id)
    council.open_matter(dome.chair, matter.id)
    ballot = council.open_ballot(dome.chair, matter.id)
    factories.vote(dome, ballot.id, par=[0, 1, 2])
    council.close_ballot(dome.chair, ballot.id)
    clock_at("2026-11-26 11:30")
    council.close_session(dome.chair, session.id)
    return session


def test_secretary_counts_a_month_chair_approves_and_later_changes_leave_it_as_it_is(
    cast, as_client, run_jobs, clock_at, count_queries
):
    documents.install_registers()
    clock_at("2026-10-01 09:00")
    dome = factories.body(members=4)
    session = _held(dome, clock_at)
    db.session.commit()
    browser, url = as_client("sarma"), f"/council/bodies/{dome.body.id}"
    assert "nav noteikta" in browser.get(f"{url}/statements").get_data(as_text=True)
    rate = {"basis": "hour", "office": "", "amount_cents": "20", "since": "01.11.2026", "ground": "Lēmums Nr. 7"}
    unsaid = browser.post(f"{url}/rates", data=rate | {"ground": "", "amount_cents": "divi"})
    assert unsaid.status_code == 422 and "ground-error" in unsaid.get_data(as_text=True)
    for one in ({}, {"office": "chair", "amount_cents": "30,00"}, {"basis": "session", "amount_cents": "5"},
                {"basis": "month", "office": "chair", "amount_cents": "300"}):  # fmt: skip
        assert browser.post(f"{url}/rates", data=rate | one).status_code == 303

    clock_at("2026-12-01 09:00")
    days = {"since": "01.11.2026", "until": "30.11.2026"}
    with count_queries() as queries:
        page = browser.get(f"{url}/statements/count", query_string=days).get_data(as_text=True)
    assert len(queries) <= 12, len(queries)
    for words in ("slimība", "350,00", "35,00", "21,67", "10:40–11:30", "Lēmums Nr. 7"):
        assert words in page.replace("\xa0", " "), words  # 1,5 h × 30 + 5 + 300; 1,5 h × 20 + 5; 50 min × 20 + 5
    assert browser.get(f"{url}/statements/count", query_string=days | {"until": "01.10.2026"}).status_code == 422
    assert as_client("dace").get(f"{url}/statements/count", query_string=days).status_code == 403

    handed = browser.post(f"{url}/statements/count", data=days | {"act": "submit"})
    statement = db.session.scalar(sa.select(Statement))
    assert handed.status_code == 303 and statement.content["cents"] == 35000 + 3500 + 2167
    [task] = workflow.open_tasks_about("council_statement", statement.id)
    assert task.person_id == dome.chair.person_id
    assert browser.post(f"{url}/statements/count", data=days | {"act": "submit"}).status_code == 409  # not twice
    page = f"/council/statements/{statement.id}"
    assert browser.post(page, data={"act": "approve"}).status_code == 403  # not the secretary
    council.approve_statement(dome.chair, statement.id)
    db.session.commit()
    run_jobs()
    assert statement.document_id and "350,00" in text_of(statement.document_id).replace("\xa0", " ")

    db.session.execute(
        sa.update(Attendance)
        .where(Attendance.session_id == session.id, Attendance.member_id == dome.members[2].person_id)
        .values(arrived_at=session.opened_at)
    )
    db.session.commit()
    shown = browser.get(page).get_data(as_text=True).replace("\xa0", " ")
    assert "21,67" in shown and "Ir mainījies" in shown
    browser.post(page, data={"act": "xlsx"})
    run_jobs()
    book = openpyxl.load_workbook(io.BytesIO(storage.read(db.session.scalar(sa.select(ReadyFile.sha256)))))
    sums, lines = (list(sheet.values) for sheet in book.worksheets)
    assert [row[-1] for row in sums[1:]] == [350, 35, 21.67, 0, 406.67] and len(lines) == 5

    unsaid = browser.post(f"{url}/statements/count", data=days | {"act": "submit"})
    assert unsaid.status_code == 422 and "correction-error" in unsaid.get_data(as_text=True)
    browser.post(f"{url}/statements/count", data=days | {"act": "submit", "correction": "Ierašanās laiks precizēts"})
    second = db.session.scalar(sa.select(Statement).where(Statement.id != statement.id))
    council.return_statement(dome.chair, second.id, "Vajag ziņojumu")
    third = council.submit_statement(dome.secretary, dome.body.id, second.since, second.until, "Ar ziņojumu")
    council.approve_statement(dome.chair, third.id)
    assert [one.state for one in (statement, second, third)] == ["replaced", "returned", "approved"]
    assert statement.content["cents"] == 40667 and third.content["cents"] == 35000 + 3500 + 3500
