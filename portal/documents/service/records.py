"""Documents themselves: register, read, correct, assign, finish, annul, share."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.events import DocumentAnswered, DocumentChanged, DocumentRegistered
from portal.documents.models import TITLE_LENGTH, Annulment, Carrier, Direction, Document, DocumentKind, DocumentState
from portal.documents.service import kinds, numbers, registers
from portal.documents.service.deadlines import term_of
from portal.documents.service.files import add_uploads
from portal.documents.service.indexing import index_document
from portal.documents.service.mail import suggest
from portal.documents.service.restrictions import ensure_openable, restrict_answer, widened
from portal.identity import service as identity
from portal.kernel import access, clock
from portal.kernel.access import set_of
from portal.kernel.db import db, reading
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, ngettext

# what people correct by hand, with the longest value of each
EDITABLE = {
    "title": TITLE_LENGTH,
    "summary": 10_000,
    "author": 300,
    "addressee": 300,
    "author_number": 80,
    "author_date": None,
    "received_on": None,
    "carrier": None,
}


class EditedMeanwhile(Conflict):
    """Somebody saved the document after the editor opened it. `theirs` and `mine` hold the values that differ."""

    def __init__(self, theirs, mine, version):
        super().__init__(_("Somebody else changed the document while you were editing; compare and decide"))
        self.theirs, self.mine, self.version = theirs, mine, version


def register(
    actor,
    register_id,
    title,
    received_on,
    *,
    kind=None,
    summary="",
    author="",
    addressee="",
    author_number="",
    author_date=None,
    unit_id=None,
    responsible_id=None,
    uploads=(),
    registration=None,
    extra=None,
    carrier=Carrier.ELECTRONIC,
    answers_id=None,
    reserved=None,
    late_reason=None,
):
    """Give a document that arrived, was sent or was made its number and, where the law says so, its term (12.2).
    received_on: date of legal receipt (or of the document) in Riga. uploads: from `receive_uploads`.
    registration: key of the kind of registration (the register's first); extra: values of that kind's own fields.
    answers_id: the document that this one answers, which is done with it. reserved: (year, sequence number) that was
    kept back. late_reason: why it is registered later than the register's setting says; None when nobody was asked.
    Returns the saved Document. Raises Forbidden; Invalid naming the field.
    Rules: LAW-79 (number), LAW-90 (in time), LAW-91 and R282-33 (data), LAW-104 (term).
    """
    register = registers.get_register(actor, register_id)
    ensure(policy.can_register(actor, register))
    asked = kinds.find_kind(registration) if registration else kinds.kind_for(register, kind)
    kind = DocumentKind(kind or (asked.kind if asked else register.kinds[0]))
    if kind not in register.kinds or (asked and register.code not in asked.registers):
        raise Invalid(_("The register does not take this kind of document"), field="kind")
    answered = get_document(actor, answers_id) if answers_id else None
    if answered is not None:
        ensure(policy.can_answer(actor, answered))
    year, seq = reserved or (None, None)
    if received_on > clock.today():
        raise Invalid(_("The date of receipt lies in the future"), field="received_on")
    if late_reason is not None and _days_late(register, received_on) and not late_reason.strip():
        raise Invalid(
            ngettext(
                "Registered later than within %(num)s working day of receipt, sending or signing; say why",
                "Registered later than within %(num)s working days of receipt, sending or signing; say why",
                register.within_days,
            ),
            field="late_reason",
        )
    document = _numbered(
        actor,
        register,
        kind,
        asked,
        title,
        received_on,
        unit_id=unit_id,
        responsible_id=responsible_id,
        summary=summary,
        author=author,
        addressee=addressee,
        author_number=author_number,
        author_date=author_date,
        extra=kinds.checked_extra(asked, extra),
        carrier=Carrier(carrier),
        answers_id=answered.id if answered else None,
        late_reason=" ".join((late_reason or "").split())[:500] if _days_late(register, received_on) else "",
        number_taken=(year, numbers.take_reserved(register, year, seq)) if reserved else None,
    )
    add_uploads(actor, document, uploads)
    _registered(actor, document)
    return document


def register_each(actor, register_id, received_on, *, uploads, **values):
    """Register each file as a document of its own: an e-mail brings its own sender and subject, any other file its
    name as title. What the form holds serves all. Returns the documents. Raises as `register`."""
    values.pop("title", None)
    own = [suggest([upload]) for upload in uploads]  # read first: reading lets the transaction go
    return [
        register(actor, register_id, received_on=received_on, uploads=[upload], **{**values, **each})
        for upload, each in zip(uploads, own, strict=True)
    ]


def _registered(actor, document):
    """Let the others know; what answers a restricted document is as closed as that one before anybody does."""
    if document.answers_id:
        restrict_answer(document, db.session.get_one(Document, document.answers_id))
    announce(actor, DocumentRegistered(document_id=document.id, direction=document.direction.value))
    _close_answered(actor, document)


def _close_answered(actor, answer):
    """An answer does what its document asked for: that one is done (12.2). A case says itself when it is answered."""
    if not answer.answers_id or answer.direction != Direction.OUTGOING:
        return
    answered = db.session.get_one(Document, answer.answers_id)
    if not answered.is_open or answered.case_id:
        return
    answered.done_note = _("Answered with Nr. %(number)s", number=answer.number)
    _move(answered, DocumentState.DONE)
    audit.record(actor, "document.done", answered, reason=answered.done_note)
    _changed(actor, answered)
    announce(actor, DocumentAnswered(document_id=answered.id, answer_id=answer.id, number=answer.number))


def create(
    actor,
    kind,
    title,
    *,
    files=(),
    case_id=None,
    unit_id=None,
    access_keys=(),
    register_code=None,
    addressee="",
    summary="",
    dated_on=None,
    responsible_id=None,
    answers_id=None,
):
    """A numbered document that the municipality made itself: decision, minutes, extract, letter, note.
    Called by the area whose act it is, after that area's policy. files: (name, mime, sha256, size_bytes) of kept blobs.
    dated_on: date of the document (today); for minutes that of the session (LAW-82). Returns the Document.
    """
    register = registers.register_for(kind, register_code)
    document = _numbered(
        actor,
        register,
        kind,
        kinds.kind_for(register, kind),
        title,
        dated_on or clock.today(),
        unit_id=unit_id,
        responsible_id=responsible_id,
        addressee=addressee,
        summary=summary,
        case_id=case_id,
        answers_id=answers_id,
        access_keys=access_keys,
    )
    add_uploads(actor, document, files)
    _registered(actor, document)
    return document


def _numbered(
    actor,
    register,
    kind,
    asked,
    title,
    received_on,
    *,
    unit_id=None,
    responsible_id=None,
    access_keys=(),
    number_taken=None,
    **values,
):
    """Take a number, or the one that was kept back, and write the row, its audit record and its search entry."""
    title = _checked("title", title)
    for name in ("summary", "author", "addressee", "author_number"):
        values[name] = _checked(name, values.get(name, ""))
    unit_id = unit_id or register.unit_id
    # the number counts registrations of the year, whatever the date of receipt
    year, seq = number_taken or (clock.today().year, None)
    seq = seq or registers.take_number(register, year)
    values = {"registration_kind_id": asked.id if asked else None, "extra": {}} | values
    if not values.get("dossier_id"):
        values["dossier_id"] = registers.dossier_for(register, asked, year) or None
    due_on, rule = term_of(kind, received_on)
    document = Document(
        register=register,
        direction=register.direction,
        kind=kind,
        year=year,
        seq=seq,
        title=title,
        number=registers.number_of(register, year, seq, unit_id),
        received_on=received_on,
        due_on=due_on,
        due_rule=rule,
        unit_id=unit_id,
        responsible_id=responsible_id,
        state=DocumentState.IN_WORK if responsible_id else DocumentState.REGISTERED,
        registered_by_id=actor.person_id,
        registered_at=clock.now(),
        late_days=_days_late(register, received_on),
        access_set_id=set_of(*_keys(register, unit_id, responsible_id), *access_keys),
        **values,
    )
    db.session.add(document)
    db.session.flush()
    audit.record(
        actor,
        "document.registered",
        document,
        new={
            "number": document.number,
            "title": title,
            "kind": kind.value,
            "received_on": received_on.isoformat(),
            "due_on": due_on and due_on.isoformat(),
            "register": register.code,
        },
    )
    index_document(document)
    return document


def _days_late(register, received_on, registered_on=None):
    """How many working days after the time that the register's setting allows it is registered (today); only what was
    received or sent has such a time (LAW-90)."""
    if register.direction == Direction.INTERNAL:
        return 0
    return max(0, clock.working_days_between(received_on, registered_on or clock.today()) - register.within_days)


def _keys(register, unit_id, responsible_id):
    keys = list(register.default_keys)
    keys += [f"unit:{unit_id}"] if unit_id else []
    keys += [f"person:{responsible_id}"] if responsible_id else []
    return keys


def keys_for(document, responsible_id):
    """Who sees a document when somebody becomes responsible: a restricted one is opened to nobody else (LAW-103)."""
    if document.restriction is None:
        return _keys(document.register, document.unit_id, responsible_id)
    return [f"person:{responsible_id}"] if responsible_id else []


def get_document(actor, document_id):
    """The document. Raises NotFound, also when it exists but the actor may not see it: that try is audited."""
    document = db.session.get(
        Document,
        _uuid(document_id),
        options=[
            joinedload(Document.restriction),
            joinedload(Document.register),
            joinedload(Document.registration),
            joinedload(Document.dossier),
        ],
    )
    if document is None:
        raise NotFound(_("There is no such document"))
    if not access.can_see(actor, document):
        name = str(document)
        db.session.rollback()
        with reading():  # what was done is undone; the refusal is kept in a transaction of its own
            audit.record(
                actor,
                "document.refused",
                object_kind="document",
                object_id=str(document_id),
                label=name,
                result="refused",
                reason=_("Not among those who may see the document"),
            )
        raise NotFound(_("There is no such document"))
    return document


def open_document(actor, document_id, purpose=""):
    """The document, for showing to a person: the reading is audited with its purpose. Raises NotFound, NotYet while
    something is to be said or confirmed first."""
    document = get_document(actor, document_id)
    ensure_openable(actor, document, purpose)
    audit.record_reading(actor, "document.read", document, purpose or None)
    return document


def update_document(actor, document_id, version, reason, *, extra=None, **values):
    """Correct registration data; the log keeps old values, author, time and reason (LAW-92).
    version: the one the editor saw. extra: values of the kind's own fields, None to leave them.
    Raises Forbidden, Invalid, EditedMeanwhile with both sides."""
    document = get_document(actor, document_id)
    ensure(policy.can_edit(actor, document))
    values = {name: _checked(name, value) for name, value in values.items() if name in EDITABLE}
    kind = kinds.kind_of(document)
    if extra is not None and kind:
        values["extra"] = kinds.checked_extra(kind, extra)
    if version != document.version:
        theirs = {name: getattr(document, name) for name, value in values.items() if getattr(document, name) != value}
        if theirs:
            raise EditedMeanwhile(theirs, {name: values[name] for name in theirs}, document.version)
    if not (reason or "").strip():
        raise Invalid(_("Say why the data are corrected; the reason stays in the history"), field="reason")
    if values.get("received_on") and values["received_on"] > clock.today():
        raise Invalid(_("The date of receipt lies in the future"), field="received_on")
    old = {name: getattr(document, name) for name, value in values.items() if getattr(document, name) != value}
    if not old:
        return document
    for name in old:
        setattr(document, name, values[name])
    if "received_on" in old:
        registered_on = clock.local(document.registered_at).date()
        document.late_days = _days_late(document.register, document.received_on, registered_on)
    if "received_on" in old and document.due_rule != "case":
        document.due_on, document.due_rule = term_of(document.kind, document.received_on)
    db.session.flush()
    new = {name: values[name] for name in old}
    if "extra" in old:  # the log names the fields as people know them
        was, now = dict(kinds.extra_lines(kind, old.pop("extra"))), dict(kinds.extra_lines(kind, new.pop("extra")))
        for label in dict.fromkeys([*was, *now]):
            if was.get(label) != now.get(label):
                old[label], new[label] = was.get(label), now.get(label)
    audit.record(actor, "document.corrected", document, old=_plain(old), reason=reason, new=_plain(new))
    _changed(actor, document)
    return document


def assign(actor, document_id, person_id, admit=False):
    """Name the person responsible: they and their unit see the document, and it is in work. admit: as in `widened`.
    Raises Forbidden, NotFound, Invalid("responsible_id")."""
    document = get_document(actor, document_id)
    ensure(policy.can_assign(actor, document))
    person = identity.get_person(actor, _uuid(person_id))
    if not person.active:
        raise Invalid(_("The account of this person is closed; choose somebody else"), field="responsible_id")
    keys = widened(actor, document, [f"person:{person.id}"], admit) if document.restriction else None
    old = document.responsible_id
    document.responsible_id = person.id
    document.unit_id = document.unit_id or person.unit_id
    keys = keys or keys_for(document, person.id)
    if document.state == DocumentState.REGISTERED:
        document.state = DocumentState.IN_WORK
    document.access_set_id = set_of(*keys, base=document.access_set_id)
    db.session.flush()
    names = identity.names_of([i for i in (old, person.id) if i])
    audit.record(
        actor,
        "document.assigned",
        document,
        old={"responsible": names.get(old)},
        new={"responsible": names.get(person.id)},
    )
    _changed(actor, document)
    return document


def finish(actor, document_id, note=""):
    """Mark as done. Raises Forbidden, Conflict."""
    document = get_document(actor, document_id)
    ensure(policy.can_finish(actor, document))
    document.done_note = (note or "")[:500]
    _move(document, DocumentState.DONE)
    audit.record(actor, "document.done", document, reason=note or None)
    _changed(actor, document)
    return document


def finish_if_open(actor, document_id, note=""):
    """Mark as done what is not done or annulled yet: its case was closed. Raises Forbidden, NotFound."""
    if get_document(actor, document_id).is_open:
        finish(actor, document_id, note)


def annul(actor, document_id, reason):
    """Take a document out of force: it stays readable, its number stays taken, the reason is kept.
    Raises Forbidden, Conflict, Invalid("reason")."""
    document = get_document(actor, document_id)
    ensure(policy.can_annul(actor, document))
    if not (reason or "").strip():
        raise Invalid(_("Say why the document is annulled"), field="reason")
    _move(document, DocumentState.ANNULLED)
    db.session.add(Annulment(document_id=document.id, reason=reason.strip(), annulled_by_id=actor.person_id))
    db.session.flush()
    audit.record(actor, "document.annulled", document, reason=reason.strip())
    _changed(actor, document)
    return document


def annulment_of(document):
    """The Annulment, None when the document is in force."""
    if document.state != DocumentState.ANNULLED:
        return None
    return db.session.scalar(sa.select(Annulment).where(Annulment.document_id == document.id))


def share(actor, document_id, *keys, admit=False):
    """Let more keys open the document, for example `role:member` or `Key("person:…", until=date)`. admit: as in
    `widened`.
    Raises Forbidden, NotFound."""
    document = get_document(actor, document_id)
    ensure(policy.can_share(actor, document))
    new_set = set_of(*widened(actor, document, keys, admit), base=document.access_set_id)
    if new_set == document.access_set_id:
        return document
    old, document.access_set_id = _key_names(document.access_set_id), new_set
    db.session.flush()
    audit.record(actor, "document.shared", document, old={"keys": old}, new={"keys": _key_names(new_set)})
    _changed(actor, document)
    return document


def join_case(actor, document_id, case_id, due_on=None):
    """Put a document into a case: called by the area of cases, after its policy.
    due_on: the case's term, which from now on is the document's too."""
    document = db.session.get(Document, document_id)
    if document is None:
        raise NotFound(_("There is no such document"))
    if document.case_id != case_id:
        document.case_id = case_id
        if due_on is not None:
            document.due_on, document.due_rule = due_on, "case"
        db.session.flush()
        due = {"due_on": due_on.isoformat()} if due_on else {}
        audit.record(actor, "document.joined_case", document, new={"case": str(case_id), **due})
    return document


def answers_to(actor, document):
    """The documents that answer this one, of those that the actor may see, oldest first."""
    return list(
        db.session.scalars(
            sa.select(Document)
            .where(Document.answers_id == document.id, access.visible_to(actor, Document))
            .order_by(Document.registered_at, Document.id)
        )
    )


def documents_of_case(actor, case_id):
    """The documents of a case that the actor may see, oldest first."""
    return list(
        db.session.scalars(
            sa.select(Document)
            .where(Document.case_id == case_id, access.visible_to(actor, Document))
            .order_by(Document.registered_at, Document.id)
        )
    )


def document_of_message(message_id):
    """Id of the document that an e-address message became, None before it is registered."""
    return db.session.scalar(sa.select(Document.id).where(Document.message_id == message_id))


def _move(document, state):
    if not document.may_become(state):
        raise Conflict(_("The document is no longer in the state in which this can be done; open it again"))
    document.state = state
    db.session.flush()


def _changed(actor, document):
    index_document(document)
    announce(actor, DocumentChanged(document_id=document.id))


def _checked(name, value):
    """A value of an editable field in its tidy form. Raises Invalid."""
    longest = EDITABLE.get(name)
    if longest is None:
        if value is None and name == "received_on":
            raise Invalid(_("Fill in this field"), field=name)
        return Carrier(value) if name == "carrier" else value
    value = " ".join((value or "").split()) if name != "summary" else (value or "").strip()
    value = value.replace("\x00", "")
    if name == "title" and not value:
        raise Invalid(_("Fill in this field"), field="title")
    if len(value) > longest:
        raise Invalid(_("At most %(max)s characters; now %(size)s", max=longest, size=len(value)), field=name)
    return value


def _plain(values):
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}


def _key_names(set_id):
    return [key.name for key in access.keys_of(set_id)]


def _uuid(value):
    if isinstance(value, uuid.UUID):
        return value
    try:
        return uuid.UUID(str(value))
    except ValueError as error:
        raise NotFound(_("There is no such document")) from error
