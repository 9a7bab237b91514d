"""The list of a restricted document of a case can be the case's team, whoever that is (LAW-103)."""

import pytest

from portal.cases.models import Case
from portal.documents import service as documents
from portal.documents.models import Document
from portal.identity import service as identity
from portal.kernel import access, clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db


@pytest.mark.req("LAW-103")
def test_the_list_follows_the_team_of_the_case(assigned, cast, as_client, anna):
    case = db.session.get_one(Case, assigned)
    document = db.session.get_one(Document, case.document_id)
    where = f"/documents/{document.id}"

    def sees(person):
        db.session.expire_all()
        return access.can_see(identity.actor_for(person.id), db.session.get_one(Document, document.id))

    clerk, head = as_client("anna"), as_client("bruno")
    until = clock.today() + clock.timedelta(days=30)
    form = {"ground": "private_life", "basis": "IAL 8. pants", "level": "restricted", "until": f"{until:%d.%m.%Y}"}
    assert "Arī lietas komanda" in clerk.get(f"{where}/restrict").text
    assert clerk.post(f"{where}/restrict", data=form | {"team": "y"}).status_code == 303
    assert sees(cast.bruno) and sees(cast.liga) and sees(cast.anna) and not sees(cast.edgars)
    assert "Lietas komandā" in clerk.get(f"{where}/access").text

    # who carries out a resolution comes by that, and goes with it
    order = {"responsible_id": str(cast.edgars.id), "text": "Atzinums", "days": "3"}
    assert clerk.post(f"{where}/resolutions/new", data=order).status_code == 303
    assert sees(cast.edgars)
    from portal.workflow import service as workflow

    given = workflow.tree_of(document.id)[0].resolution
    workflow.withdraw(anna, given.id, "Kļūda")
    db.session.commit()
    assert not sees(cast.edgars)

    # a new head of the unit is in, the former one out, within the hour
    unit = identity.get_unit(case.unit_id)
    unit.head_id = cast.dace.id
    db.session.commit()
    documents.end_restrictions(SYSTEM)
    db.session.commit()
    assert sees(cast.dace) and not sees(cast.bruno) and head.get(where).status_code == 404


@pytest.mark.req("7.2")
def test_flows_begun_for_a_case_stand_on_its_page(assigned, as_client):
    browser = as_client("liga")
    assert "Lietas plūsmas" not in browser.get(f"/cases/{assigned}").text
    form = {"flow": "invoice", "title": "Pasūtīt vērtējumu", "case": str(assigned)}
    assert browser.post("/flows/begin", data=form).status_code == 303
    page = browser.get(f"/cases/{assigned}").text
    assert "Lietas plūsmas" in page and "Pasūtīt vērtējumu" in page
