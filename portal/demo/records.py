"""The registry of the past two years, written in bulk: the rows that the services would have written one by one."""

from datetime import timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.demo import plan
from portal.documents import service as documents
from portal.documents.models import Document, DocumentFile, DocumentState, RegisterCounter, TextState
from portal.documents.service.deadlines import term_of
from portal.documents.service.registers import register_for
from portal.kernel import clock
from portal.kernel.access import SYSTEM, set_of
from portal.kernel.db import db, new_id
from portal.search import service as search
from portal.search.models import SearchEntry
from portal.storage import service as storage
from portal.storage.models import BlobText

DAYS = 600
BATCH = 250


def fill(town, writer, count, progress):
    """Register `count` documents, spread over DAYS days up to yesterday; every fourth has a file."""
    registers = {kind: register_for(kind) for kind in ("application", "letter", "outgoing", "decision", "internal")}
    dossiers = plan.draw_up(town, DAYS)
    units = [unit for index, unit in town.units.items() if index not in ("0", "1")]
    people = [actor for name, actor in town.actors.items() if not name.startswith("deputats")]
    numbers = {(row.register_id, row.year): row.last for row in db.session.scalars(sa.select(RegisterCounter))}
    today, batch = clock.today(), []
    for place in range(count):
        letter = writer.letter()
        day = today - timedelta(days=DAYS - place * (DAYS - 1) // count)
        register = registers[letter.kind]
        key = (register.id, day.year)
        numbers[key] = numbers.get(key, 0) + 1
        unit, person = writer.random.choice(units), writer.random.choice(people)
        dossier_id = dossiers.get((register.code, day.year))
        batch.append(_document(letter, register, day, numbers[key], unit, person, today, dossier_id))
        if len(batch) == BATCH or place == count - 1:
            _save(batch, town.actors["anna"])
            batch = []
            progress(f"dokumenti: {place + 1} / {count}")
    for (register_id, year), last in numbers.items():
        db.session.merge(RegisterCounter(register_id=register_id, year=year, last=last))
    db.session.commit()


def _document(letter, register, day, seq, unit, person, today, dossier_id):
    due_on, rule = term_of(letter.kind, day)
    done = due_on is None or (today - day).days > 25
    document = Document(
        id=new_id(), register=register, direction=register.direction, kind=letter.kind, year=day.year, seq=seq,
        number=register.number_of(day.year, seq, unit.index), title=letter.title, summary=letter.text,
        author=letter.author, addressee=letter.addressee, received_on=day, dossier_id=dossier_id,
        registered_at=clock.at_local(day, 9, seq % 60),
        due_on=due_on, due_rule=rule, responsible_id=person.person_id, unit_id=unit.id,
        state=DocumentState.DONE if done else DocumentState.IN_WORK,
        access_set_id=set_of(*register.default_keys, f"unit:{unit.id}", f"person:{person.person_id}"),
    )  # fmt: skip
    return document, letter


def _save(batch, clerk):
    for document, _letter in batch:
        document.registered_by_id = clerk.person_id
    db.session.add_all(document for document, _letter in batch)
    db.session.flush()
    with_file = [pair for place, pair in enumerate(batch) if place % 4 == 0]
    for document, letter in with_file:
        data = letter.text.encode()
        blob = storage.put(SYSTEM, data)
        db.session.merge(BlobText(sha256=blob.sha256, name="teksts.txt", mime="text/plain", text=letter.text))
        db.session.add(DocumentFile(
            document_id=document.id, name="teksts.txt", mime="text/plain", sha256=blob.sha256, size_bytes=len(data),
            text_state=TextState.READ, added_at=document.registered_at, added_by_id=clerk.person_id,
        ))  # fmt: skip
    last, letter = batch[-1]
    db.session.execute(sa.insert(SearchEntry), [_entry(*pair) for pair in batch[:-1]])
    entry = _entry(last, letter)
    search.put(*(entry[name] for name in ("kind", "object_id", "title", "number", "text", "date", "unit", "url",
                                          "access_set_id")),
               author=entry["author"], status=entry["status"], class_name=entry["class_name"])  # fmt: skip
    audit.record_rows(clerk, [
        {"action": "document.registered", "obj": document, "at": document.registered_at,
         "new": {"number": document.number, "title": document.title}} for document, _letter in batch
    ])  # fmt: skip
    db.session.commit()


def _entry(document, letter):
    extra = " ".join(filter(None, (document.author, document.addressee)))
    return {
        "kind": "document", "object_id": document.id, "title": document.title, "number": document.number,
        "text": f"{letter.text}\n{extra}", "date": document.received_on, "unit": str(document.unit_id),
        "url": f"/documents/{document.id}", "access_set_id": document.access_set_id, "author": document.author,
        "status": f"document.{document.state}", "class_name": documents.class_of(document.kind),
    }  # fmt: skip


def install():
    """The registers a new instance starts with."""
    documents.install_registers()
