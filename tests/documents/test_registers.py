"""Numbers of registers, kinds of registration and their own fields, answers (12.2)."""

import io
import re
import threading

import pikepdf
import pytest
import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import service as documents
from portal.documents.models import Document, RegisterCounter
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Invalid
from portal.search import service as search
from portal.workflow import service as workflow


def _text(response):
    return response.get_data(as_text=True)


def _sent(registers, code, **values):
    base = {"register_id": str(registers[code].id), "title": "Par koku", "received_on": f"{clock.today():%d.%m.%Y}"}
    return base | values


@pytest.mark.req("12.2")
def test_fifty_clerks_register_at_once_without_a_doubled_number_or_an_error(app, registers, as_client):
    cookie = next(iter(as_client("anna")._cookies.values()))
    answers, start = [], threading.Barrier(50)
    data = _sent(registers, "iesniegumi", title="Iesniegums")
    db.session.commit()  # the clerks must not wait for this test's own transaction

    def register():
        browser = app.test_client()
        browser.set_cookie(cookie.key, cookie.value)
        start.wait()
        with app.app_context():
            answers.append(browser.post("/documents/register", data=data).status_code)

    threads = [threading.Thread(target=register) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [303] * 50
    assert sorted(db.session.scalars(db.select(Document.seq))) == list(range(1, 51))


@pytest.mark.req("12.2")
def test_numbers_are_formed_kept_back_given_later_and_each_gap_has_its_reason(registers, as_client, make_document):
    """LAW-79: the mask is the register's; a number that no document has is explained."""
    browser, register = as_client("anna"), registers["sanemtie"]
    url, year = f"/documents/registers/{register.id}", clock.today().year
    settings = {"name": register.name, "index": "2-2", "number_format": "{index}/{yy}-{seq:04}{suffix}", "suffix": "S"}
    assert browser.post(f"{url}/edit", data=settings | {"number_format": "{index}"}).status_code == 422
    assert browser.post(f"{url}/edit", data=settings).status_code == 303
    assert make_document(code="sanemtie").number == f"2-2/{year % 100}-0001S"

    assert f"2-2/{year % 100}-0002S" in _text(browser.get("/documents/registers"))
    assert browser.post(f"{url}/reserve", data={"count": "0", "reason": "x"}).status_code == 422
    assert browser.post(f"{url}/reserve", data={"count": "5", "reason": "Vēlēšanu iecirknis"}).status_code == 303
    annulled = make_document(code="sanemtie")
    assert annulled.seq == 7
    documents.annul(SYSTEM, annulled.id, "Reģistrēts divreiz")
    db.session.commit()
    page = _text(browser.get(url))
    assert "2–6" in page and "Vēlēšanu iecirknis" in page and "Reģistrēts divreiz" in page

    link = re.search(r'href="(/documents/register\?[^"]*reserved=[^"]*)"', page)[1].replace("&amp;", "&")
    form = _text(browser.get(link))
    reserved = re.search(r'name="reserved"[^>]*value="([^"]+)"', form)[1]
    assert reserved == f"{year}-2"
    made = browser.post("/documents/register", data=_sent(registers, "sanemtie", reserved=reserved))
    assert made.status_code == 303 and "-0002S" in _text(browser.get(made.location))
    again = browser.post("/documents/register", data=_sent(registers, "sanemtie", reserved=reserved))
    assert again.status_code == 422 and "vairs nav rezervēts" in _text(again)
    assert (
        browser.post("/documents/register", data=_sent(registers, "sanemtie", reserved=f"{year}-7")).status_code == 422
    )

    explain = {"first": "5", "last": "6", "reason": "Veidlapas sabojātas"}
    assert browser.post(f"{url}/explain", data=explain | {"last": "9"}).status_code == 422
    assert browser.post(f"{url}/explain", data=explain | {"reason": " "}).status_code == 422
    assert browser.post(f"{url}/explain", data=explain).status_code == 303
    assert (
        browser.post("/documents/register", data=_sent(registers, "sanemtie", reserved=f"{year}-5")).status_code == 422
    )
    found = documents.numbers_of(SYSTEM, register.id, year)
    assert [(g.first, g.last, g.kind) for g in found.gaps] == [(3, 4, "reserved"), (5, 6, "noted")]
    assert (found.last, found.used) == (7, 3)
    # numbers lost in another way, as when the registry of the past was brought in
    db.session.merge(RegisterCounter(register_id=register.id, year=year, last=9))
    db.session.commit()
    assert documents.numbers_of(SYSTEM, register.id, year).gaps[-1].kind == "unexplained"
    assert "Nav paskaidrots" in _text(browser.get(url))
    # a register that has only kept numbers back has no document to look at
    assert browser.post(f"/documents/registers/{registers['ligumi'].id}/reserve", data={"count": "2", "reason": "x"})
    assert documents.numbers_of(SYSTEM, registers["ligumi"].id, year).gaps[0].count == 2


@pytest.mark.req("12.2")
def test_each_kind_of_registration_asks_for_its_own_fields_and_keeps_its_version(registers, as_client, anna, cast):
    """LAW-91, LAW-92: contracts, orders and the others have fields of their own, in form, page, search and log."""
    browser = as_client("anna")
    form = _text(browser.get("/documents/register?registration=contract"))
    assert "Līgumslēdzējs" in form and "Summa" in form and "Iesniedzēja adrese" not in form
    changed = browser.post(
        "/documents/register", data={"registration": "application", "title": "Par koku", "read": "1"}
    )
    assert "Iesniedzēja adrese" in _text(changed) and 'value="Par koku"' in _text(changed)
    own = {"extra_party": "SIA „Ceļinieks”", "extra_amount": "1 234,50", "extra_keeper": str(cast.liga.id)}
    sent = _sent(registers, "ligumi", registration="contract", carrier="paper", **own)
    missing = browser.post("/documents/register", data=sent | {"extra_party": ""})
    assert missing.status_code == 422 and "Aizpildiet šo lauku" in _text(missing)
    wrong = browser.post("/documents/register", data=sent | {"extra_amount": "daudz"})
    assert wrong.status_code == 422 and "1 234,50" in _text(wrong) and "Ceļinieks" in _text(wrong)
    other = browser.post("/documents/register", data=sent | {"register_id": str(registers["lemumi"].id)})
    assert other.status_code == 422
    made = browser.post("/documents/register", data=sent)
    assert made.status_code == 303
    page = _text(browser.get(made.location))
    assert "Ceļinieks" in page and "1\u00a0234,50\u00a0€" in page and "Līga Ozola" in page and "Papīra" in page
    document = db.session.query(Document).one()
    assert document.extra["amount"] == 123450
    assert [row.id for row in documents.list_documents(anna, documents.DocumentFilters(text="ceļinieks"))]
    search.index_pending()
    assert search.find(anna, "ceļinieka", search.Filters(), 1).total == 1

    edit = {"title": document.title, "received_on": sent["received_on"], "version": str(document.version),
            "reason": "pārrakstīšanās", "carrier": "both", **own, "extra_amount": "1300"}  # fmt: skip
    shown = _text(browser.get(f"{made.location}/edit"))
    assert 'value="1234,50"' in shown and f'selected value="{cast.liga.id}"' in shown
    assert browser.post(f"{made.location}/edit", data=edit).status_code == 303
    corrected = audit.list_for(SYSTEM, "document", document.id)[-1]
    assert corrected.old["Summa"] == "1\u00a0234,50\u00a0€" and corrected.new["carrier"] == "both"

    # the kind changes: the document keeps its version, the next one has the new
    kind = documents.find_kind("contract")
    url = "/documents/kinds/contract"
    assert "Līgumslēdzējs" in _text(browser.get(url))
    lines = {f"fields-{n}-{name}": f[name] for n, f in enumerate(kind.fields[1:3]) for name in ("key", "label", "type")}
    lines |= {"fields-2-label": "Iepirkuma veids", "fields-2-type": "choice"}
    base = {"name": "Līgums", "kind": "contract", "registers": "ligumi", "version": "1", **lines}
    assert browser.post(url, data=base).status_code == 422
    assert browser.post(url, data=base | {"fields-2-choices": "atklāts; slēgts"}).status_code == 303
    new = documents.find_kind("contract")
    assert new.version == 2 and [f["label"] for f in new.fields] == ["Summa", "Noslēgts", "Iepirkuma veids"]
    assert [f["key"] for f in new.fields][:2] == ["amount", "signed_on"]
    assert documents.kind_of(document).version == 1 and "Ceļinieks" in _text(browser.get(made.location))
    assert browser.post(url, data=base | {"fields-2-choices": "atklāts; slēgts; cits"}).status_code == 422
    assert as_client("pauls").get(url).status_code == 403


@pytest.mark.req("12.2", "12.5")
def test_an_answer_finishes_what_it_answers_and_its_tasks(registers, as_client, make_document, cast, anna):
    came = make_document(author="SIA „Ozols”", responsible_id=cast.liga.id)
    task = workflow.add_task(SYSTEM, "signing.sign", "document", came.id, "Sagatavot atbildi", person_id=cast.liga.id)
    told = workflow.add_task(SYSTEM, "document.read", "document", came.id, "Iepazīties", person_id=cast.bruno.id)
    db.session.commit()
    browser = as_client("anna")
    page = _text(browser.get(f"/documents/{came.id}"))
    link = re.search(r'href="(/documents/register\?[^"]*answers=[^"]*)"', page)[1].replace("&amp;", "&")
    form = _text(browser.get(link))
    assert 'value="SIA „Ozols”"' in form and came.number in form
    made = browser.post(
        "/documents/register", data=_sent(registers, "nosutitie", registration="outgoing", answers_id=str(came.id))
    )
    assert made.status_code == 303
    page = _text(browser.get(f"/documents/{came.id}"))
    assert "Izpildīts" in page and "Atbildēts ar Nr. 2-3/" in page
    db.session.expire_all()
    assert came.state == "done" and (task.state, told.state) == ("done", "open")
    stranger = as_client("pauls")
    assert stranger.get(link).status_code == 403
    with pytest.raises(Invalid):
        documents.register(anna, registers["nosutitie"].id, "x" * 501, clock.today(), answers_id=came.id)


@pytest.mark.req("LAW-90")
def test_what_is_registered_later_says_why_and_shows_it(registers, as_client, anna, clock_at, run_jobs):
    clock_at("2026-11-27 10:00")  # Friday
    clerk, register = as_client("anna"), registers["sanemtie"]
    form = {"register_id": str(register.id), "title": "Par ceļu", "received_on": "26.11.2026"}
    assert clerk.post("/documents/register", data=form).status_code == 303  # the next working day is in time
    asked = clerk.post("/documents/register", data=form | {"received_on": "24.11.2026"})
    assert asked.status_code == 422 and "norādiet iemeslu" in asked.text and 'name="late_reason"' in asked.text
    late = form | {"received_on": "24.11.2026", "late_reason": "Aploksne atrasta vēlāk"}
    page = clerk.get(clerk.post("/documents/register", data=late).location).text
    assert "2 darba dienas: Aploksne atrasta vēlāk" in page
    assert clerk.get("/documents").text.count("reģistrēts vēlāk") == 1
    table = clerk.get("/documents/export.csv").get_data().decode("utf-8-sig")
    assert "Reģistrēts vēlāk" in table and table.count("Aploksne atrasta vēlāk") == 1
    printed = clerk.post("/documents/print", data={"register": "sanemtie"}).location
    run_jobs()
    paper = pikepdf.open(io.BytesIO(clerk.get(f"{printed}/file").data))
    assert len(paper.pages) == 1

    # a wrong date of receipt, corrected, is no lateness
    document = db.session.scalar(sa.select(Document).where(Document.late_days > 0))
    documents.update_document(anna, document.id, document.version, "kļūda", received_on=clock.today())
    assert document.late_days == 0

    # the time is a setting of the register
    where = f"/documents/registers/{register.id}/edit"
    settings = {"name": register.name, "index": register.index, "number_format": register.number_format}
    assert clerk.post(where, data=settings | {"within_days": "99"}).status_code == 422
    assert clerk.post(where, data=settings | {"within_days": "3"}).status_code == 303
    assert clerk.post("/documents/register", data=form | {"received_on": "24.11.2026"}).status_code == 303
