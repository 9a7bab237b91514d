"""Tablets: votes sent twice, votes entered at the desk and answered, health, trial, papers and notes, own record."""

import uuid

import pytest

from portal.council import service as council
from portal.council.models import Ballot, Choice, Tablet, Vote, VoteChange
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict
from tests.council import factories as make
from tests.council.test_views import dome, running, text, with_ballot

__all__ = ["dome"]  # a fixture
pytestmark = pytest.mark.req("13.2", "13.3")


def test_a_vote_sent_again_is_stored_once_and_a_closed_ballot_says_that_it_did_not_count(dome, as_client, janis, dace):
    session, _matter, ballot = with_ballot(dome)
    member = as_client("dace")
    address = f"/council/ballots/{ballot.id}/vote"
    for _time in range(2):  # the answer to the first was lost on its way
        answer = member.post(address, data={"choice": "par", "key": "k1"}, headers={"HX-Request": "true"})
        assert answer.status_code == 200 and "cn-saved" in text(answer)
    other = member.post(address, data={"choice": "pret", "key": "k2"}, headers={"HX-Request": "true"})
    assert other.status_code == 409
    found = db.session.query(Vote).filter_by(ballot_id=ballot.id, member_id=dace.person_id).all()
    assert [vote.choice for vote in found] == [Choice.FOR]
    council.close_ballot(janis, ballot.id)
    db.session.commit()
    again = member.post(address, data={"choice": "par", "key": "k1"}, headers={"HX-Request": "true"})
    assert again.status_code == 200  # it is stored, and stays so
    late = as_client("janis").post(address, data={"choice": "par", "key": "k3"}, headers={"HX-Request": "true"})
    assert late.status_code == 409 and "balss nav ieskaitīta" in text(late)


def test_the_desk_enters_a_vote_and_the_member_objects_before_it_counts(dome, as_client, janis, sarma, dace):
    session, _matter, ballot = with_ballot(dome)
    desk, member = as_client("sarma"), as_client("dace")
    many = f"/council/ballots/{ballot.id}/enter-many"
    refused = desk.post(many, data={f"vote-{dace.person_id}": "pret", "reason": ""})
    assert refused.status_code == 422 and 'value="pret" checked' in text(refused)
    assert desk.post(many, data={"reason": "Planšete"}).status_code == 422
    fields = {f"vote-{dace.person_id}": "pret", "reason": "Planšete izlādējusies"}
    assert desk.post(many, data=fields, headers={"HX-Request": "true"}).status_code == 200
    tablet = f"/council/sessions/{session.id}/tablet"
    assert "Planšete izlādējusies" in text(member.get(tablet)) and "entry-object" in text(member.get(tablet))
    assert member.post(f"/council/ballots/{ballot.id}/vote", data={"choice": "par"}).status_code == 409

    member.post(f"/council/ballots/{ballot.id}/entry", data={"agreed": "0"})
    assert "Iebilst" in text(desk.get(f"/council/sessions/{session.id}/desk"))
    with pytest.raises(Conflict, match="Dace"):
        council.close_ballot(janis, ballot.id)
    db.session.rollback()
    member.post(f"/council/ballots/{ballot.id}/vote", data={"choice": "par", "key": "own"})
    mine = db.session.query(Vote).filter_by(ballot_id=ballot.id, member_id=dace.person_id).one()
    assert (mine.choice, mine.entered_by_id) == (Choice.FOR, None)
    assert [one.choice for one in db.session.query(VoteChange).filter_by(vote_id=mine.id)] == [Choice.AGAINST]
    with pytest.raises(Conflict):  # the objection is spent: the own vote stands
        council.cast_vote(dace, ballot.id, "pret")
    db.session.rollback()
    with pytest.raises(Conflict):
        council.answer_entry(dace, ballot.id, False)
    db.session.rollback()

    council.enter_vote(sarma, ballot.id, janis.person_id, "par", "Planšete")
    council.answer_entry(janis, ballot.id, True)
    assert [line.entry for line in council.health_view(sarma, session.id).lines if line.entry] == ["confirmed"]
    assert council.close_ballot(janis, ballot.id).par == 2
    with pytest.raises(Conflict):  # closed is closed
        council.answer_entry(janis, ballot.id, False)


def test_the_desk_sees_how_each_tablet_does_and_a_beat_writes_one_small_row(
    dome, as_client, sarma, dace, count_queries
):
    session, _matter, _ballot = with_ballot(dome)
    member, address = as_client("dace"), f"/council/sessions/{session.id}/beat"
    said = {"way": "poll", "battery": "12", "charging": "0", "version": "of-yesterday"}
    assert member.post(address, data=said).status_code == 204
    lines = council.health_view(sarma, session.id, version="today").lines
    (line,) = [one for one in lines if one.id == dace.person_id]
    assert (line.way, line.battery, line.low, line.old, line.quiet, line.waiting) == (
        "poll",
        12,
        True,
        True,
        False,
        True,
    )
    page = text(as_client("sarma").get(f"/council/sessions/{session.id}/health", headers={"HX-Request": "true"}))
    assert "12 %" in page and "Vaicā ik pēc 5 sekundēm" in page and "Nav planšetes" in page
    db.session.query(Tablet).update({"seen_at": clock.real_now() - clock.timedelta(minutes=3)})
    db.session.commit()
    assert "Klusē 3 min" in text(
        as_client("sarma").get(f"/council/sessions/{session.id}/health", headers={"HX-Request": "true"})
    )
    session_id = session.id
    with count_queries() as queries:
        council.beat(dace, session_id, "stream", battery=90, charging=True)
    assert [one.split()[0] for one in queries if not one.startswith("BEGIN")] == ["UPDATE"]
    with count_queries() as queries:
        council.health_view(sarma, session_id)
    assert len(queries) <= 8
    assert as_client("anna").post(address, data=said).status_code == 403


