"""Bodies: a new council from a list, seats, offices, factions and their history (13.1)."""

import io

import pytest
import sqlalchemy as sa
from openpyxl import Workbook

from portal.council import rules
from portal.council import service as council
from portal.council.models import BodyKind, BodyMember, Convocation, Office
from portal.identity import service as identity
from portal.identity.models import Person
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid
from tests.council import factories

pytestmark = pytest.mark.req("13.1")
DAY = clock.timedelta(days=1)


@pytest.mark.parametrize(
    ("finance", "council_chair", "chairs", "may"),
    [
        (True, True, 0, True),
        (True, False, 0, False),
        (False, False, 1, True),
        (False, False, 2, False),
        (True, True, 2, False),
    ],
)
def test_law_61_the_councils_chair_leads_the_finance_committee_and_nobody_more_than_two(
    finance, council_chair, chairs, may
):
    """LAW-61, PL 40(1), 40(4)."""
    verdict = rules.may_chair_committee(finance=finance, council_chair=council_chair, chairs=chairs)
    assert bool(verdict) is may


def test_a_new_council_is_set_up_from_a_list_or_not_at_all(cast, as_client, clock_at):
    """The list is checked row by row; then those elected are seated, the council before ends, accounts are made
    without sign-in, factions are formed (LAW-20: seats by the election law)."""
    clock_at("2026-11-24 10:00")
    dome = factories.body(members=3, seats=9)
    committee = factories.body(BodyKind.COMMITTEE, members=2)
    group = factories.body(BodyKind.WORKING_GROUP, members=2)
    for one in (*dome.members, *committee.members, *group.members):  # they have sat for a year
        db.session.execute(
            sa.update(BodyMember).where(BodyMember.person_id == one.person_id).values(since=clock.today() - 300 * DAY)
        )
    stays, leaves = (db.session.get(Person, one.person_id) for one in dome.members[:2])
    stays.email = "paliek@ozolpils.example"
    db.session.commit()
    browser = as_client("sarma")
    page = browser.get("/council/convocation")
    assert page.status_code == 200 and 'value="9"' in page.get_data(as_text=True)
    typed = {"name": "2026. gada sasaukums", "since": "01.12.2026", "seats": "3"}
    bad = f"Vārds\tUzvārds\tFrakcija\tE-pasts\nJana\t\tA\t\nIlga\tJauna\tA\tnav pasts\nAivars\tCits\tB\t{stays.email}\n"
    checked = browser.post("/council/convocation", data={**typed, "table": bad, "act": "check"})
    text = checked.get_data(as_text=True)
    assert stays.name in text and 'value="begin"' not in text
    refused = browser.post("/council/convocation", data={**typed, "table": bad, "act": "begin"})
    assert refused.status_code == 422 and not council.convocations_of(dome.body.id)
    assert db.session.scalar(sa.select(Person.id).where(Person.family_name == "Jauna")) is None

    good = (
        f"Vārds\tUzvārds\tFrakcija\tE-pasts\nIlga\tJauna\tApvienība\tilga@ozolpils.example\n"
        f"{stays.given_name}\t{stays.family_name}\tApvienība\t{stays.email}\nGatis\tČakls-Bērziņš\tNovadnieki\t\n"
    )
    broken = {**typed, "file": (io.BytesIO(b"PK\x03\x04 nothing"), "saraksts.xlsx"), "act": "check"}
    assert browser.post("/council/convocation", data=broken).status_code == 422
    book = Workbook()
    for place, line in enumerate(good.splitlines()):
        code = ("Personas kods", 1017412345, None, None)[place]  # the number lost its first zero
        book.active.append([*line.split("\t"), code])
    sheet = io.BytesIO()
    book.save(sheet)
    given = {**typed, "file": (io.BytesIO(sheet.getvalue()), "saraksts.xlsx"), "act": "check"}
    text = browser.post("/council/convocation", data=given).get_data(as_text=True)
    assert 'value="begin"' in text and leaves.name in text and "Gatis\tČakls-Bērziņš\tNovadnieki" in text
    good = f"{good.splitlines()[0]}\tPersonas kods\n" + "\n".join(
        f"{line}\t{'1017412345' if 'Ilga' in line else ''}" for line in good.splitlines()[1:]
    )
    done = browser.post("/council/convocation", data={**typed, "table": good, "act": "begin"})
    assert done.status_code == 303

    first = clock.today() + 7 * DAY
    assert {one.name for one in council.members_of(dome.body.id)} >= {stays.name, leaves.name}  # today as before
    assert {one.name for one in council.members_of(dome.body.id, first)} == {
        "Ilga Jauna", stays.name, "Gatis Čakls-Bērziņš"
    }  # fmt: skip
    assert council.members_of(committee.body.id, first) == [] and len(council.members_of(group.body.id, first)) == 2
    made = db.session.scalar(sa.select(Person).where(Person.family_name == "Čakls-Bērziņš"))
    assert made.username == "gatis.cakls-berzins" and not made.password_hash
    ilga = db.session.scalar(sa.select(Person).where(Person.family_name == "Jauna"))
    assert identity.has_code(ilga, "01017412345")
    assert council.factions_on(first)[stays.id] == "Apvienība" and council.factions_on() == {}
    assert dome.body.seats == 9

    clock_at("2026-12-01 09:00")
    council.settle()
    db.session.commit()
    assert dome.body.seats == 3 and dome.body.chair_id is None  # the new council elects its chair
    assert "member" in {one.role_key for one, _name in identity.assignments_of(made.id)}
    ended = [one.until for one, _name in identity.assignments_of(leaves.id) if one.role_key == "member"]
    assert ended == [first - DAY]
    page = browser.get(f"/council/bodies/{dome.body.id}").get_data(as_text=True)
    assert "Apvienība" in page and leaves.name not in page
    assert leaves.name in browser.get(f"/council/bodies/{dome.body.id}?on=30.11.2026").get_data(as_text=True)
    assert "2026. gada sasaukums" in browser.get(f"/council/bodies/{dome.body.id}/history").get_data(as_text=True)
    again = browser.post("/council/convocation", data={**typed, "table": good, "act": "begin"})
    assert again.status_code == 422  # not twice for the same day
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Convocation)) == 1


