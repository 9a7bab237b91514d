"""The council's pages over HTTP: page, partial, mistakes, refusals, and how many queries they cost."""

import re
from types import SimpleNamespace

import pytest

from portal.council import service as council
from portal.council.models import BodyKind, Choice, SessionKind
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from tests.council import factories

HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.req("13.1", "13.2", "13.3")


@pytest.fixture
def dome(cast, janis, sarma, dace):
    """A council of nine in which Jānis presides, Dace sits and Sarma is the secretary."""
    made = factories.body(members=7, seats=9)
    for actor in (janis, dace):
        council.add_member(SYSTEM, made.body.id, actor.person_id)
    made.body.chair_id, made.body.minute_taker_id = janis.person_id, sarma.person_id
    db.session.commit()
    return SimpleNamespace(body=made.body, chair=janis, secretary=sarma, members=[janis, dace, *made.members])


def text(response):
    return response.get_data(as_text=True)


def running(dome, matters=1, **fields):
    """An open session; the first matter is being heard."""
    session, placed = factories.opened(dome, matters, **fields)
    council.open_matter(dome.chair, placed[0].id)
    db.session.commit()
    return session, placed


def with_ballot(dome, **fields):
    session, placed = running(dome, **fields)
    ballot = council.open_ballot(dome.chair, placed[0].id)
    db.session.commit()
    return session, placed[0], ballot


# --- planning -------------------------------------------------------------------------------------------------------


def test_front_page_shows_bodies_sessions_and_the_members_own_first(dome, as_client):
    session = factories.planned(dome)
    factories.matter(dome, "Par ceļa remontu", session)
    council.invite(dome.secretary, session.id)
    factories.matter(dome, "Par parku")
    page = as_client("dace").get("/council")
    assert page.status_code == 200
    assert dome.body.name in text(page)
    assert f"/council/sessions/{session.id}/tablet" in text(page)
    secretary = text(as_client("sarma").get("/council"))
    assert "/council/sessions/new" in secretary and f"/council/sessions/{session.id}/tablet" not in secretary


def test_new_session_form_is_filled_from_the_bodys_template(dome, as_client):
    council.set_template(SYSTEM, dome.body.id, 3, clock.datetime(2026, 1, 1, 14, 30).time(), "Lielā zāle", [])
    db.session.commit()
    page = text(as_client("sarma").get(f"/council/sessions/new?body={dome.body.id}"))
    assert 'value="14:30"' in page and 'value="Lielā zāle"' in page


def test_session_is_planned_and_mistakes_are_explained_beside_their_fields(dome, as_client):
    browser = as_client("sarma")
    empty = browser.post("/council/sessions/new", data={"body_id": str(dome.body.id), "kind": "regular"}, headers=HTMX)
    assert empty.status_code == 422
    assert "day-error" in text(empty) and "<html" not in text(empty)
    day = f"{clock.add_working_days(clock.today(), 8):%d.%m.%Y}"
    filled = {"body_id": str(dome.body.id), "kind": "extraordinary", "day": day, "hour": "14:00", "place": "Zāle"}
    unjustified = browser.post("/council/sessions/new", data=filled)
    assert unjustified.status_code == 422 and "urgency-error" in text(unjustified)
    done = browser.post("/council/sessions/new", data={**filled, "urgency": "Plūdi, kavēties nedrīkst"})
    assert done.status_code == 303
    page = text(browser.get(done.location))
    assert "Plūdi, kavēties nedrīkst" in page


def test_planning_is_closed_to_members_and_the_refusal_names_who_may(dome, as_client):
    refused = as_client("dace").get("/council/sessions/new")
    assert refused.status_code == 403 and "Domes sekretārs" in text(refused)


# --- the agenda -----------------------------------------------------------------------------------------------------


def test_secretary_places_moves_and_removes_matters(dome, as_client):
    session = factories.planned(dome)
    first, second = (factories.matter(dome, f"Par {word}", session) for word in ("ielu", "skolu"))
    waiting = factories.matter(dome, "Par tiltu")
    db.session.commit()
    browser = as_client("sarma")
    pool = browser.get(f"/council/sessions/{session.id}/pool", headers=HTMX)
    assert "Par tiltu" in text(pool) and "<html" not in text(pool)
    placed = browser.post(f"/council/sessions/{session.id}/place", data={"matter_id": str(waiting.id)}, headers=HTMX)
    assert placed.status_code == 200 and "<html" not in text(placed)
    browser.post(f"/council/matters/{waiting.id}/move", data={"position": "1"})
    page = text(browser.get(f"/council/sessions/{session.id}"))
    order = re.findall(r'<li id="matter-([0-9a-f-]+)" data-n="(\d+)"', page)
    assert order == [(str(waiting.id), "1"), (str(first.id), "2"), (str(second.id), "3")]
    without_reason = browser.post(f"/council/matters/{first.id}/remove", data={"reason": ""})
    assert without_reason.status_code == 422
    browser.post(f"/council/matters/{first.id}/remove", data={"reason": "Atsauca iesniedzējs"})
    assert [m.title for m in council.pool(dome.secretary, dome.body.id)] == ["Par ielu"]


