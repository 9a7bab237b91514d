"""The live desk over HTTP: the other acts of a session, the counting commission, elections on the tablet, speakers."""

import pytest

from portal.council import service as council
from portal.council.models import Session, Subject
from portal.kernel.db import db
from tests.council.test_views import dome, running, text, with_ballot

__all__ = ["dome"]  # a fixture
pytestmark = pytest.mark.req("13.2", "13.3")


def test_chair_and_secretary_run_a_session_through_the_page_of_acts(dome, as_client, client, janis, dace):
    session, (matter,) = running(dome)
    title = matter.title
    chair, secretary, member = as_client("janis"), as_client("sarma"), as_client("dace")
    acts, desk = f"/council/sessions/{session.id}/acts", f"/council/sessions/{session.id}/desk"
    assert member.get(acts).status_code == member.get(desk).status_code == 403
    assert secretary.get(acts).status_code == secretary.get(desk).status_code == 200

    # a speaker with a point of order, counted down on desk, tablet and hall
    member.post(f"/council/matters/{matter.id}/ask-floor", data={"kind": "order"})
    (speaker,) = council.session_view(janis, session.id).speakers
    assert "Par sēdes vadīšanu" in text(chair.get(desk))
    chair.post(f"/council/sessions/{session.id}/speakers/{speaker.id}/floor", data={"from": "desk"})
    for page in (desk, f"/council/sessions/{session.id}/tablet", f"/council/sessions/{session.id}/hall"):
        assert "data-until" in text((member if "tablet" in page else chair).get(page)), page
    chair.post(f"/council/sessions/{session.id}/speakers/{speaker.id}/end", data={"from": "desk"})
    assert "data-until" not in text(chair.get(desk))

    # break, closed part, chair, agenda: refused ones say why beside their form and keep what was typed
    refused = chair.post(f"{acts}/break", data={"minutes": "daudz", "reason": "Kafija"})
    assert refused.status_code == 422 and 'value="daudz"' in text(refused) and 'value="Kafija"' in text(refused)
    chair.post(f"{acts}/break", data={"minutes": "15", "reason": "Kafija"})
    assert "Kafija" in text(chair.get(desk)) and "data-until" in text(chair.get(f"/council/sessions/{session.id}/hall"))
    chair.post(f"/council/sessions/{session.id}/resume", data={"from": "desk"})
    assert chair.post(f"{acts}/closed-part", data={}).status_code == 422
    # a closed part is told to all screens that listen, the public's too, and each shows it (LAW-17 … 19)
    hears = f"/live/public?topic=session:{session.id}&topic=shell:0"
    assert client.get(f"/live/public?topic=session:{matter.id}").status_code == 404
    assert title in text(client.get("/public/council/live"))
    screens = [(chair, desk), (member, f"/council/sessions/{session.id}/tablet")]
    with client.get(hears, buffered=False) as stream:
        lines = stream.iter_encoded()
        assert next(lines).startswith(b"retry")
        for said, shown in (({"ground": "children"}, True), ({"end": "1"}, False)):
            chair.post(f"{acts}/closed-part", data=said)
            assert b'"session"' in next(lines)
            for who, page in screens:
                assert ("bērna intereses)" in text(who.get(page))) == shown, page
            hall = text(chair.get(f"/council/sessions/{session.id}/hall"))
            assert ("Sēdes slēgtā daļa" in hall) == shown
            public = text(client.get("/public/council/live"))  # what was heard behind closed doors stays closed
            assert "bērna intereses)" in public and title not in public
    assert chair.post(f"{acts}/chair", data={"person_id": str(dace.person_id)}).status_code == 422  # why?
    chair.post(f"{acts}/chair", data={"person_id": str(dace.person_id), "reason": "Ziņoju pats", "for_matter": "1"})
    db.session.expire_all()
    assert db.session.get(Session, session.id).chair_id == dace.person_id
    assert chair.post(f"{acts}/agenda", data={"title": " "}).status_code == 422
    refused = chair.post(f"{acts}/remote", data={"member_id": str(dace.person_id), "reason": "Slimība"})
    assert refused.status_code == 409 and "nolikum" in text(refused)


def next_round(chair, janis, session, ballot, **typed):
    chair.post(f"/council/ballots/{ballot.id}/next-tour", data={"from": "desk", **typed})
    db.session.expire_all()
    return council.session_view(janis, session.id).ballot


