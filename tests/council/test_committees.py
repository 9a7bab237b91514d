"""Sessions of committees: the notice, extraordinary ones on request, joint ones (13.1)."""

import pytest
import sqlalchemy as sa

from portal.council import rules
from portal.council import service as council
from portal.council.models import BodyKind, MatterState, Office, Requester, Session, SessionKind, Subject
from portal.documents.models import ReadyFile
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Forbidden, Invalid
from portal.storage import service as storage
from tests.council import factories

pytestmark = pytest.mark.req("13.1")


@pytest.mark.parametrize(
    ("parts", "reached", "present", "needed"),
    [
        ([("A", 3, 5), ("B", 2, 3)], True, 3, 3),
        ([("A", 5, 5), ("B", 1, 3)], False, 1, 2),
        ([("A", 2, 4), ("B", 3, 3)], False, 2, 3),  # exactly half is no quorum
        ([("A", 3, 5), ("B", 2, 3), ("C", 0, 4)], False, 0, 3),
    ],
)
def test_law_69_a_joint_session_needs_a_quorum_in_each_committee(app, parts, reached, present, needed):
    """LAW-69, PL 43(3)."""
    outcome = rules.joint_quorum(parts)
    assert (outcome.reached, outcome.present, outcome.needed) == (reached, present, needed)
    assert all(name in outcome.why for name, _present, _seats in parts)


@pytest.mark.parametrize(
    ("finance", "council_chair", "committee_chair", "may"),
    [(True, True, False, True), (True, False, True, False), (False, False, True, True), (False, False, False, False)],
)
def test_law_69_who_leads_a_joint_session(app, finance, council_chair, committee_chair, may):
    """LAW-69, PL 43(2)."""
    verdict = rules.may_lead_joint(finance=finance, council_chair=council_chair, committee_chair=committee_chair)
    assert bool(verdict) is may


@pytest.mark.parametrize(
    ("requester", "signed", "seats", "may"),
    [(None, 0, 5, True), (Requester.COUNCIL_CHAIR, 0, 5, True), (Requester.MEMBERS, 1, 5, False),
     (Requester.MEMBERS, 2, 5, True), (Requester.MEMBERS, 1, 3, True)],
)  # fmt: skip
def test_law_68_who_asks_for_an_extraordinary_session(app, requester, signed, seats, may):
    """LAW-68, PL 42(1)."""
    assert bool(rules.may_request_session(requester, signed, seats)) is may


def test_law_62_68_a_committees_notice_and_the_day_to_convene_it(cast, as_client, clock_at):
    """LAW-62: no term of days, the notice is public at once; LAW-68: convened within 24 hours of the request; the
    terms, the urgency and the ban on the budget of the council's extraordinary sessions do not bind committees."""
    clock_at("2026-11-24 10:00")
    one = factories.body(BodyKind.COMMITTEE, members=5)
    budget = factories.matter(one, "Par budžeta grozījumiem", subject=Subject.BUDGET)
    db.session.commit()
    browser = as_client("sarma")
    asked = {"body_id": str(one.body.id), "kind": "extraordinary", "day": "26.11.2026", "hour": "09:00"}
    asked |= {"place": "Zāle", "requested_by": "members", "signed": "1"}
    asked |= {"requested_day": "24.11.2026", "requested_hour": "09:00"}
    few = browser.post("/council/sessions/new", data=asked)
    assert few.status_code == 422 and "signed-error" in few.get_data(as_text=True)
    unsaid = browser.post("/council/sessions/new", data=asked | {"signed": "2", "requested_hour": ""})
    assert unsaid.status_code == 422 and "requested_day-error" in unsaid.get_data(as_text=True)
    assert browser.post("/council/sessions/new", data=asked | {"signed": "2"}).status_code == 303
    session = db.session.scalar(sa.select(Session))
    council.place(one.secretary, session.id, budget.id)  # LAW-7 is of the council's sessions
    assert not budget.late and [(mark.key, mark.kind) for mark in council.readiness(session)] == [
        ("notice", "ok"), ("notice", "ok")
    ]  # fmt: skip
    page = browser.get(f"/council/sessions/{session.id}").get_data(as_text=True)
    assert "42. panta otrā" in page
    clock_at("2026-11-25 09:30")
    council.invite(one.secretary, session.id)
    assert [mark.kind for mark in council.readiness(session)] == ["ok", "late"]
    db.session.commit()
    assert 'name="ground"' in browser.get(f"/council/sessions/{session.id}").get_data(as_text=True)  # why it is late


