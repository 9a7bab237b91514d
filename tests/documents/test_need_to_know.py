"""Who comes on the list of a restricted document, and what those learn who may not open it yet (LAW-103)."""

import io

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.documents import service as documents
from portal.documents.models import Draft
from portal.kernel import clock
from portal.kernel.access import SYSTEM, Key, keys_of
from portal.kernel.db import db
from portal.kernel.errors import Forbidden
from portal.workflow.models import Resolution, Task


def _restrict(actor, document, *readers):
    until = clock.today() + clock.timedelta(days=100)
    documents.restrict(
        actor, document.id, ground="private_life", basis="IAL 8. pants", until=until,
        readers=[f"person:{one.id}" for one in readers],
    )  # fmt: skip
    db.session.commit()


@pytest.mark.req("LAW-103")
def test_nobody_comes_on_a_need_to_know_list_unseen(registers, make_document, as_client, cast, anna, run_jobs):
    document = make_document(title="Par bērna veselību", code="sanemtie", files=[("a.txt", b"slepena diagnoze")])
    _restrict(anna, document, cast.liga)
    run_jobs()
    where, clerk, reader = f"/documents/{document.id}", as_client("anna"), as_client("liga")

    # found by its number alone before the duty of secrecy is confirmed: that a word finds it would tell what it says
    for query in ("diagnoze", "veselību", "bern*", "pieejamība:ierobežota", "no:vecāki VAI slepena", "-xyz gads:2026"):
        found = reader.get("/search", query_string={"q": query}).text
        assert document.number not in found and "Atrodami tikai pēc numura" in found, query
        assert "(1)" not in found and "slepena diagnoze" not in found and "Par bērna" not in found
    found = reader.get("/search", query_string={"q": document.number}).text
    assert "ierobežota pieejamība" in found and document.number in found
    assert "slepena" not in found and "Par bērna" not in found and "(1)" not in found
    assert reader.get("/search/offers?q=bērn").text.strip() == ""
    reader.post(f"{where}/before", data={"confirmed": "y"})
    assert "slepena" in reader.get("/search", query_string={"q": "diagnoze"}).text

    # a resolution to somebody else: named, and added in the same act
    form = {"responsible_id": str(cast.sarma.id), "text": "Sagatavot atbildi", "days": "3"}
    asked = clerk.post(f"{where}/resolutions/new", data=form)
    assert asked.status_code == 422 and cast.sarma.name in asked.text and "Pievienot to personu sarakstam" in asked.text
    assert "Sagatavot atbildi" in asked.text and db.session.scalar(sa.select(Resolution.id)) is None
    assert as_client("sarma").get(where).status_code == 404
    assert clerk.post(f"{where}/resolutions/new", data=form | {"admit": "y"}).status_code == 303
    assert as_client("sarma").get(where).location == f"{where}/before"
    told = db.session.scalar(sa.select(AuditRecord).where(AuditRecord.action == "document.opened_to"))
    assert cast.sarma.name in str(told.new)

    # sharing and acts on many ask the same
    key = f"person:{cast.pauls.id}"
    asked = clerk.post(f"{where}/access", data={"key": key})
    assert asked.status_code == 422 and cast.pauls.name in asked.text and 'name="admit"' in asked.text
    bulk = {"act": "share", "do": "1", "ids": str(document.id), "key": key}
    assert clerk.post("/documents/bulk", data=bulk).status_code == 422
    assert clerk.post("/documents/bulk", data=bulk | {"admit": "y"}).status_code == 303
    assert as_client("pauls").get(where).location == f"{where}/before"


@pytest.mark.req("LAW-103")
def test_an_answer_is_as_closed_as_its_letter(registers, make_document, as_client, cast, anna, liga):
    document = make_document(title="Par bērna veselību", code="sanemtie", unit_id=cast.liga.unit_id)
    upload = documents.receive_uploads(liga, [("atbilde.txt", io.BytesIO(b"Atbilde"))])[0][0]
    draft = documents.create_draft(
        liga, title="Atbilde par veselību", kind="outgoing", upload=upload, answers_id=document.id
    )
    db.session.commit()
    where = f"/drafts/{draft.id}"
    head, author, clerk = as_client("bruno"), as_client("liga"), as_client("anna")
    assert head.get(where).status_code == 200
    _restrict(anna, document)
    assert head.get(where).status_code == 404
    assert author.get(where).status_code == 200 and author.get(f"/documents/{document.id}").status_code == 404
    assert clerk.get(where).location == f"/documents/{document.id}/before"
    documents.lift(anna, document.id, "Kļūda")
    db.session.commit()
    assert head.get(where).status_code == 200 and clerk.get(where).status_code == 200

    # begun while restricted, and registered: closed from the start, and to the end
    _restrict(anna, document, cast.liga)
    second = documents.create_draft(liga, title="Otra atbilde", kind="outgoing", upload=upload, answers_id=document.id)
    db.session.commit()
    assert head.get(f"/drafts/{second.id}").status_code == 404
    documents.draft_signed(SYSTEM, "draft", second.id, upload.sha256, "atbilde.txt", upload.size_bytes)
    db.session.commit()
    made = documents.get_document(SYSTEM, db.session.get_one(Draft, second.id).document_id)
    assert made.restriction.basis == "IAL 8. pants"
    assert head.get(f"/documents/{made.id}").status_code == 404


