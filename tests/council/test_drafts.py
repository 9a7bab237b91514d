"""A draft's way from its author through checks and committees to the council, with versions and amendments."""

import uuid
from types import SimpleNamespace

import pytest

from portal.council import rules
from portal.council import service as council
from portal.council.models import BodyKind, MatterState, Outcome, Skip, Subject
from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid
from portal.signing import service as signing
from portal.storage import service as storage
from tests.council import factories

pytestmark = pytest.mark.req("13.1", "13.2")


@pytest.fixture
def house(cast, janis, sarma, dace):
    """A council and two committees, one of them of finance; Jānis presides over all, Dace sits in all."""

    def body(kind, name):
        made = factories.body(kind, members=3, seats=5, name=name)
        for actor in (janis, dace):
            council.add_member(SYSTEM, made.body.id, actor.person_id)
        made.body.chair_id, made.body.minute_taker_id = janis.person_id, sarma.person_id
        made.body.is_finance = name == "Finanšu komiteja"
        return SimpleNamespace(body=made.body, chair=janis, secretary=sarma, members=[janis, dace, *made.members])

    made = SimpleNamespace(
        dome=body(BodyKind.COUNCIL, "Dome"),
        finance=body(BodyKind.COMMITTEE, "Finanšu komiteja"),
        growth=body(BodyKind.COMMITTEE, "Attīstības komiteja"),
    )
    db.session.commit()
    return made


def text(response):
    return response.get_data(as_text=True)


def sit(where, matter, adopted=True):
    """A session of the body over one matter. Returns the matter, decided."""
    session = factories.planned(where)
    if matter.state == MatterState.POOL:
        council.place(where.secretary, session.id, matter.id)
    council.invite(where.secretary, session.id)
    for actor in where.members:
        council.check_in(actor, session.id)
    council.open_session(where.chair, session.id)
    council.open_matter(where.chair, matter.id)
    ballot = council.open_ballot(where.chair, matter.id)
    factories.vote(where, ballot.id, **{"par" if adopted else "pret": range(5)})
    council.close_ballot(where.chair, ballot.id)
    return council.get_matter(where.secretary, matter.id)


def pool_of(where):
    return council.pool(where.secretary, where.body.id)


@pytest.mark.parametrize(
    ("skip", "subject", "allowed"),
    [
        (Skip.OFFICIALS, Subject.COUNCIL_CHAIR, True),
        (Skip.OFFICIALS, Subject.GENERAL, False),
        (Skip.EXTRAORDINARY, Subject.GENERAL, True),
    ],
)
def test_law_15_names_what_may_skip_the_path(app, skip, subject, allowed):
    assert bool(rules.may_skip(skip, subject)) is allowed


@pytest.mark.parametrize(
    ("skip", "extraordinary", "repeat", "allowed"),
    [
        (Skip.EXTRAORDINARY, True, False, True),
        (Skip.EXTRAORDINARY, False, False, False),
        (Skip.SPECIAL_REGULAR, False, True, True),
        (Skip.SPECIAL_REGULAR, False, False, False),
        (None, False, False, True),
    ],
)
def test_law_15_binds_a_skipped_path_to_its_session(app, skip, extraordinary, repeat, allowed):
    assert bool(rules.may_place_skipped(skip, extraordinary=extraordinary, repeat=repeat)) is allowed


@pytest.mark.parametrize(
    ("text", "old", "new", "merged"),
    [
        ("maksa 10 eiro", "10 eiro", "8 eiro", "maksa 8 eiro"),
        ("10 un 10", "10", "8", None),  # twice: a person decides
        ("maksa 10 eiro", "12 eiro", "8", None),
        ("maksa", "", "brīvi vārdi", None),
        ("maksa 10 eiro", " 10 eiro", "", "maksa"),
    ],
)
def test_an_amendment_goes_into_the_text_only_where_its_place_is_clear(text, old, new, merged):
    assert rules.merge(text, old, new) == merged


def _application():
    """A document with a file that employees may read."""
    documents.install_registers()
    blob = storage.put(SYSTEM, b"%PDF-1.7")
    document = documents.create(
        SYSTEM, documents.DocumentKind.INTERNAL, "Iesniegums par zemi",
        files=[("plāns.pdf", "application/pdf", blob.sha256, blob.size_bytes)], dated_on=clock.today(),
        access_keys=["role:employee"],
    )  # fmt: skip
    db.session.commit()
    return document