def test_law_69_committees_sit_together_vote_once_and_handle_nothing_again(cast, as_client, clock_at):
    """LAW-69: convened for several committees, led by the chair of the council where finance takes part, opened to
    votes with a quorum in each, and its opinion is that of each committee."""
    clock_at("2026-11-24 10:00")
    dome = factories.body(members=7)
    finance = council.add_body(SYSTEM, BodyKind.COMMITTEE, "Finanšu komiteja", "Finanses", 3, is_finance=True)
    social = factories.body(BodyKind.COMMITTEE, members=1, seats=3)
    for place in (0, 1, 2):
        council.add_member(SYSTEM, finance.id, dome.members[place].person_id)
    for place in (2, 3):  # the third deputy sits in both
        council.add_member(SYSTEM, social.body.id, dome.members[place].person_id)
    council.set_office(SYSTEM, finance.id, Office.CHAIR, dome.chair.person_id)
    draft = council.propose(
        dome.secretary, title="Par pabalstu", draft_text="Piešķirt pabalstu.", kind="political",
        body_id=social.body.id, committees=[finance.id], amount_cents=100,
    )  # fmt: skip
    db.session.commit()
    browser = as_client("sarma")
    typed = {"body_id": str(social.body.id), "kind": "regular", "day": "30.11.2026", "hour": "10:00", "place": "Zāle"}
    house = browser.post("/council/sessions/new", data=typed | {"with_ids": [str(dome.body.id)]})
    assert house.status_code == 422
    made = browser.post("/council/sessions/new", data=typed | {"with_ids": [str(finance.id)]})
    assert made.status_code == 303
    session = db.session.scalar(sa.select(Session))
    assert session.chair_id == dome.chair.person_id and len(council.members_in(session)) == 5
    with pytest.raises(Invalid, match="43. panta otrā"):
        council.set_presiding(dome.secretary, session.id, social.chair.person_id)
    assert "Par pabalstu" in browser.get(f"/council/sessions/{session.id}/pool").get_data(as_text=True)
    council.place(dome.secretary, session.id, draft.id)
    change = council.propose_amendment(dome.chair, draft.id, new_text="Izmaksāt gadā.")  # of the other committee
    council.withdraw_amendment(dome.chair, change.id)
    council.invite(dome.secretary, session.id)

    clock_at("2026-11-30 10:00")
    for actor in (dome.members[0], dome.members[1], social.members[0]):
        council.check_in(actor, session.id)
    council.open_session(dome.chair, session.id)
    council.open_matter(dome.chair, draft.id)
    with pytest.raises(Forbidden, match="katrā komitejā"):  # 2 of 3 in finance, 1 of 3 in the other
        council.open_ballot(dome.chair, draft.id)
    with pytest.raises(Forbidden):
        council.check_in(dome.members[5], session.id)
    council.check_in(dome.members[2], session.id)  # counts in both
    page = browser.get(f"/council/sessions/{session.id}").get_data(as_text=True)
    assert "Komiteju apvienotā sēde" in page and "Katrā komitejā ir kvorums" in page
    assert "Finanses" in browser.get(f"/council/sessions/{session.id}/hall").get_data(as_text=True)
    ballot = council.open_ballot(dome.chair, draft.id)
    for actor in (dome.members[0], dome.members[1], dome.members[2], social.members[0]):
        council.cast_vote(actor, ballot.id, "par")
    assert council.close_ballot(dome.chair, ballot.id).par == 4
    assert [stop.matter_id for stop in council.stops_of(draft.proposal_id)] == [draft.id, draft.id]
    waiting = council.pool(dome.secretary, dome.body.id)  # both have answered: the council is next
    assert [one.proposal_id for one in waiting] == [draft.proposal_id] and council.pool(
        dome.secretary, finance.id
    ) == []
    clock_at("2026-11-30 11:00")
    council.close_session(dome.chair, session.id)

    day = clock.today()
    lines = []
    for committee in (social.body, finance):
        content, _going = council.count_statement(dome.secretary, committee.id, day, day)
        lines.append({one["id"]: one["attended"] for one in content["members"]})
    both = council.members_in(session)
    counted = [sum(found.get(str(one.id), 0) for found in lines) for one in both]
    assert sorted(counted) == [0, 1, 1, 1, 1]  # nobody is paid twice for one session
    assert draft.state == MatterState.DECIDED and session.kind == SessionKind.REGULAR


