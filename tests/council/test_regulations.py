"""Binding regulations: the terms of the law as pure functions, and one story from the note to the public page."""

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from portal.council import regulations as law
from portal.council import service as council
from portal.council.models import ActKind
from portal.council.regulations import Area, Facts
from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Forbidden
from portal.storage import service as storage
from portal.workflow import service as workflow
from tests.council import factories

pytestmark = pytest.mark.req("13.1")

NOTE = {key: "Teksts" for key in law.NOTE}
MONDAY = date(2026, 9, 7)


def state(facts, key, today):
    return {term.key: term for term in law.terms(facts, today)}[key].state


@pytest.mark.parametrize(
    ("area", "sections"), [(Area.MUNICIPAL, 8), (Area.FEES, 7), (Area.BUDGET, 0), (Area.PLANNING, 0), (Area.STATUTE, 8)]
)
def test_law_71_73_169_sections_of_the_note(area, sections):
    assert len(law.sections(area)) == sections


def test_law_72_73_what_reaches_the_council(app):
    draft = Facts(Area.MUNICIPAL, NOTE)
    assert not law.may_reach_council(draft, MONDAY)
    asked = replace(draft, since=MONDAY, until=law.earliest_end(MONDAY))
    assert asked.until == MONDAY + timedelta(days=14)
    assert not law.may_reach_council(asked, asked.until)
    assert law.may_reach_council(asked, asked.until + timedelta(days=1))
    assert not law.may_reach_council(replace(asked, note={**NOTE, "aim": " "}), asked.until + timedelta(days=1))
    assert law.may_reach_council(Facts(Area.BUDGET), MONDAY)


@pytest.mark.parametrize(
    ("facts", "today", "due"),
    [
        (Facts(Area.OTHER, signed_on=MONDAY), MONDAY, date(2026, 9, 10)),  # LAW-75
        (Facts(Area.MUNICIPAL, signed_on=MONDAY), MONDAY, None),  # LAW-74: the opinion first
        (Facts(Area.MUNICIPAL, signed_on=MONDAY, received_on=MONDAY), date(2026, 10, 7), None),
        (Facts(Area.MUNICIPAL, signed_on=MONDAY, received_on=MONDAY), date(2026, 10, 8), date(2026, 10, 12)),  # LAW-76
        (Facts(Area.TAX, signed_on=MONDAY, opinion_on=date(2026, 9, 21)), MONDAY, date(2026, 9, 24)),  # LAW-76
        (Facts(Area.TAX, signed_on=MONDAY, opinion_on=date(2026, 9, 21), objections=True), MONDAY, None),  # LAW-77
    ],
)
def test_law_74_75_76_the_way_to_latvijas_vestnesis(app, facts, today, due):
    assert law.gazette_by(facts, today) == due
    assert bool(law.may_send_to_gazette(facts, today)) is (due is not None)


def test_law_77_after_the_terms_nothing_is_sent_any_more(app):
    facts = Facts(
        Area.SOCIAL, NOTE, signed_on=MONDAY, sent_on=MONDAY, received_on=MONDAY, opinion_on=MONDAY, objections=True
    )
    last = law.reason_by(MONDAY)
    assert last == date(2026, 11, 9)  # two months, moved to a working day
    assert law.may_answer_objections(facts, last) and not law.may_answer_objections(facts, last + timedelta(days=1))
    assert state(facts, "objections", last + timedelta(days=1)) == "blocked"
    assert state(facts, "gazette", last + timedelta(days=1)) == "blocked"
    kept = replace(facts, kept_on=last)
    assert law.may_send_to_gazette(kept, law.send_by(last))
    assert not law.may_send_to_gazette(kept, law.send_by(last) + timedelta(days=1))


def test_law_78_in_force_on_the_day_after_unless_the_act_sets_another():
    assert law.in_force_on(Facts(Area.OTHER, published_on=MONDAY)) == date(2026, 9, 8)
    assert law.in_force_on(Facts(Area.OTHER, published_on=MONDAY, set_on=date(2027, 1, 1))) == date(2027, 1, 1)


