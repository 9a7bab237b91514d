"""The register of interests, and what a declaration does: who has one takes no part (13.3)."""

import pytest

from portal.council import interests
from portal.council import service as council
from portal.council.models import BallotWay
from portal.kernel.db import db
from portal.kernel.errors import Forbidden, Invalid
from tests.council import factories

pytestmark = pytest.mark.req("13.3", "LAW-49")


@pytest.mark.parametrize(
    ("text", "subject", "number", "named"),
    [
        ("Par līguma slēgšanu ar SIA \"Ozolpils siltums\"", "SIA „Ozolpils siltums”", None, True),
        ("Par līguma slēgšanu ar OZOLPILS SILTUMU", "Ozolpils siltums", None, True),
        ("Par Ozolpils siltumnīcu", "Ozolpils siltums", None, False),
        ("Par zemes nomu Ilzei Avotiņai", "Ilze Avotiņa", None, True),
        ("Par zemes nomu Ilzei Bērziņai", "Ilze Avotiņa", None, False),
        ("Reģ. Nr. 40003012345 piešķirt", "SIA „Cits nosaukums”", "40003012345", True),
        ("Reģ. Nr. 400030123456 piešķirt", "SIA „Cits nosaukums”", "40003012345", False),
        ("Par asfalta seguma atjaunošanu", "AS", None, False),
    ],
)  # fmt: skip
def test_a_text_names_a_subject_in_any_ending_and_never_by_its_legal_form_alone(text, subject, number, named):
    assert interests.names(text, subject, number) is named


def _hints(actor, session):
    return council.hints_at(actor, council.session_view(actor, session.id))


def test_a_declared_interest_is_seen_when_the_matter_opens_and_shuts_the_member_out(cast, as_client, clock_at):
    """LAW-49: the register is told to the member and to the chair when a matter names it; a declaration takes the
    member out of every vote on the matter and out of changing its text, each time with the reason."""
    clock_at("2026-11-24 10:00")
    dome = factories.body(members=5)
    council.add_member(dome.secretary, dome.body.id, cast.dace.id)
    db.session.commit()
    dace = as_client("dace")
    unsaid = dace.post("/council/interests", data={"subject": "SIA „Gaisma”", "relation": ""})
    assert unsaid.status_code == 422 and "relation-error" in unsaid.get_data(as_text=True)
    dace.post("/council/interests", data={"subject": "SIA „Gaisma”", "relation": "valdes locekle"})
    assert "valdes locekle" in dace.get("/council/interests").get_data(as_text=True)
    secretary = as_client("sarma")
    secretary.post("/council/interests", data={"person": "bruno", "subject": "Ilze Kalna", "relation": "māsa"})
    assert "Ilze Kalna" not in dace.get("/council/interests").get_data(as_text=True)  # members read their own
    assert "Ilze Kalna" in secretary.get("/council/interests").get_data(as_text=True)
    assert as_client("anna").post("/council/interests", data={"subject": "A", "relation": "b"}).status_code == 403

    session = factories.planned(dome)
    matter = factories.matter(dome, 'Par zemes nomu SIA "Gaisma"', session)
    other = factories.matter(dome, "Par ceļu", session)
    council.invite(dome.secretary, session.id)
    for actor in dome.members:
        council.check_in(actor, session.id)
    db.session.commit()
    dace.post(f"/council/sessions/{session.id}/check-in")
    council.open_session(dome.chair, session.id)
    council.open_matter(dome.chair, matter.id)
    db.session.commit()
    tablet, page = f"/council/sessions/{session.id}/tablet", f"/council/matters/{matter.id}"
    assert "Iespējams interešu konflikts" in dace.get(tablet).get_data(as_text=True)
    [hint] = _hints(dome.chair, session)
    assert (hint.person.id, hint.relation, hint.blocks) == (cast.dace.id, "valdes locekle", True)
    desk = secretary.get(f"/council/sessions/{session.id}/desk").get_data(as_text=True)
    assert "valdes locekle" in desk
    assert "35. panta pirmā daļa" in desk  # LAW-35: the decision on electronic voting has not been recorded
    council.set_procedure(
        dome.secretary, speech_minutes=council.procedure_choices().speech_minutes, change_vote=False,
        tool_decision="Domes lēmums Nr. 4",
    )  # fmt: skip
    db.session.commit()
    assert "35. panta" not in secretary.get(f"/council/sessions/{session.id}/desk").get_data(as_text=True)
    assert not _hints(dome.members[1], session)  # of those who lead and prepare only

    assert 'name="reason"' in dace.get(page).get_data(as_text=True)
    assert dace.post(f"{page}/interest", data={"reason": "Valdes locekle", "from": "matter"}).status_code == 303
    assert _hints(dome.chair, session) == []
    assert "Iespējams interešu konflikts" not in dace.get(tablet).get_data(as_text=True)
    ballot = council.open_ballot(dome.chair, matter.id)
    db.session.commit()
    refused = dace.post(f"/council/ballots/{ballot.id}/vote", data={"choice": "par", "session_id": str(session.id)})
    assert refused.status_code == 403 and "interešu konflikts" in refused.get_data(as_text=True)
    with pytest.raises(Forbidden, match="interešu konflikts"):  # nor by the desk
        council.enter_vote(dome.secretary, ballot.id, cast.dace.id, "par", "Planšete nestrādā")
    changed = dace.post(f"{page}/amendments", data={"new_text": "Par brīvu."})
    assert changed.status_code == 403 and "interešu konflikts" in changed.get_data(as_text=True)
    factories.vote(dome, ballot.id, par=range(5))
    result = council.close_ballot(dome.chair, ballot.id)
    assert [one.id for one in result.recused] == [cast.dace.id] and result.needed == 3

    council.declare_interest(dome.chair, other.id, "Īpašums pie ceļa")
    council.open_matter(dome.chair, other.id)
    db.session.commit()
    assert "nododiet sēdes vadīšanu" in secretary.get(f"/council/sessions/{session.id}/desk").get_data(as_text=True)
    hands = council.open_ballot(
        dome.chair, other.id, way=BallotWay.HANDS, tellers=[one.person_id for one in dome.members[1:3]]
    )
    sheet = {str(one): "par" for one in (*(actor.person_id for actor in dome.members[1:]), cast.dace.id)}
    with pytest.raises(Invalid):  # the chair takes no part
        council.enter_sheet(dome.members[1], hands.id, sheet | {str(dome.chair.person_id): "par"})
    council.enter_sheet(dome.members[1], hands.id, sheet)