def test_a_vote_for_trial_tries_the_tablets_and_leaves_no_vote(dome, as_client, janis, sarma):
    session = make.planned(dome)
    make.matter(dome, "Par ielu", session)
    council.invite(sarma, session.id)
    db.session.commit()
    desk, member = as_client("sarma"), as_client("dace")
    trial, tablet = f"/council/sessions/{session.id}/rehearsal", f"/council/sessions/{session.id}/tablet"
    assert member.post(f"{trial}/vote", data={"choice": "par"}).status_code == 409
    assert desk.post(trial, data={"on": "1", "from": "desk"}).status_code == 303
    assert "IZMĒĢINĀJUMA BALSOJUMS" in text(member.get(tablet))
    assert "jūsu planšete darbojas" in text(
        member.post(f"{trial}/vote", data={"choice": "pret"}, headers={"HX-Request": "true"})
    )
    assert "Atbildējušas 1 no" in text(desk.get(f"/council/sessions/{session.id}/desk"))
    council.open_session(janis, session.id)  # ends it
    db.session.commit()
    assert "IZMĒĢINĀJUMA" not in text(member.get(tablet))
    assert desk.post(trial, data={"on": "1", "from": "desk"}).status_code == 409
    assert db.session.query(Ballot).count() == db.session.query(Vote).count() == 0


def test_papers_notes_and_the_own_record(dome, as_client, janis, dace):
    session, _matter, ballot = with_ballot(dome)
    member = as_client("dace")
    papers, matter_id = f"/council/sessions/{session.id}/papers", ballot.matter_id
    assert "data-note" in text(member.get(papers))
    as_json = {"Accept": "application/json"}
    note = f"/council/matters/{matter_id}/my-note"
    first = member.post(note, data={"text": "Jautāt par cenu", "version": "0"}, headers=as_json)
    assert first.json["version"] == 1
    # written on another device without a network, over what stood before: nothing is lost
    both = member.post(note, data={"text": "Jautāt par termiņu", "version": "0"}, headers=as_json)
    assert "cenu" in both.json["text"] and "termiņu" in both.json["text"]
    assert "Jautāt par cenu" in text(member.get(papers)) and "Jautāt" not in text(as_client("janis").get(papers))
    assert member.post(f"/council/matters/{uuid.uuid4()}/my-note", data={"text": "x"}).status_code == 404

    make.vote(dome, ballot.id, par=[0])
    council.cast_vote(dace, ballot.id, "atturas")
    db.session.commit()
    assert "Balsojumu nav" in text(member.get("/council/my-votes"))  # it is not closed yet
    council.close_ballot(janis, ballot.id)
    db.session.commit()
    assert "Atturas" in text(member.get("/council/my-votes?choice=atturas"))
    assert "Balsojumu nav" in text(member.get("/council/my-votes?choice=par"))
    assert member.get("/council/my-votes?year=x").status_code == 422
    table = text(member.get("/council/my-votes.csv"))
    assert len(table.strip().splitlines()) == 2 and "Atturas" in table
    assert member.get("/council/tablet").headers["Location"].endswith(f"{session.id}/tablet")


def test_the_roll_call_sheet_names_members_and_matters(dome, as_client, sarma):
    import pypdfium2

    session, (matter,) = running(dome)
    answer = as_client("sarma").get(f"/council/sessions/{session.id}/roll-call.pdf")
    assert answer.mimetype == "application/pdf"
    page = pypdfium2.PdfDocument(answer.data)[0].get_textpage().get_text_range()
    assert matter.title in page and "Dace Bērziņa" in page and "Pret" in page


def test_LAW_18_the_public_follows_live_and_of_closed_matters_sees_nothing_but_that(dome, client, janis, dace):
    session, _matter, ballot = with_ballot(dome)
    title = council.get_matter(janis, ballot.matter_id).title
    council.cast_vote(dace, ballot.id, "par")
    db.session.commit()
    page = text(client.get("/public/council/live"))
    assert title in page and "Dace" not in page  # LAW-34 after the closing only
    council.cast_vote(janis, ballot.id, "par")
    council.close_ballot(janis, ballot.id)
    db.session.commit()
    page = text(client.get("/public/council/live"))
    assert "Dace Bērziņa" in page
    council.get_matter(janis, ballot.matter_id).closed_ground = "children"
    db.session.commit()
    page = text(client.get("/public/council/live"))
    assert title not in page and "bērna intereses" in page
    council.get_matter(janis, ballot.matter_id).closed_ground = None
    council.begin_closed_part(janis, session.id, "private_life")
    db.session.commit()
    assert "privāt" in text(client.get("/public/council/live"))


def test_the_tablet_installs_and_its_worker_answers_for_the_council_only(client):
    manifest = client.get("/council/tablet.webmanifest").get_json(force=True)
    assert manifest["scope"] == "/council/" and manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        assert client.get(icon["src"]).status_code == 200
    worker = client.get("/council/tablet-worker.js")
    assert worker.mimetype == "text/javascript" and worker.headers["Cache-Control"] == "no-cache"