def test_a_draft_goes_through_checks_and_two_committees_to_the_council(house, liga, bruno, as_client, count_queries):
    """LAW-14, LAW-15, LAW-60: submitted by an employee for the executive director, checked, asked of the committee
    and, because it costs money, of the finance committee; each sees its version; the opinions reach the council."""
    council.add_check(house.dome.secretary, "Tiesiskums", bruno.person_id)
    council.save_template(
        house.dome.secretary,
        name="Noma",
        act_kind="individual",
        subject="general",
        text="Nolemj: iznomāt.",
        note="Kāpēc",
    )
    template = council.list_templates()[0]
    db.session.commit()
    changed = {
        "name": "Zemes noma",
        "act_kind": "individual",
        "subject": "general",
        "text": "Nolemj: iznomāt.",
        "note": "Kāpēc",
    }
    there = f"/council/drafts/templates/{template.id}"
    assert "Noma" in text(as_client("sarma").get(there))
    assert as_client("sarma").post("/council/drafts/templates/new", data={**changed, "name": "Noma"}).status_code == 422
    assert as_client("sarma").post(there, data=changed).status_code == 303
    browser = as_client("liga")
    form = browser.get(f"/council/matters/new?template={template.id}")
    assert "Nolemj: iznomāt." in text(form) and "Kāpēc" in text(form)
    filled = {
        "title": "Par zemes nomu", "draft_text": "Nolemj: iznomāt zemi par 10 eiro.", "act_kind": "individual",
        "subject": "general", "submitter": "director", "amount_cents": "nav", "note": "Vajag",
        "committees": [str(house.growth.body.id)], "skip": "",
    }  # fmt: skip
    wrong = browser.post("/council/matters/new", data={**filled, "send": "1"})
    assert wrong.status_code == 422 and "amount_cents-error" in text(wrong) and "par 10 eiro" in text(wrong)
    document = _application()
    assert f"/council/matters/new?document={document.id}" in text(browser.get(f"/documents/{document.id}"))
    form = text(browser.get(f"/council/matters/new?document={document.id}"))
    assert 'value="Iesniegums par zemi"' in form and 'name="attach"' in form
    more = {"amount_cents": "1 200,50", "send": "1", "document": str(document.id), "attach": "1"}
    made = browser.post("/council/matters/new", data={**filled, **more})
    assert made.status_code == 303
    page = text(browser.get(made.location))
    assert "plāns.pdf" in page and f"/documents/{document.id}" in page
    assert "1 200,50" in page.replace("\xa0", " ")
    assert "Bruno" in page  # who acts next
    matter_id = uuid.UUID(made.location.rsplit("/", 1)[1])

    assert as_client("dace").get(made.location).status_code == 404  # the members read it when it is before them
    waiting = signing.latest_round("matter", matter_id)
    with pytest.raises(Conflict):
        council.place(
            house.growth.secretary, factories.planned(house.growth).id, council.get_matter(SYSTEM, matter_id).id
        )
    signing.answer_approval(bruno, waiting.id, "returned", "Nav pamata")
    db.session.commit()
    edited = browser.post(
        f"/council/matters/{matter_id}/edit",
        data={**filled, "amount_cents": "1200,50", "draft_text": "Nolemj: iznomāt zemi par 12 eiro.", "version": ""},
    )
    assert edited.status_code == 303
    assert browser.post(f"/council/matters/{matter_id}/send").status_code == 303
    signing.answer_approval(bruno, signing.latest_round("matter", matter_id).id, "approved")
    db.session.commit()

    matter = sit(house.growth, council.get_matter(SYSTEM, matter_id))
    assert matter.outcome == Outcome.SUPPORTED and pool_of(house.dome) == []  # the finance committee is asked first
    council.note_opinion(house.growth.secretary, matter.id, "Samazināt termiņu")
    asked = pool_of(house.finance)[0]
    council.edit_matter(house.finance.secretary, asked.id, draft_text="Nolemj: iznomāt zemi par 11 eiro.")
    sit(house.finance, asked)
    before_council = pool_of(house.dome)[0]
    assert before_council.draft_text.endswith("11 eiro.") and before_council.text_version == 3
    assert council.get_matter(SYSTEM, matter.id).text_version == 2  # what the first committee had
    db.session.commit()
    reader = as_client("dace")
    with count_queries() as seen:
        page = text(reader.get(f"/council/matters/{before_council.id}"))
    assert "Samazināt termiņu" in page and "Attīstības komiteja" in page and "Finanšu komiteja" in page
    selects = [one for one in seen if one.startswith("SELECT")]
    assert len(selects) <= 18, selects  # six of them are of the shell around every page
    difference = text(reader.get(f"/council/matters/{before_council.id}/versions?old=2&new=3"))
    assert "<del>" in difference and "<ins>" in difference and "Komiteja" in difference
    with count_queries() as seen:
        listed = text(reader.get(f"/council/matters?state=pool&body={house.dome.body.id}"))
    assert "Par zemes nomu" in listed and len(seen) <= 12, len(seen)
    assert "Par zemes nomu" not in text(reader.get("/council/matters?state=preparing"))