@pytest.mark.parametrize(
    ("month", "week", "weekday", "rule_day", "day"),
    [
        (1, -1, 3, 28, 28),
        (6, -1, 3, 24, 25),  # Jāņi are on 23 and 24 June; the day after is a working day
        (12, -1, 4, 31, 30),  # nothing is left of the month: the day before
        (5, 1, 1, 4, 5),
        (2, 4, 3, 25, 25),
    ],
)
def test_law_1_a_day_by_rule_is_moved_off_holidays_within_its_month(app, month, week, weekday, rule_day, day):
    """LAW-1: each calendar month has its regular session."""
    found = rules.nth_weekday(2027, month, week, weekday)
    assert (found.day, rules.off_holidays(found).day) == (rule_day, day) and found.month == month


def test_law_1_the_secretary_plans_a_year_in_one_go(cast, as_client, run_jobs, clock_at):
    clock_at("2026-11-24 10:00")
    dome = factories.body(members=3)
    db.session.commit()
    browser, url = as_client("sarma"), f"/council/bodies/{dome.body.id}/year"
    page = browser.get(f"{url}?year=2027&week=-1&weekday=3").get_data(as_text=True)
    assert "25.06.2027" in page and "24.06.2027" in page  # moved, and from where
    typed = {"year": "2027", "week": "-1", "weekday": "3", "hour": "14:00", "place": "Domes zāle"}
    typed |= {"chosen": ["1", "2", "6"], "day-1": "28.01.2027", "day-2": "24.02.2027", "day-6": "25.06.2027"}
    for wrong in ({"hour": "25"}, {"place": " "}, {"day-1": "31.01.2027"}, {"chosen": []}):
        assert browser.post(url, data=typed | wrong).status_code == 422, wrong
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Session)) == 0  # all or none
    assert browser.post(url, data=typed).status_code == 303
    planned = council.sessions_of_year(dome.secretary, 2027)
    assert [(one.number, clock.local(one.planned_at).day) for one in planned] == [(1, 28), (2, 24), (3, 25)]
    assert browser.post(url, data=typed).status_code == 422  # the days are taken
    year = browser.get("/council/year?year=2027").get_data(as_text=True)
    assert "28.01.2027" in year and "Domes zāle" in year
    move = f"/council/sessions/{planned[1].id}/move"
    for wrong in ({"day": "x", "hour": "10:00"}, {"day": "02.02.2028", "hour": "10:00"}):
        assert browser.post(move, data=wrong | {"year": "2027"}).status_code == 422
    browser.post(move, data={"day": "26.02.2027", "hour": "10:00", "year": "2027"})
    calendar = browser.get("/council/year/calendar.ics?year=2027").get_data(as_text=True)
    assert calendar.count("BEGIN:VEVENT") == 3 and "20270226T080000Z" in calendar
    browser.post("/council/year/paper", data={"year": "2027"})
    run_jobs()
    assert b"%PDF" in storage.read(db.session.scalar(sa.select(ReadyFile.sha256)))[:8]
    assert as_client("dace").get(url).status_code == 403
