"""Registration, terms, corrections, access and files of documents."""

import io
import threading
import uuid
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from portal.audit import service as audit
from portal.documents import service as documents
from portal.documents.models import Document, Warn
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM, Key
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from portal.search import service as search
from portal.storage import service as storage
from tests.documents.factories import bomb, zip_of


@pytest.mark.req("12.2")
def test_numbers_run_on_within_a_register_and_start_anew_each_year(make_document, clock_at):
    clock_at("2026-12-31 12:00")
    assert [make_document().number, make_document().number] == ["2-1/2026/1", "2-1/2026/2"]
    assert make_document(code="sanemtie").number == "2-2/2026/1"
    clock_at("2027-01-02 12:00")
    assert make_document().number == "2-1/2027/1"


@pytest.mark.req("12.2")
def test_many_registrars_at_once_get_different_numbers_and_no_lock_error(app, registers, anna):
    numbers, errors = [], []

    def register():
        with app.app_context():
            try:
                document = documents.register(anna, registers["iesniegumi"].id, "Iesniegums", clock.today())
                db.session.commit()
                numbers.append(document.seq)
            except Exception as error:
                errors.append(error)
            finally:
                db.session.remove()

    db.session.commit()
    threads = [threading.Thread(target=register) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(numbers) == list(range(1, 21))


def test_a_number_of_a_registration_that_failed_is_given_again(registers, anna):
    with pytest.raises(Invalid):
        documents.register(anna, registers["iesniegumi"].id, "x" * 501, clock.today())
    db.session.rollback()
    document = documents.register(anna, registers["iesniegumi"].id, "Iesniegums", clock.today())
    assert document.seq == 1


@pytest.mark.parametrize(
    "received_on, due_on, rule",
    [
        (date(2026, 11, 24), date(2026, 12, 8), "LAW-104"),
        (date(2026, 12, 18), date(2027, 1, 6), "LAW-104"),  # holidays 24, 25, 31 December and 1 January lie between
        (date(2026, 2, 27), date(2026, 3, 27), "LAW-104-old"),
    ],
)
def test_an_application_is_answered_in_ten_working_days(app, received_on, due_on, rule):
    found, by = documents.term_of(documents.DocumentKind.APPLICATION, received_on)
    assert by == rule
    days = clock.working_days_between(received_on, found)
    assert (days == 10) if rule == "LAW-104" else found == due_on
    if received_on == date(2026, 11, 24):
        assert found == due_on


def test_only_applications_have_a_term_by_themselves(make_document):
    assert make_document(code="sanemtie").due_on is None
    assert make_document(code="iesniegumi").due_rule == "LAW-104"


def test_registering_asks_who_when_and_what(registers, anna, pauls):
    register = registers["iesniegumi"]
    with pytest.raises(Forbidden):
        documents.register(pauls, register.id, "Iesniegums", clock.today())
    for field, title, day in (
        ("title", "  ", clock.today()),
        ("title", "x" * 501, clock.today()),
        ("received_on", "Iesniegums", date(2999, 1, 1)),
    ):
        with pytest.raises(Invalid) as wrong:
            documents.register(anna, register.id, title, day)
        assert wrong.value.field == field


@pytest.mark.req("14.2")
def test_a_document_is_seen_by_clerks_its_unit_and_the_person_responsible_and_by_nobody_else(
    make_document, cast, anna, bruno, liga, pauls
):
    document = make_document(unit_id=cast.units["2"].id)
    for actor in (anna, bruno, liga, SYSTEM):
        assert documents.get_document(actor, document.id).id == document.id
    with pytest.raises(NotFound):
        documents.get_document(pauls, document.id)
    assert list(documents.list_documents(pauls, documents.DocumentFilters())) == []
    assert documents.counts(pauls) == {} and documents.overview(pauls, documents.DocumentFilters()).number == 0


def test_a_refused_reading_is_in_the_log(make_document, pauls, oskars):
    document = make_document()
    with pytest.raises(NotFound):
        documents.get_document(pauls, document.id)
    records = audit.list_for(oskars, "document", document.id)
    assert [(r.action, r.result, r.person_name) for r in records][-1] == ("document.refused", "refused", "Pauls Siliņš")


def test_sharing_until_a_date_opens_and_closes_by_itself(make_document, anna, pauls, cast, clock_at):
    document = make_document()
    documents.share(anna, document.id, Key(f"person:{cast.pauls.id}", until=clock.today()))
    db.session.commit()
    assert documents.get_document(pauls, document.id)
    clock_at("2030-01-01 10:00")
    with pytest.raises(NotFound):
        documents.get_document(pauls, document.id)


def test_counts_follow_documents_and_tell_only_what_is_seen(make_document, registers, cast, anna, liga):
    one, _two = make_document(), make_document()
    register = registers["iesniegumi"].id
    assert documents.counts(anna) == {register: 2} and documents.counts(liga) == {}
    documents.assign(anna, one.id, cast.liga.id)
    db.session.commit()
    assert documents.counts(anna) == {register: 2} and documents.counts(liga) == {register: 1}
    before = (documents.counts(anna), documents.counts(liga))
    documents.recount()
    assert (documents.counts(anna), documents.counts(liga)) == before


def test_naming_the_responsible_puts_the_document_in_work_and_lets_them_see_it(make_document, anna, bruno, liga, cast):
    document = make_document()
    with pytest.raises(NotFound):
        documents.get_document(liga, document.id)
    documents.assign(anna, document.id, cast.liga.id)
    assert document.state == "in_work"
    assert documents.get_document(liga, document.id).responsible_id == cast.liga.id
    with pytest.raises(Forbidden):
        documents.assign(liga, document.id, cast.anna.id)
    documents.finish(liga, document.id)
    assert document.state == "done"


def test_a_correction_needs_a_reason_and_keeps_the_old_value(make_document, anna):
    document = make_document(title="Vecais")
    version = document.version
    with pytest.raises(Invalid) as wrong:
        documents.update_document(anna, document.id, version, " ", title="Jaunais")
    assert wrong.value.field == "reason"
    documents.update_document(anna, document.id, version, "pārrakstīšanās", title="Jaunais")
    db.session.commit()
    record = audit.list_for(SYSTEM, "document", document.id)[-1]
    assert (record.action, record.old, record.new, record.reason) == (
        "document.corrected",
        {"title": "Vecais"},
        {"title": "Jaunais"},
        "pārrakstīšanās",
    )


def test_a_second_editor_gets_both_versions_and_nothing_is_lost(make_document, anna):
    document = make_document(title="Pirmais")
    seen = document.version
    documents.update_document(anna, document.id, seen, "a", title="Kolēģa")
    db.session.commit()
    with pytest.raises(documents.EditedMeanwhile) as both:
        documents.update_document(anna, document.id, seen, "b", title="Mans")
    assert both.value.theirs == {"title": "Kolēģa"} and both.value.mine == {"title": "Mans"}
    assert document.title == "Kolēģa"
    documents.update_document(anna, document.id, both.value.version, "b", title="Mans")
    assert document.title == "Mans"


def test_moving_the_date_of_receipt_moves_the_term(make_document, anna, clock_at):
    clock_at("2026-11-24 12:00")
    document = make_document()
    documents.update_document(anna, document.id, document.version, "kļūda", received_on=date(2026, 11, 10))
    assert document.due_on == clock.add_working_days(date(2026, 11, 10), 10)


def test_an_annulled_document_is_readable_keeps_its_number_and_changes_no_more(make_document, anna, liga):
    document = make_document()
    with pytest.raises(Invalid):
        documents.annul(anna, document.id, "")
    documents.annul(anna, document.id, "Reģistrēts divreiz")
    db.session.commit()
    assert documents.get_document(anna, document.id).state == "annulled"
    assert documents.annulment_of(document).reason == "Reģistrēts divreiz"
    with pytest.raises(Forbidden):
        documents.annul(anna, document.id, "vēlreiz")
    with pytest.raises(Forbidden):
        documents.update_document(anna, document.id, document.version, "x", title="Cits")
    assert make_document().seq == document.seq + 1


def test_a_number_format_without_the_sequence_or_with_tricks_is_refused(registers, edgars, anna, bruno):
    for wrong in ("{index}/{year}", "{seq}{index.__class__}", "{seq}{x}", "{seq:099999}", "{seq!r}", "{seq"):
        with pytest.raises(Invalid) as error:
            documents.add_register(edgars, f"x{wrong[:3]}", "X", "9", "internal", ["internal"], number_format=wrong)
        assert error.value.field == "number_format"
    register = documents.add_register(
        edgars, "rik", "Rīkojumi", "9-1", "internal", ["internal"], number_format="{index}.{seq:03}"
    )
    db.session.commit()
    assert documents.register(anna, register.id, "Rīkojums", clock.today()).number == "9-1.001"
    with pytest.raises(Forbidden):
        documents.add_register(bruno, "y", "Y", "8", "internal", ["internal"])


@pytest.mark.req("15.1", "15.2")
def test_the_job_reads_texts_opens_containers_and_tells_search(make_document, run_jobs, anna, pauls):
    inner = zip_of({"dziļi/Pielikums.txt": "Lūdzu atjaunot ietvi Skolas ielā".encode()})
    document = make_document(files=[("vēstule.txt", "Labdien, mana kaķene".encode()), ("pielikumi.zip", inner)])
    run_jobs()
    files = documents.files_of(document.id)
    assert [(f.name, f.depth, f.role, f.text_state) for f in files] == [
        ("vēstule.txt", 0, "original", "read"),
        ("pielikumi.zip", 0, "container", "read"),
        ("Pielikums.txt", 1, "original", "read"),
    ]
    assert documents.text_of_file(files[2]) == "Lūdzu atjaunot ietvi Skolas ielā"
    assert [hit.object_id for hit in search.find(anna, "ietves").hits] == [document.id]
    assert search.find(pauls, "ietves").total == 0
    documents.process_files(SYSTEM, document.id)
    assert len(documents.files_of(document.id)) == 3


def test_a_signed_container_is_checked_and_a_broken_one_is_registered_with_a_warning(
    make_document, run_jobs, shared_data
):
    real = (shared_data / "signed" / "asiceWithXades-t-level.asice").read_bytes()
    document = make_document(files=[("līgums.asice", real)])
    broken = make_document(files=[("lauzts.asice", _changed_inside(real))])
    run_jobs()
    [container, inner] = documents.files_of(document.id)
    assert container.signatures["signatures"][0]["signer"] and inner.parent_file_id == container.id
    assert broken.state == "registered" and broken.warning == Warn.SIGNATURE_INVALID
    assert documents.files_of(broken.id)[0].signatures["verdict"] == "invalid"


def _changed_inside(data):
    import zipfile

    source = zipfile.ZipFile(io.BytesIO(data))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            content = source.read(info)
            target.writestr(info.filename, content + b"!" if info.filename == "test.txt" else content)
    return out.getvalue()


def test_a_damaged_file_says_so_and_the_rest_is_read(make_document, run_jobs):
    document = make_document(files=[("a.txt", b"pirmais"), ("b.txt", b"otrais")])
    store = storage._store()
    first = documents.files_of(document.id)[0]
    path = store.staging() / "x"
    with store.open(first.sha256) as body:
        data = bytearray(body.read())
    data[260] ^= 1
    path.write_bytes(data)
    store.keep(first.sha256, path)
    run_jobs()
    one, two = documents.files_of(document.id)
    assert one.text_state == "failed" and first.sha256 in one.problem
    assert two.text_state == "read" and document.warning == Warn.FILE_PROBLEM


def test_containers_in_containers_are_opened_only_so_deep(make_document, run_jobs):
    data = zip_of({"sirds.txt": b"iekss"})
    for level in range(5):
        data = zip_of({f"l{level}.zip": data})
    document = make_document(files=[("matrjoška.zip", data)])
    run_jobs()
    files = documents.files_of(document.id)
    assert len(files) == 4 and files[-1].problem and document.warning == Warn.FILE_PROBLEM


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("rēķins.pdf", b"MZ is not a pdf", "programma"),
        ("rēķins.pdf", b"nothing like it", "nav īsta PDF datne"),
        ("x.txt", b"", "tukša"),
        ("bumba.zip", None, "zip bumba"),
        ("l.docx", zip_of({"a": b"1"}), "nav īsta DOCX"),
    ],
)
def test_an_upload_that_must_not_be_taken_in_is_named_and_the_others_are_kept(registers, anna, name, content, words):
    uploads, problems = documents.receive_uploads(
        anna, [(name, io.BytesIO(bomb() if content is None else content)), ("labs.txt", io.BytesIO(b"labs"))]
    )
    assert [upload.name for upload in uploads] == ["labs.txt"]
    assert len(problems) == 1 and words in problems[0] and name in problems[0]
    assert [p for p in storage._store().staging().iterdir() if p.is_file()] == []


