"""Documents, and the columns and tallies that follow them."""

import enum
import unicodedata
import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.documents.models.plans import Carrier, Dossier
from portal.documents.models.registers import Direction, Register, RegisterTally
from portal.documents.models.restrictions import Restriction
from portal.kernel import clock
from portal.kernel.db import db, primary_key
from portal.kernel.latvian import sort_key

NO_TERM = date(9999, 12, 31)  # sorts documents without a term behind all others
TITLE_LENGTH = 500


class DocumentKind(enum.StrEnum):
    """What a document is; the kind decides about its term."""

    LETTER = "letter"
    APPLICATION = "application"
    DECISION = "decision"
    MINUTES = "minutes"
    EXTRACT = "extract"
    OUTGOING = "outgoing"
    INTERNAL = "internal"
    CONTRACT = "contract"
    ORDER = "order"


class DocumentState(enum.StrEnum):
    """Where a document stands."""

    REGISTERED = "registered"
    IN_WORK = "in_work"
    DONE = "done"
    ANNULLED = "annulled"
    DESTROYED = "destroyed"  # by an approved act; only the record is left (LAW-98)


MOVES = {
    DocumentState.REGISTERED: {DocumentState.IN_WORK, DocumentState.DONE, DocumentState.ANNULLED},
    DocumentState.IN_WORK: {DocumentState.DONE, DocumentState.ANNULLED},
    DocumentState.DONE: {DocumentState.IN_WORK, DocumentState.ANNULLED, DocumentState.DESTROYED},
    DocumentState.ANNULLED: {DocumentState.DESTROYED},
    DocumentState.DESTROYED: set(),
}
OPEN_STATES = (DocumentState.REGISTERED, DocumentState.IN_WORK)
IS_OPEN = "state IN ('registered', 'in_work')"


class Warn(enum.StrEnum):
    """What a reader of a document must know before trusting its files (LAW-141); the worst one is kept."""

    FILE_PROBLEM = "file_problem"
    SIGNATURE_UNKNOWN = "signature_unknown"
    SIGNATURE_INVALID = "signature_invalid"


# PostgreSQL would sort by the server's locale; our keys are made to be compared code point by code point
_PlainOrder = sa.String(TITLE_LENGTH).with_variant(sa.String(TITLE_LENGTH, collation="C"), "postgresql")


class Document(db.Model):
    """A registered document: its number, what it is about, who answers for it and until when."""

    __tablename__ = "document"
    __table_args__ = (
        sa.UniqueConstraint("register_id", "year", "seq"),
        sa.UniqueConstraint("message_id"),
        sa.CheckConstraint("seq > 0", name="seq_positive"),
        # each order of the list carries the access set, so that rows the reader may not see are passed over unread
        sa.Index("ix_document_registered", "registered_at", "id", "access_set_id"),
        sa.Index("ix_document_register_registered", "register_id", "registered_at", "id", "access_set_id"),
        sa.Index("ix_document_title", "title_key", "id", "access_set_id"),
        sa.Index("ix_document_due", "due_key", "id", "access_set_id"),
        # what is open and due, whoever looks: few of many
        sa.Index(
            "ix_document_open_due", "due_key", "id", sqlite_where=sa.text(IS_OPEN), postgresql_where=sa.text(IS_OPEN)
        ),
        sa.Index("ix_document_number_order", "year", "seq", "id", "access_set_id"),
        sa.Index("ix_document_responsible", "responsible_id", "registered_at", "id"),
        sa.Index("ix_document_access_registered", "access_set_id", "registered_at", "id"),
        # most documents answer nothing and have no case: without those, databases see how few rows a value has
        *(
            sa.Index(
                name,
                column,
                sqlite_where=sa.text(f"{column} IS NOT NULL"),
                postgresql_where=sa.text(f"{column} IS NOT NULL"),
            )
            for name, column in (("ix_document_case", "case_id"), ("ix_document_answers", "answers_id"))
        ),
        sa.Index("ix_document_dossier", "dossier_id", "registered_at", "id", "access_set_id"),
    )
    id: Mapped[uuid.UUID] = primary_key()
    register_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("register.id"))
    direction: Mapped[Direction]
    kind: Mapped[DocumentKind]
    year: Mapped[int]
    seq: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(80), index=True)
    title: Mapped[str] = mapped_column(sa.String(TITLE_LENGTH))
    title_key: Mapped[str] = mapped_column(_PlainOrder)  # the title as it is sorted; kept by _derive
    find_text: Mapped[str]  # what the list's quick filter looks in; kept by _derive
    summary: Mapped[str] = mapped_column(default="")
    author: Mapped[str] = mapped_column(sa.String(300), default="")
    addressee: Mapped[str] = mapped_column(sa.String(300), default="")
    author_number: Mapped[str] = mapped_column(sa.String(80), default="")
    author_date: Mapped[date | None]
    received_on: Mapped[date]
    registered_at: Mapped[datetime] = mapped_column(default=clock.now)
    due_on: Mapped[date | None]
    due_key: Mapped[date]
    due_rule: Mapped[str] = mapped_column(sa.String(20), default="")
    responsible_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("unit.id"))
    case_id: Mapped[uuid.UUID | None]
    message_id: Mapped[uuid.UUID | None]
    answers_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("document.id"))
    # the version of the kind it was registered with, and what that kind asks for beside the fields above
    registration_kind_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("registration_kind.id"))
    extra: Mapped[dict] = mapped_column(default=dict)
    dossier_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("dossier.id"))
    destroyed_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("destruction_act.id"))
    late_days: Mapped[int] = mapped_column(default=0, server_default="0")  # registered so many days late (LAW-90)
    late_reason: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
    carrier: Mapped[Carrier] = mapped_column(default=Carrier.ELECTRONIC)
    done_note: Mapped[str] = mapped_column(sa.String(500), default="")
    state: Mapped[DocumentState] = mapped_column(default=DocumentState.REGISTERED)
    warning: Mapped[Warn | None]
    access_set_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("access_set.id"))
    registered_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))
    version: Mapped[int] = mapped_column()
    register: Mapped[Register] = relationship()
    restriction: Mapped["Restriction | None"] = relationship(  # the one in force
        primaryjoin="and_(Restriction.document_id == Document.id, Restriction.lifted_at.is_(None))",
        viewonly=True,
        uselist=False,
    )
    registration: Mapped["RegistrationKind | None"] = relationship()  # type: ignore[name-defined] # noqa: F821
    dossier: Mapped[Dossier | None] = relationship()
    __mapper_args__ = {"version_id_col": version}

    @property
    def is_open(self):
        """Is somebody still to do something about it?"""
        return self.state in OPEN_STATES

    @property
    def is_settled(self):
        """Annulled or destroyed: it can only be read."""
        return self.state in (DocumentState.ANNULLED, DocumentState.DESTROYED)

    def may_become(self, state):
        """Is the move in the table of moves?"""
        return state in MOVES[self.state]

    def __str__(self):
        return f"{self.number} {self.title}"