def test_amendments_are_voted_on_before_the_draft_and_go_into_its_text(house, as_client, run_jobs):
    """Each with its own vote, by the majority of those present, in the order of submission; accepted ones are in the
    text before the vote on the draft; unclear ones the secretary puts in."""
    dome = house.dome
    one = factories.matter(dome, "Par maksu")
    council.edit_matter(dome.secretary, one.id, draft_text="Noteikt maksu 10 eiro.\nStājas spēkā rīt.")
    session = factories.planned(dome)
    council.place(dome.secretary, session.id, one.id)
    council.invite(dome.secretary, session.id)
    for actor in dome.members:
        council.check_in(actor, session.id)
    council.open_session(dome.chair, session.id)
    council.open_matter(dome.chair, one.id)
    db.session.commit()
    dace, chair, secretary = as_client("dace"), as_client("janis"), as_client("sarma")
    there = f"/council/matters/{one.id}/amendments"
    wrong = dace.post(there, data={"old_text": "11 eiro", "new_text": "8 eiro"})
    assert wrong.status_code == 422 and "old_text-error" in text(wrong) and "8 eiro" in text(wrong)
    # from the tablet, where the answer to the first sending is lost; wrong words come back with the reason
    typed, as_json = (
        {"old_text": "10 eiro", "new_text": "8 eiro", "reason": "Par dārgu"},
        {"Accept": "application/json"},
    )
    for _sending in (1, 2):
        assert dace.post(there, data=typed | {"key": "a1"}, headers=as_json).json == {"n": 1}
    wrong = dace.post(there, data={"old_text": "11 eiro", "key": "a2"}, headers=as_json)
    assert wrong.status_code == 422 and "Projektā" in wrong.json["problem"]
    papers, tablet, desk = (f"/council/sessions/{session.id}/{page}" for page in ("papers", "tablet", "desk"))
    for who, page in ((dace, papers), (dace, tablet), (chair, desk)):
        assert "8 eiro" in text(who.get(page)) and "Par dārgu" in text(who.get(page)), page
    assert "data-amendment" in text(dace.get(papers)) and 'id="open-ballot"' not in text(chair.get(desk))
    second = {"new_text": "Informēt iedzīvotājus.", "author": str(dome.members[2].person_id)}
    assert secretary.post(there, data=second).status_code == 303
    third = {"old_text": "rīt", "new_text": "pēc gada", "author": str(dome.members[3].person_id)}
    assert secretary.post(there, data=third).status_code == 303
    first, free, late = council.amendments_of(dome.secretary, one.id)
    with pytest.raises(Conflict):  # the draft waits for its amendments
        council.open_ballot(dome.chair, one.id)
    with pytest.raises(Conflict):  # and they for their order
        council.put_to_vote(dome.chair, free.id)

    def decide(amendment, **votes):
        assert chair.post(f"/council/amendments/{amendment.id}/vote").status_code == 303
        if amendment is first:
            assert "8 eiro" in text(dace.get(tablet)) and "8 eiro" in text(chair.get(desk))
        ballot = council.session_view(dome.chair, session.id).ballot
        factories.vote(dome, ballot.id, **votes)
        council.close_ballot(dome.chair, ballot.id)
        db.session.commit()

    decide(first, par=(0, 1, 2), pret=(3, 4))
    assert council.get_matter(SYSTEM, one.id).draft_text == "Noteikt maksu 8 eiro.\nStājas spēkā rīt."
    decide(free, par=range(5))
    assert secretary.post(f"/council/amendments/{late.id}/withdraw").status_code == 303
    assert f"/council/matters/{one.id}/merge" in text(secretary.get(desk))
    with pytest.raises(Conflict):  # accepted, but its place is unclear
        council.open_ballot(dome.chair, one.id)
    assert "Informēt iedzīvotājus." in text(secretary.get(f"/council/matters/{one.id}/merge"))
    whole = "Noteikt maksu 8 eiro.\nInformēt iedzīvotājus.\nStājas spēkā rīt."
    assert secretary.post(f"/council/matters/{one.id}/merge", data={"text": whole}).status_code == 303
    ballot = council.open_ballot(dome.chair, one.id)
    factories.vote(dome, ballot.id, par=range(5))
    council.close_ballot(dome.chair, ballot.id)
    council.close_session(dome.chair, session.id)
    minutes = council.draft_minutes(dome.secretary, session.id)
    db.session.commit()
    part = minutes.body["matters"][0]
    assert [(a["name"], a["state"]) for a in part["amendments"]] == [
        (first.author_name, "accepted"), (free.author_name, "accepted"), (late.author_name, "withdrawn"),
    ]  # fmt: skip
    assert part["draft_text"] == whole and len(part["ballots"]) == 3
    run_jobs()
    assert council.decision_of(dome.secretary, one.id).text == whole