def test_seats_offices_and_factions_change_from_a_day_on_and_the_history_keeps_them(cast, as_client, clock_at):
    clock_at("2026-11-24 10:00")
    dome = factories.body(members=3, seats=5)
    finance = council.add_body(SYSTEM, BodyKind.COMMITTEE, "Finanšu komiteja", "Finanses", 3, is_finance=True)
    first, second, _third = dome.members
    for one in (first, second):
        council.seat(dome.secretary, finance.id, one.person_id)
    with pytest.raises(Invalid, match="40. panta pirmā"):  # LAW-61
        council.set_office(dome.secretary, finance.id, Office.CHAIR, second.person_id)
    council.set_office(dome.secretary, finance.id, Office.CHAIR, first.person_id)
    assert council.finance_committee().id == finance.id and finance.chair_id == first.person_id  # LAW-59
    assert [mark.key for mark in council.lacking(dome.secretary)] == ["committees"]  # LAW-59: development and others
    others = [factories.body(BodyKind.COMMITTEE, members=2) for _number in range(2)]
    council.add_member(SYSTEM, others[0].body.id, first.person_id)
    council.add_member(SYSTEM, others[1].body.id, first.person_id)
    council.set_office(dome.secretary, others[0].body.id, Office.CHAIR, first.person_id)
    with pytest.raises(Invalid, match="40. panta ceturtā"):  # LAW-61: at most two committees
        council.set_office(dome.secretary, others[1].body.id, Office.CHAIR, first.person_id)
    db.session.commit()

    browser, url = as_client("sarma"), f"/council/bodies/{dome.body.id}/edit"
    assert browser.get(url).status_code == 200
    assert browser.post(url, data={"act": "faction", "name": "Novadnieki"}).status_code == 303
    faction = council.list_factions()[0]
    browser.post(url, data={"act": "join", "member": str(second.person_id), "faction": str(faction.id)})
    browser.post(url, data={"act": "seat", "person": "bruno", "replaces": str(second.person_id)})
    unsaid = browser.post(url, data={"act": "end", "member": str(second.person_id), "last_day": "24.11.2026"})
    assert unsaid.status_code == 422 and "end-reason-error" in unsaid.get_data(as_text=True)
    browser.post(
        url, data={"act": "end", "member": str(second.person_id), "last_day": "24.11.2026", "reason": "Mandāts nolikts"}
    )
    seats = {seat.person.id: seat for seat in council.composition_of(dome.body.id)}
    assert seats[second.person_id].faction == "Novadnieki" and seats[first.person_id].offices == [Office.CHAIR]
    assert seats[cast.bruno.id].replaces
    clock_at("2026-11-25 10:00")
    assert second.person_id not in {seat.person.id for seat in council.composition_of(dome.body.id)}
    history = browser.get(f"/council/bodies/{dome.body.id}/history").get_data(as_text=True)
    assert "Mandāts nolikts" in history
    assert as_client("dace").get(url).status_code == 403
    with pytest.raises(Conflict):
        council.join_faction(dome.secretary, second.person_id, faction.id)