class Annulment(db.Model):
    """Why, when and by whom a document was annulled; its number is never given again."""

    __tablename__ = "document_annulment"
    id: Mapped[uuid.UUID] = primary_key()
    document_id: Mapped[uuid.UUID] = mapped_column(db.ForeignKey("document.id"), unique=True)
    reason: Mapped[str]
    annulled_at: Mapped[datetime] = mapped_column(default=clock.now)
    annulled_by_id: Mapped[uuid.UUID | None] = mapped_column(db.ForeignKey("person.id"))


# --- derived columns and the tally follow the documents, whoever writes them ------------------------------------------


def fold(text):
    """Text for loose comparison: small letters without diacritics."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


@sa.event.listens_for(Document, "before_insert")
@sa.event.listens_for(Document, "before_update")
def _derive(_mapper, _connection, document):
    document.title_key = sort_key(document.title)[:TITLE_LENGTH]
    document.due_key = document.due_on or NO_TERM
    document.find_text = fold(
        " ".join(
            filter(
                None,
                (
                    document.number,
                    document.title,
                    document.author,
                    document.addressee,
                    document.author_number,
                    *(str(value) for value in (document.extra or {}).values()),
                ),
            )
        )
    )


@sa.event.listens_for(Document, "after_insert")
def _count_new(_mapper, connection, document):
    _count(connection, {(document.register_id, document.access_set_id): 1})


@sa.event.listens_for(Document, "after_update")
def _count_moved(_mapper, connection, document):
    state = sa.inspect(document)
    registers, sets = state.attrs.register_id.history, state.attrs.access_set_id.history
    if not (registers.has_changes() or sets.has_changes()):
        return
    old = ((registers.deleted or [document.register_id])[0], (sets.deleted or [document.access_set_id])[0])
    _count(connection, {old: -1, (document.register_id, document.access_set_id): 1})


def _count(connection, changes):
    """Add to tallies, always in the same order, so that two writers never wait for each other."""
    table = RegisterTally.__table__
    insert = _insert_of(connection.dialect.name)
    for (register_id, access_set_id), step in sorted(changes.items(), key=lambda item: str(item[0])):
        statement = insert(table).values(register_id=register_id, access_set_id=access_set_id, documents=step)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[table.c.register_id, table.c.access_set_id],
                set_={"documents": table.c.documents + statement.excluded.documents},
            )
        )


def _insert_of(dialect):
    """The INSERT that knows ON CONFLICT, of either database."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    return insert