def test_a_place_that_is_no_number_is_refused_in_words(dome, as_client):
    session = factories.planned(dome)
    one = factories.matter(dome, "Par ielu", session)
    db.session.commit()
    assert as_client("sarma").post(f"/council/matters/{one.id}/move", data={"position": "x"}).status_code == 422


def test_members_read_the_session_but_get_no_tools(dome, as_client):
    session = factories.planned(dome)
    factories.matter(dome, "Par ielu", session)
    db.session.commit()
    browser = as_client("dace")
    page = text(browser.get(f"/council/sessions/{session.id}"))
    assert "Par ielu" in page and "data-move" not in page and "/invite" not in page
    assert browser.post(f"/council/sessions/{session.id}/invite").status_code == 403


def test_invitations_show_who_has_seen_them(dome, as_client):
    session = factories.planned(dome)
    factories.matter(dome, "Par ielu", session)
    db.session.commit()
    browser = as_client("sarma")
    assert browser.post(f"/council/sessions/{session.id}/invite").status_code == 303
    member = as_client("dace")
    assert f"/council/sessions/{session.id}/answer" in text(member.get(f"/council/sessions/{session.id}"))
    member.post(f"/council/sessions/{session.id}/answer", data={"answer": "Piedalīšos"})
    page = text(browser.get(f"/council/sessions/{session.id}/attendance"))
    assert "Piedalīšos" in page


def test_secretary_keeps_the_attendance_and_a_wrong_hour_is_explained(dome, as_client):
    session, _placed = factories.opened(dome, present=3)
    db.session.commit()
    late = dome.members[5]
    browser = as_client("sarma")
    where = f"/council/sessions/{session.id}/attendance"
    wrong = browser.post(where, data={"member_id": str(late.person_id), "present": "1", "at": "99:99"})
    assert wrong.status_code == 422 and 'role="alert"' in text(wrong)
    came = browser.post(where, data={"member_id": str(late.person_id), "present": "1"}, headers=HTMX)
    assert came.status_code == 200 and f'id="left-{late.person_id}"' in text(came)
    away = dome.members[6]
    browser.post(where, data={"member_id": str(away.person_id), "present": "0", "reason": "komandējums"})
    assert "komandējums" in text(browser.get(where))


# --- the chair's desk -----------------------------------------------------------------------------------------------


def test_chair_leads_a_matter_from_opening_to_the_result(dome, as_client):
    session, placed = factories.opened(dome, 2)
    db.session.commit()
    browser = as_client("janis")
    desk = f"/council/sessions/{session.id}/desk"
    assert f"/council/matters/{placed[0].id}/open" in text(browser.get(desk))
    browser.post(f"/council/matters/{placed[0].id}/open", data={"from": "desk"})
    answered = browser.post(f"/council/matters/{placed[0].id}/ballots", data={"from": "desk"}, headers=HTMX)
    assert 'id="close-ballot"' in text(answered) and "<html" not in text(answered)
    ballot = council.session_view(dome.chair, session.id).ballot
    factories.vote(dome, ballot.id, par=range(5), pret=[5], atturas=[6])
    db.session.commit()
    asked = browser.post(f"/council/ballots/{ballot.id}/close", data={"from": "desk"}, headers=HTMX)
    assert 'id="close-anyway"' in text(asked) and dome.members[7].name in text(asked)
    assert council.session_view(dome.chair, session.id).ballot is not None
    closed = text(
        browser.post(f"/council/ballots/{ballot.id}/close", data={"from": "desk", "confirmed": "1"}, headers=HTMX)
    )
    assert council.result(dome.chair, ballot.id).line in closed
    assert dome.members[7].name in closed and 'id="next-matter"' in closed


def test_desk_shows_who_voted_but_never_what(dome, as_client):
    session, _matter, ballot = with_ballot(dome)
    council.cast_vote(dome.members[1], ballot.id, Choice.AGAINST)
    db.session.commit()
    desk = text(as_client("janis").get(f"/council/sessions/{session.id}/desk"))
    assert re.search(r'<li class="is-in">.*?Dace Bērziņa', desk)
    assert "cn-choice-pret" not in desk