def test_law_1_3_17_secretary_plans_headings_closed_matters_guests_and_says_why_it_is_late(cast, as_client, clock_at):
    """LAW-1: months without a regular session are named; LAW-3, 4: what is late has its article, and its ground can be
    stated; LAW-17: a matter is closed only with a ground of the law."""
    clock_at("2026-11-24 10:00")
    dome = factories.body(members=3)
    assert [mark.text[:16] for mark in council.months_without(dome.secretary)] == [
        "Mēnesī 11.2026 n",
        "Mēnesī 12.2026 n",
    ]
    session = factories.planned(dome, days=1)  # 25 November: the notice is late already
    assert [mark.text[7:14] for mark in council.months_without(dome.secretary)] == ["12.2026"]
    matter = factories.matter(dome, "Par bērna intereses skarošu jautājumu", session)
    db.session.commit()
    browser, url = as_client("sarma"), f"/council/sessions/{session.id}"
    page = browser.get(url).get_data(as_text=True)
    assert "28. panta" in page and 'name="ground"' in page
    assert browser.post(f"{url}/late-ground", data={"ground": " "}).status_code == 422
    browser.post(f"{url}/late-ground", data={"ground": "Plūdu seku novēršana"})
    line = {"section": "Slēgtā daļa", "closed_ground": "children"}
    assert browser.post(f"/council/matters/{matter.id}/line", data=line | {"closed_ground": "x"}).status_code == 422
    browser.post(f"/council/matters/{matter.id}/line", data=line)
    guest = {"name": "Ilze Avotiņa", "office": "bāriņtiesas locekle", "matter_id": str(matter.id), "at": "14.30"}
    assert browser.post(f"{url}/guests", data=guest | {"at": "25"}).status_code == 422
    browser.post(f"{url}/guests", data=guest)
    page = browser.get(url).get_data(as_text=True)
    for words in ("Plūdu seku novēršana", "Slēgtā daļa", "Ilze Avotiņa", "14:30"):
        assert words in page, words
    assert matter.closed_ground == "children"
    [(asked, n)] = council.guests_of(session.id)
    assert n == 1
    browser.post(f"/council/guests/{asked.id}/remove")
    assert council.guests_of(session.id) == []
    assert as_client("dace").post(f"{url}/guests", data=guest).status_code == 403