def test_a_late_term_is_red(app):
    facts = Facts(Area.MUNICIPAL, NOTE, since=MONDAY, until=MONDAY, signed_on=MONDAY)
    assert state(facts, "send", date(2026, 9, 10)) == "now" and state(facts, "send", date(2026, 9, 11)) == "late"


def text(response):
    return response.get_data(as_text=True)


@pytest.fixture
def dome(cast, janis, sarma, dace):
    made = factories.body(members=3, seats=5)
    for actor in (janis, dace):
        council.add_member(SYSTEM, made.body.id, actor.person_id)
    made.body.chair_id, made.body.minute_taker_id = janis.person_id, sarma.person_id
    db.session.commit()
    return SimpleNamespace(body=made.body, chair=janis, secretary=sarma, members=[janis, dace, *made.members])


def test_regulations_go_from_the_note_to_the_public_page(dome, as_client, client, clock_at, run_jobs, cast):
    """LAW-71 … 78 as one story over HTTP: sections, two weeks on the public page, an anonymous opinion with its answer
    in the note, the council, the ministry, Latvijas Vēstnesis, in force."""
    documents.install_registers()
    start = clock.today()
    later = start + timedelta(days=15)
    on = f"{later:%d.%m.%Y}"
    secretary = as_client("sarma")
    made = secretary.post(
        "/council/matters/new",
        data={"title": "Par tirdzniecību", "draft_text": "Tirgoties drīkst.", "act_kind": "external_regulation",
              "subject": "general", "submitter": "director", "send": "1", "skip": ""},
    )  # fmt: skip
    assert made.status_code == 303
    matter = council.pool(dome.secretary, dome.body.id)[0]
    regulation = council.regulation_of(matter)
    here = f"/council/regulations/{regulation.id}"
    assert "Mērķis" in text(secretary.get(here))
    early = secretary.post(f"{here}/publish", data={"until": f"{later:%d.%m.%Y}"})
    assert early.status_code == 409  # the note comes first
    sections = {key: f"Sadaļa {key}" for key in law.NOTE if key != "consultations"}
    assert secretary.post(f"{here}/note", data={**sections, "area": "x"}).status_code == 422
    assert secretary.post(f"{here}/note", data={**sections, "area": "municipal"}).status_code == 303
    assert (
        secretary.post(f"{here}/publish", data={"until": f"{start + timedelta(days=13):%d.%m.%Y}"}).status_code == 422
    )
    assert secretary.post(f"{here}/publish", data={"until": f"{law.earliest_end(start):%d.%m.%Y}"}).status_code == 303

    there = f"/public/consultations/{regulation.id}"
    page = text(client.get(there))
    assert "Tirgoties drīkst." in page and "Sadaļa aim" in page
    wrong = client.post(there, data={"name": "", "text": "Par ko tad maksāt?"})
    assert wrong.status_code == 422 and "Par ko tad maksāt?" in text(wrong)
    said = {"name": "Ilze Avotiņa", "text": "Atļaujiet tirgoties arī svētdienās."}
    assert client.post(there, data=said).status_code == 303
    client.post(there, data={**said, "website": "http://pirkt.example"})  # a programme: thanked, not stored
    opinion = council.opinions_on(council.get_consultation(regulation.id))[0]
    for _turn in range(4):
        client.post(there, data=said)
    assert client.post(there, data=said).status_code == 422  # too many of one address
    assert "Ilze" not in text(client.get(there))
    with pytest.raises(Forbidden):  # the term runs
        council.place(dome.secretary, factories.planned(dome).id, matter.id)

    clock_at(f"{later}T09:00")
    assert client.post(there, data=said).status_code == 422
    assert secretary.post(f"{here}/collect").status_code == 409  # not answered yet
    for one in council.opinions_on(council.get_consultation(regulation.id)):
        answer = {"hide": "1"} if one.id != opinion.id else {"outcome": "taken", "answer": "Papildināts"}
        assert secretary.post(f"/council/opinions/{one.id}", data=answer).status_code == 303
    assert secretary.post(f"{here}/collect").status_code == 303
    note = council.get_consultation(regulation.id).note["consultations"]
    assert "svētdienās" in note and "Papildināts" in note and "Ilze" not in note

    session = factories.planned(dome)
    council.place(dome.secretary, session.id, matter.id)
    council.invite(dome.secretary, session.id)
    for actor in dome.members:
        council.check_in(actor, session.id)
    council.open_session(dome.chair, session.id)
    factories.vote(dome, (ballot := factories.ballot(dome, matter)).id, par=range(5))
    council.close_ballot(dome.chair, ballot.id)
    db.session.commit()
    run_jobs()
    container = storage.put(SYSTEM, b"parakstits")
    decision = council.decision_of(dome.secretary, matter.id)
    council.paper_signed(SYSTEM, "decision", decision.id, container.sha256, "lemums.edoc", container.size_bytes)
    db.session.commit()
    regulation = council.get_regulation(dome.secretary, regulation.id)
    assert regulation.number == f"1/{later.year}" and regulation.signed_on == later
    task = workflow.open_tasks_about("regulation", regulation.id)[0]
    assert task.due_on == clock.add_working_days(later, 3)  # LAW-74

    assert secretary.post(f"{here}/gazette").status_code == 403  # the ministry first
    assert secretary.post(f"{here}/ministry", data={"ministry": "", "address": ""}).status_code == 422
    assert secretary.post(f"{here}/ministry", data={"ministry": "VARAM", "address": ""}).status_code == 303
    heard = {"on": on, "text": "Iebildumu nav"}
    assert secretary.post(f"{here}/opinion", data=heard).status_code == 303
    assert secretary.post(f"{here}/gazette").status_code == 303
    published = {"on": on, "number": "2026/183.1", "url": "https://www.vestnesis.lv/op/2026/183.1", "set_on": ""}
    assert secretary.post(f"{here}/publication", data=published).status_code == 303
    assert workflow.open_tasks_about("regulation", regulation.id) == []
    assert "Par tirdzniecību" not in text(client.get("/public/regulations"))
    clock_at(f"{later + timedelta(days=1)}T09:00")
    assert "Par tirdzniecību" in text(client.get("/public/regulations?q=TIRDZNIECĪBU"))
    assert "Par tirdzniecību" not in text(client.get("/public/regulations?q=%25"))
    assert "Par tirdzniecību" in text(secretary.get("/council/matters?q=TIRDZNIECĪBU"))
    page = text(client.get(f"/public/regulations/{regulation.id}"))
    assert "Tirgoties drīkst." in page and "2026/183.1" in page
    assert "Par tirdzniecību" in text(secretary.get("/council/regulations"))


def test_law_77_objections_are_answered_by_a_corrected_text(dome):
    """The corrected text goes the council's way again, and then to the ministry again; its number stays."""
    today = clock.today()
    one = factories.matter(dome, "Par suņiem", kind=ActKind.EXTERNAL_REGULATION)
    regulation = council.begin_regulation(dome.secretary, one.id, "social")
    regulation.signed_on, regulation.number, regulation.text = today, "1/2026", "Suņi pavadā."
    db.session.flush()
    council.send_to_ministry(dome.secretary, regulation.id, "VARAM")
    council.note_ministry_opinion(dome.secretary, regulation.id, today, True, "Nav samērīgi")
    with pytest.raises(Forbidden):
        council.send_to_gazette(dome.secretary, regulation.id)
    again = council.correct(dome.secretary, regulation.id)
    assert again.draft_text == "Suņi pavadā." and council.regulation_of(again).id == regulation.id
    assert regulation.signed_on is None and regulation.number == "1/2026" and len(regulation.earlier) == 1