def test_without_quorum_the_desk_says_why_no_vote_can_open(dome, as_client):
    session, placed = factories.opened(dome, present=4)
    council.open_matter(dome.chair, placed[0].id)
    db.session.commit()
    browser = as_client("janis")
    desk = text(browser.get(f"/council/sessions/{session.id}/desk"))
    assert 'id="open-ballot"' not in desk
    assert council.quorum(council.get_session(dome.chair, session.id)).why in desk
    assert browser.post(f"/council/matters/{placed[0].id}/ballots").status_code == 403


def test_the_desk_is_the_chairs(dome, as_client):
    session, _placed = factories.opened(dome)
    db.session.commit()
    assert as_client("dace").get(f"/council/sessions/{session.id}/desk").status_code == 403


def test_speakers_queue_from_the_tablet_to_the_floor(dome, as_client):
    session, placed = running(dome)
    as_client("dace").post(f"/council/matters/{placed[0].id}/ask-floor")
    browser = as_client("janis")
    desk = text(browser.get(f"/council/sessions/{session.id}/desk"))
    give = re.search(r'action="(/council/sessions/[^"]+/floor)"', desk).group(1)
    browser.post(give, data={"from": "desk"})
    speaker = council.session_view(dome.chair, session.id).speakers[0]
    assert speaker.name == dome.members[1].name and speaker.spoke_at is not None
    browser.post(
        f"/council/matters/{placed[0].id}/speakers",
        data={"from": "desk", "name": "Viesis Viesiņš", "office": "iedzīvotājs"},
    )
    assert "Viesis Viesiņš, iedzīvotājs" in text(browser.get(f"/council/sessions/{session.id}/desk"))


# --- the tablet -----------------------------------------------------------------------------------------------------


def test_member_checks_in_votes_and_sees_that_the_vote_is_stored(dome, as_client):
    session, _matter, ballot = with_ballot(dome)
    council.check_out(dome.members[1], session.id)
    db.session.commit()
    browser = as_client("dace")
    tablet = f"/council/sessions/{session.id}/tablet"
    assert 'id="check-in"' in text(browser.get(tablet)) and 'id="vote-par"' not in text(browser.get(tablet))
    assert 'id="vote-par"' in text(browser.post(f"/council/sessions/{session.id}/check-in", headers=HTMX))
    stored = browser.post(f"/council/ballots/{ballot.id}/vote", data={"choice": "par"}, headers=HTMX)
    view = council.tablet_view(dome.members[1], session.id)
    assert view.my_vote == Choice.FOR
    assert f"{clock.local(view.my_vote_at):%H:%M:%S}" in text(stored) and 'id="vote-par"' not in text(stored)


def test_a_deputy_of_another_body_is_told_so_on_the_tablet(dome, as_client):
    committee = factories.body(BodyKind.COMMITTEE, members=3)
    session, _matters = factories.opened(committee)
    db.session.commit()
    tablet = text(as_client("dace").get(f"/council/sessions/{session.id}/tablet"))
    assert 'id="check-in"' not in tablet and "Kā klātesoši reģistrējas tikai šīs institūcijas locekļi." in tablet


def test_voting_works_as_a_plain_form(dome, as_client):
    session, _matter, ballot = with_ballot(dome)
    browser = as_client("dace")
    answer = browser.post(f"/council/ballots/{ballot.id}/vote", data={"choice": "atturas"})
    assert (answer.status_code, answer.location) == (303, f"/council/sessions/{session.id}/tablet")
    assert "cn-saved" in text(browser.get(answer.location))


def test_a_second_vote_and_a_vote_after_closing_are_refused_in_words(dome, as_client):
    session, _matter, ballot = with_ballot(dome)
    browser = as_client("dace")
    browser.post(f"/council/ballots/{ballot.id}/vote", data={"choice": "par"})
    second = browser.post(f"/council/ballots/{ballot.id}/vote", data={"choice": "pret"}, headers=HTMX)
    assert second.status_code == 409 and 'class="cn-problem" role="alert"' in text(second)
    factories.vote(dome, ballot.id, par=[0])
    council.close_ballot(dome.chair, ballot.id)
    late = browser.post(f"/council/ballots/{ballot.id}/vote", data={"choice": "par"})
    assert late.status_code == 409 and 'class="cn-problem" role="alert"' in text(late)
    assert council.result(dome.chair, ballot.id).par == 2


def test_who_may_not_vote_is_refused(dome, as_client):
    session, _matter, ballot = with_ballot(dome)
    for stranger in ("anna", "sarma"):
        assert as_client(stranger).post(f"/council/ballots/{ballot.id}/vote", data={"choice": "par"}).status_code == 403
    assert as_client("anna").get(f"/council/sessions/{session.id}/tablet").status_code == 403
    council.check_out(dome.members[1], session.id)
    db.session.commit()
    absent = as_client("dace").post(f"/council/ballots/{ballot.id}/vote", data={"choice": "par"}, headers=HTMX)
    assert absent.status_code == 403 and 'class="cn-problem"' in text(absent)
    assert council.tally(dome.chair, ballot.id).voted == []