def test_election_on_tablets_with_a_tie_and_a_count_on_paper(dome, as_client, client, janis, sarma, dace):
    session, (matter,) = running(dome, subject=Subject.EXECUTIVE_DIRECTOR)
    chair, clerk, member = as_client("janis"), as_client("sarma"), as_client("dace")
    acts = f"/council/sessions/{session.id}/acts"
    refused = chair.post(f"{acts}/ballot", data={"kind": "candidates", "question": "Izpilddirektors", "others": " "})
    assert refused.status_code == 422 and 'value="Izpilddirektors"' in text(refused)
    names = "Anna Egle\nJuris Priede"
    chair.post(f"{acts}/ballot", data={"kind": "candidates", "question": "Izpilddirektors", "others": names})
    ballot = council.session_view(janis, session.id).ballot
    page = text(member.get(f"/council/sessions/{session.id}/tablet"))
    assert "Anna Egle" in page and "Juris Priede" in page and "Pret visiem" in page
    first, second = [str(option.id) for option in ballot.options]
    answer = member.post(f"/council/ballots/{ballot.id}/vote", data={"choice": second}, headers={"HX-Request": "true"})
    assert "„Juris Priede”" in text(answer)
    db.session.expire_all()
    council.cast_vote(janis, ballot.id, "par", ballot.options[0].id)
    db.session.commit()
    chair.post(f"/council/ballots/{ballot.id}/close", data={"confirmed": "1", "from": "desk"})
    page = text(chair.get(f"/council/sessions/{session.id}/desk"))
    assert "2. kārtu" in page and dace.name in page  # ballots are named (LAW-37)
    page = text(chair.get(f"/council/sessions/{session.id}/hall"))
    assert "1. Anna Egle: <strong>1</strong>" in page and "Par Nr. 2" in page and "1. kārta" in page
    page = text(client.get("/public/council/live"))
    assert "neviens nav ievēlēts" in page and dace.name in page and "1. kārta" in page

    again = next_round(chair, janis, session, ballot)
    assert again.tour == 2
    for page in (chair.get(f"/council/sessions/{session.id}/hall"), client.get("/public/council/live")):
        assert "Anna Egle" in text(page) and "Juris Priede" in text(page) and "2. kārta" in text(page)
    council.cast_vote(janis, again.id, "par", again.options[0].id)
    council.cast_vote(dace, again.id, "par", again.options[1].id)
    db.session.commit()
    chair.post(f"/council/ballots/{again.id}/close", data={"confirmed": "1", "from": "desk"})
    tied = f"/council/ballots/{again.id}/next-tour"
    why = "Reglamenta 40. punkts: izloze"
    one, other = [str(option.id) for option in again.options]
    refused = chair.post(tied, data={"option_id": one})
    assert refused.status_code == 422 and f'value="{one}" checked' in text(refused)
    assert 'aria-invalid="true" aria-describedby="tie-problem"' in text(refused)
    refused = chair.post(tied, data={"option_id": [one, other], "tie_reason": why})
    assert refused.status_code == 422 and f'value="{why}"' in text(refused) and 'id="tie-problem"' in text(refused)
    last = next_round(chair, janis, session, again, option_id=other, tie_reason=why)
    assert last.tour == 3 and [option.name for option in last.options] == ["Juris Priede"]
    chair.post(f"/council/ballots/{last.id}/cancel", data={"reason": "Balsosim ar zīmēm", "from": "desk"})

    data = {"kind": "candidates", "question": "Izpilddirektors", "others": names, "way": "paper"}
    assert chair.post(f"{acts}/ballot", data=data).status_code == 422  # nobody counts
    chair.post(f"{acts}/ballot", data=data | {"teller": [str(sarma.person_id), str(dace.person_id)]})
    db.session.expire_all()
    ballot = council.session_view(janis, session.id).ballot
    count, option = f"/council/ballots/{ballot.id}/count", str(ballot.options[0].id)
    assert "Ievadīt skaitījumu" in text(clerk.get(count)) and "Ievadīt skaitījumu" not in text(chair.get(count))
    sheet = {f"mark-{one.person_id}": option for one in dome.members}
    clerk.post(count, data=sheet)
    member.post(count, data=sheet | {f"mark-{janis.person_id}": "pret"})
    assert "Skaitījumi atšķiras par 1 deputātu" in text(member.get(count))
    member.post(count, data=sheet)
    chair.post(f"/council/ballots/{ballot.id}/close", data={"confirmed": "1", "from": "desk"})
    page = text(chair.get(count))
    assert "Balsu skaitīšanas protokols" in page and "Ievēlēts: Anna Egle, balsis: 9" in page
    assert "Ievēlēt: Anna Egle." in text(chair.get(f"/council/matters/{matter.id}"))


def test_several_matters_in_one_vote_until_somebody_objects(dome, as_client, janis):
    session, matters = running(dome, matters=2)
    chair, member = as_client("janis"), as_client("dace")
    package = f"/council/sessions/{session.id}/acts/package"
    assert chair.post(package, data={"matter_id": str(matters[0].id)}).status_code == 422
    chair.post(package, data={"matter_id": [str(one.id) for one in matters]})
    ballot = council.session_view(janis, session.id).ballot
    page = text(member.get(f"/council/sessions/{session.id}/tablet"))
    assert matters[1].title in page and "Iebilstu" in page
    member.post(f"/council/ballots/{ballot.id}/object")
    page = text(chair.get(f"/council/sessions/{session.id}/desk"))
    assert "iebilst" in page and "Atkārtot balsojumu" in page


def test_rules_of_procedure_are_set_by_the_secretary_and_let_a_vote_change(dome, as_client, dace):
    clerk, member = as_client("sarma"), as_client("dace")
    assert member.get("/council/procedure").status_code == 403
    refused = clerk.post("/council/procedure", data={"minutes_debate": "500", "tie_rule": "Izloze"})
    assert refused.status_code == 422 and 'value="500"' in text(refused) and "Izloze" in text(refused)
    clerk.post("/council/procedure", data={"minutes_debate": "7", "change_vote": "1", "tool_decision": "Lēmums Nr. 3"})
    page = text(clerk.get("/council/procedure"))
    assert 'value="7"' in page and "Lēmums Nr. 3" in page
    session, _matter, ballot = with_ballot(dome)
    vote = f"/council/ballots/{ballot.id}/vote"
    member.post(vote, data={"choice": "par"})
    assert "Mainīt balsi" in text(member.get(f"/council/sessions/{session.id}/tablet"))
    member.post(vote, data={"choice": "pret"})
    assert council.tablet_view(dace, session.id).my_vote == "pret"