@pytest.fixture
def message(monkeypatch):
    """What exchange says about a received message."""
    found = SimpleNamespace(
        id=uuid.uuid4(),
        external_id="m-1",
        sender="40003000000",
        sender_name="Ilze Paraugs",
        title="Par koku ciršanu",
        description="Lūdzu atļauju",
        kind_code="DOC_APPLICATION",
        sent_at=datetime(2026, 11, 20, 22, 30, tzinfo=UTC),
        received_at=datetime(2026, 11, 20, 22, 30, tzinfo=UTC),
        service_code=None,
        files=[],
        reply_to=None,
    )
    monkeypatch.setattr("portal.exchange.service.get_message", lambda actor, message_id: found)
    return found


@pytest.mark.req("9")
def test_a_received_message_becomes_one_document_with_its_term_from_the_riga_date(registers, message, clock_at):
    clock_at("2026-11-24 10:00")
    blob = storage.put(SYSTEM, b"teksts")
    message.files = [SimpleNamespace(name="iesniegums.txt", mime="text/plain", sha256=blob.sha256, size_bytes=6)]
    document = documents.register_received(SYSTEM, message.id)
    assert documents.register_received(SYSTEM, message.id).id == document.id
    assert (document.kind, document.author, document.title) == ("application", "Ilze Paraugs", "Par koku ciršanu")
    assert document.received_on == date(2026, 11, 21)  # 00:30 of the next day in Riga
    assert document.due_on == clock.add_working_days(date(2026, 11, 21), 10)
    assert [f.name for f in documents.files_of(document.id)] == ["iesniegums.txt"]
    assert db.session.query(Document).count() == 1