def test_law_48_a_ministers_draft_is_changed_only_on_the_ministers_proposal(house, dace):
    dome = house.dome
    one = factories.matter(dome, "Par domes priekšsēdētāja atbrīvošanu", submitter="minister", submitter_name="VARAM")
    with pytest.raises(Invalid):
        council.edit_matter(dome.secretary, one.id, draft_text="Cits teksts")
    with pytest.raises(Invalid):
        council.propose_amendment(dace, one.id, new_text="Papildināt")
    council.propose_amendment(dome.secretary, one.id, new_text="Papildināt", author_name="Ministrs", of_submitter=True)
    council.edit_matter(dome.secretary, one.id, draft_text="Ministra teksts", submitters_own=True)
    assert council.get_matter(SYSTEM, one.id).draft_text == "Ministra teksts"
    with pytest.raises(Invalid):
        factories.matter(SimpleNamespace(secretary=dace, body=dome.body), "Par citu", submitter="minister")


def test_law_41_a_rejected_draft_comes_back_only_as_a_new_submission(house, dace):
    one = sit(house.dome, factories.matter(house.dome, "Par ielu"), adopted=False)
    with pytest.raises(Forbidden):
        council.edit_matter(house.dome.secretary, one.id, draft_text="Vēlreiz")
    again = council.resubmit(dace, one.id)
    assert again.state == MatterState.PREPARING and again.id != one.id
    assert council.proposal_of(again).previous_id == one.proposal_id
    council.send_onward(dace, again.id)
    with pytest.raises(Conflict):
        council.resubmit(dace, again.id)


def test_law_70_a_committee_members_item_is_on_its_next_agenda(house, dace):
    mine = factories.matter(SimpleNamespace(secretary=dace, body=house.growth.body), "Par parku")
    factories.matter(house.growth, "Par tiltu")  # of the secretary: waits
    session = factories.planned(house.growth)
    council.place(house.growth.secretary, session.id, factories.matter(house.growth, "Par ceļu").id)
    council.invite(house.growth.secretary, session.id)
    assert council.get_matter(SYSTEM, mine.id).session_id == session.id
    assert [one.title for one in pool_of(house.growth)] == ["Par tiltu"]


def test_committees_at_once_and_an_unfavourable_opinion(house, liga):
    """All get the draft at once; the first one's opinion decides whether it goes on by itself, and the secretary may
    lay it before the council all the same."""
    one = council.propose(
        liga, title="Par skolu", draft_text="Slēgt.", kind="individual", body_id=house.growth.body.id,
        committees=[house.finance.body.id], in_order=False,
    )  # fmt: skip
    sibling = pool_of(house.finance)[0]
    one = sit(house.growth, one, adopted=False)
    with pytest.raises(Forbidden):
        council.to_council(liga, one.id)
    sit(house.finance, sibling)
    assert pool_of(house.dome) == []
    council.to_council(house.dome.secretary, one.id)
    assert [matter.title for matter in pool_of(house.dome)] == ["Par skolu"]