def test_a_choice_that_does_not_exist_is_refused(dome, as_client):
    _session, _matter, ballot = with_ballot(dome)
    answer = as_client("dace").post(f"/council/ballots/{ballot.id}/vote", data={"choice": "varbūt"}, headers=HTMX)
    assert answer.status_code == 422 and 'id="vote-par"' in text(answer)


def test_conflict_of_interest_needs_a_reason_and_takes_the_buttons_away(dome, as_client):
    session, matter, ballot = with_ballot(dome)
    browser = as_client("dace")
    form = text(browser.get(f"/council/sessions/{session.id}/tablet?interest=1"))
    assert 'name="reason"' in form and 'id="vote-par"' not in form
    empty = browser.post(f"/council/matters/{matter.id}/interest", data={"reason": " "}, headers=HTMX)
    assert empty.status_code == 422 and 'name="reason"' in text(empty)
    done = browser.post(f"/council/matters/{matter.id}/interest", data={"reason": "Radinieks"}, headers=HTMX)
    assert done.status_code == 200 and 'id="vote-par"' not in text(done)
    refused = browser.post(f"/council/ballots/{ballot.id}/vote", data={"choice": "par"}, headers=HTMX)
    assert refused.status_code == 403


# --- the hall -------------------------------------------------------------------------------------------------------


def test_hall_hides_votes_until_the_vote_is_closed(dome, as_client):
    session, _matter, ballot = with_ballot(dome)
    factories.vote(dome, ballot.id, par=range(6), pret=[6], atturas=[7])
    db.session.commit()
    browser = as_client("sarma")
    during = text(browser.get(f"/council/sessions/{session.id}/hall"))
    assert during.count("is-voted") == 8 and "is-for" not in during and "is-against" not in during
    council.close_ballot(dome.chair, ballot.id)
    db.session.commit()
    after = text(browser.get(f"/council/sessions/{session.id}/hall?theme=white", headers=HTMX))
    assert (
        after.count("cn-seat is-for"),
        after.count("cn-seat is-against"),
        after.count("cn-seat is-abstained"),
        after.count("cn-seat is-not_voted"),
    ) == (6, 1, 1, 1)
    assert council.hall_view(dome.chair, session.id).result.line in after and "<html" not in after


# --- the desk entry -------------------------------------------------------------------------------------------------


def test_secretary_enters_a_vote_for_a_broken_tablet_with_a_reason(dome, as_client):
    session, _matter, ballot = with_ballot(dome)
    browser = as_client("sarma")
    assert "entry-member" in text(browser.get(f"/council/sessions/{session.id}"))
    entry = {"member_id": str(dome.members[4].person_id), "choice": "pret"}
    assert browser.post(f"/council/ballots/{ballot.id}/enter", data=entry).status_code == 422
    assert (
        browser.post(
            f"/council/ballots/{ballot.id}/enter", data={**entry, "reason": "Izlādējusies planšete"}
        ).status_code
        == 303
    )
    assert [who.id for who in council.tally(dome.chair, ballot.id).voted] == [dome.members[4].person_id]
    assert as_client("dace").post(f"/council/ballots/{ballot.id}/enter", data=entry).status_code == 403


# --- queries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["planned", "open"])
def test_session_page_costs_at_most_ten_queries_however_long_the_agenda(dome, as_client, count_queries, state):
    used = {}
    browser = as_client("sarma")
    for size in (5, 50):
        if state == "planned":
            session = factories.planned(dome, days=20 + size)
            for n in range(size):
                factories.matter(dome, f"Par {n}. jautājumu", session)
            db.session.commit()
        else:
            session, _placed = running(dome, size)
        address = f"/council/sessions/{session.id}"
        browser.get(address)
        with count_queries() as seen:
            page = browser.get(address)
        assert text(page).count('<li id="matter-') == size
        used[size] = [one for one in seen if one.lstrip().upper().startswith("SELECT")]
    assert len(used[5]) == len(used[50])
    assert len(used[50]) <= 10, used[50]


def test_committee_is_a_body_like_the_council(dome, as_client):
    committee = factories.body(BodyKind.COMMITTEE, members=3, name="Finanšu komiteja")
    session = factories.planned(committee, SessionKind.EXTRAORDINARY, urgency="Steidzami")
    db.session.commit()
    page = text(as_client("sarma").get(f"/council/sessions/{session.id}"))
    assert "Finanšu komiteja" in page
    assert "Finanšu komiteja" in text(as_client("sarma").get(f"/council/bodies/{committee.body.id}"))