def test_other_messages_are_letters_and_a_nameless_one_gets_its_files_name(registers, message):
    message.kind_code, message.title = "EDOC", " "
    blob = storage.put(SYSTEM, b"teksts")
    message.files = [SimpleNamespace(name="vēstule.txt", mime="text/plain", sha256=blob.sha256, size_bytes=6)]
    document = documents.register_received(SYSTEM, message.id)
    assert (document.kind, document.title) == ("letter", "vēstule.txt")


@pytest.mark.req("12.1")
def test_other_areas_create_documents_with_their_own_readers(registers, dace, cast, pauls):
    blob = storage.put(SYSTEM, b"lemums")
    document = documents.create(
        SYSTEM,
        documents.DocumentKind.DECISION,
        "Lēmums",
        access_keys=["role:member"],
        files=[("lēmums.txt", "text/plain", blob.sha256, blob.size_bytes)],
    )
    db.session.commit()
    assert document.number == f"1-1/{clock.today().year}/1"
    assert documents.get_document(dace, document.id).id == document.id
    with pytest.raises(NotFound):
        documents.get_document(pauls, document.id)
    container = documents.attach_container(SYSTEM, document.id, blob.sha256, blob.size_bytes, "lēmums.asice")
    assert documents.attach_container(SYSTEM, document.id, blob.sha256, blob.size_bytes, "x").id == container.id


def test_the_case_of_a_document_lists_its_documents(make_document, anna, pauls):
    document, case_id = make_document(), uuid.uuid4()
    documents.join_case(SYSTEM, document.id, case_id)
    db.session.commit()
    assert [d.id for d in documents.documents_of_case(anna, case_id)] == [document.id]
    assert documents.documents_of_case(pauls, case_id) == []


def test_a_done_document_cannot_be_done_again(make_document, anna):
    document = make_document()
    documents.finish(anna, document.id)
    with pytest.raises((Conflict, Forbidden)):
        documents.finish(anna, document.id)


def test_readers_are_named_with_the_reason(make_document, anna, cast):
    document = make_document(unit_id=cast.units["2"].id, responsible_id=cast.liga.id)
    readers = {reader.who: reader.why for reader in documents.readers_of(anna, document)}
    assert readers == {
        "Loma: Lietvedis": "Visi ar šo lomu redz reģistra dokumentus",
        "Struktūrvienība: Attīstības nodaļa": "Dokuments pieder šai struktūrvienībai",
        "Līga Ozola": "Atbildīgais par dokumentu",
    }
    assert identity.names_of([cast.liga.id])[cast.liga.id] == "Līga Ozola"