@pytest.mark.req("LAW-103")
def test_access_is_asked_for_and_given_until_a_day_or_refused(
    registers, make_document, as_client, cast, anna, clock_at
):
    clock_at("2026-11-27 10:00")
    document = make_document(title="Par bērna veselību", code="sanemtie")
    _restrict(anna, document)
    where, reader, clerk = f"/documents/{document.id}", as_client("pauls"), as_client("anna")
    assert "Lūgt piekļuvi" in reader.get(f"{where}/why").text
    assert reader.post(f"{where}/ask-access", data={"reason": " "}).status_code == 422
    for _time in range(2):  # the second is the first
        assert reader.post(f"{where}/ask-access", data={"reason": "Vadu komisiju"}).status_code == 303
    assert "Piekļuve lūgta" in reader.get(f"{where}/why").text
    asked = db.session.scalars(sa.select(Task).where(Task.kind == "document.access")).one()
    assert asked.person_id == cast.anna.id and asked.detail == "Vadu komisiju"
    page = clerk.get(f"/tasks/{asked.id}").location
    assert "Vadu komisiju" in clerk.get(page).text
    assert reader.post(page, data={"until": "10.12.2026"}).status_code == 404
    assert clerk.post(page, data={"until": "10.12.2026", "refuse": "1"}).status_code == 422
    assert clerk.post(page, data={"until": "10.12.2026", "refuse": "1", "reason": "Nav pamata"}).status_code == 303
    assert clerk.post(page, data={"until": "10.12.2026"}).status_code == 409
    told = db.session.scalars(sa.select(Task).where(Task.kind == "document.access_answer")).one()
    assert told.person_id == cast.pauls.id and "Nav pamata" in reader.get(f"/tasks/{told.id}").text
    assert reader.get(where).status_code == 404

    # asked again, and given until a day
    reader.post(f"{where}/ask-access", data={"reason": "Rīkojums Nr. 5"})
    asked = db.session.scalars(sa.select(Task).where(Task.kind == "document.access", Task.state == "open")).one()
    page = clerk.get(f"/tasks/{asked.id}").location
    assert clerk.post(page, data={"until": "26.11.2026"}).status_code == 422
    assert clerk.post(page, data={"until": "10.12.2026"}).status_code == 303
    assert reader.get(where).location == f"{where}/before"
    actions = set(db.session.scalars(sa.select(AuditRecord.action)))
    assert {"access.asked", "access.request_refused", "access.granted", "document.opened_to"} <= actions
    clock_at("2026-12-11 10:00")
    assert reader.get(where).status_code == 404


@pytest.mark.req("LAW-103")
def test_whoever_registers_the_answer_it_is_as_closed_as_its_letter(
    registers, make_document, as_client, cast, anna, clock_at
):
    clock_at("2026-11-27 10:00")
    letter = make_document(title="Par bērna veselību", code="sanemtie", author="Ilze Ozola", unit_id=cast.bruno.unit_id)
    other = make_document(title="Nosūtīta", code="nosutitie")
    _restrict(anna, letter, cast.liga)
    day = clock.today() + clock.timedelta(days=5)
    documents.share(anna, letter.id, Key(f"person:{cast.sarma.id}", until=day), admit=True)
    # a new term keeps the days until which access was given
    _restrict(anna, letter, cast.liga, cast.sarma)
    assert Key(f"person:{cast.sarma.id}", until=day) in keys_of(letter.access_set_id)

    # the forms that begin an answer tell its title only to who may open it
    clerk = as_client("anna")
    for form in ("/documents/register", "/drafts/new"):
        asked = clerk.get(form, query_string={"answers": str(letter.id)})
        assert asked.status_code == 303 and asked.location == f"/documents/{letter.id}/before"
    clerk.post(f"/documents/{letter.id}/before", data={"confirmed": "y"})
    assert "Ilze Ozola" in clerk.get("/documents/register", query_string={"answers": str(letter.id)}).text

    by_hand = make_document(title="Atbilde", code="nosutitie", answers_id=letter.id, unit_id=cast.bruno.unit_id)
    by_area = documents.create(
        SYSTEM,
        documents.DocumentKind.OUTGOING,
        "Atbilde",
        answers_id=letter.id,
        unit_id=cast.bruno.unit_id,
        access_keys=["role:clerk"],
    )
    db.session.commit()
    for answer in (by_hand, by_area):
        assert answer.restriction.until == letter.restriction.until
        assert Key(f"person:{cast.sarma.id}", until=day) in keys_of(answer.access_set_id)
        assert as_client("bruno").get(f"/documents/{answer.id}").status_code == 404
    with pytest.raises(Forbidden):  # only what came in is answered
        make_document(title="Atbilde", code="nosutitie", answers_id=other.id)
    db.session.rollback()

    # the term has ended, the night has not lifted the restriction yet
    second = make_document(title="Par skolu", code="sanemtie")
    _restrict(anna, second)
    clock_at("2027-11-28 10:00")
    late = make_document(title="Atbilde", code="nosutitie", answers_id=second.id)
    assert second.restriction is not None and late.restriction is None


@pytest.mark.req("LAW-103")
def test_the_person_responsible_who_is_asked_can_give_access(registers, make_document, as_client, cast, anna):
    document = make_document(title="Par bērna veselību", code="sanemtie", responsible_id=cast.liga.id)
    _restrict(anna, document)
    document.restriction.set_by_id = None
    db.session.commit()
    where, reader = f"/documents/{document.id}", as_client("pauls")
    assert cast.liga.name in reader.get(f"{where}/why").text
    reader.post(f"{where}/ask-access", data={"reason": "Vadu komisiju"})
    asked = db.session.scalars(sa.select(Task).where(Task.kind == "document.access")).one()
    assert asked.person_id == cast.liga.id
    responsible = as_client("liga")
    page = responsible.get(f"/tasks/{asked.id}").location
    until = (clock.today() + clock.timedelta(days=9)).strftime("%d.%m.%Y")
    assert responsible.post(page, data={"until": until}).status_code == 303
    assert reader.get(where).location == f"{where}/before"
