"""The registry's list: filter, sort, page, count, export."""

import uuid
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import load_only

from portal.audit import service as audit
from portal.documents.models import OPEN_STATES, Direction, Document, DocumentKind, DocumentState, Register, fold
from portal.documents.service import registers
from portal.kernel import clock
from portal.kernel.access import visible_to
from portal.kernel.db import db
from portal.kernel.web import cursor_page

COUNT_LIMIT = 1000
EXPORT_PAGE = 500

# what a row shows; the rest of a document is not fetched for lists
_SHOWN = (
    Document.id,
    Document.number,
    Document.title,
    Document.kind,
    Document.direction,
    Document.state,
    Document.due_on,
    Document.author,
    Document.addressee,
    Document.received_on,
    Document.registered_at,
    Document.responsible_id,
    Document.warning,
    Document.late_days,
)
# what only some columns show
_ONLY_FOR = {
    "author_number": Document.author_number,
    "author_date": Document.author_date,
    "unit": Document.unit_id,
    "dossier": Document.dossier_id,
    "carrier": Document.carrier,
    "done_note": Document.done_note,
    "late": Document.late_reason,
}
# heading -> (columns, descending at first)
SORTS = {
    "registered": ((Document.registered_at, Document.id), True),
    "number": ((Document.year, Document.seq, Document.id), True),
    "title": ((Document.title_key, Document.id), False),
    "due": ((Document.due_key, Document.id), False),
}


@dataclass(frozen=True)
class DocumentFilters:
    """What a list is narrowed to; it travels in the URL. Unknown values are left out, never an error."""

    direction: Direction | None = None
    register: str = ""
    kind: DocumentKind | None = None
    state: DocumentState | None = None
    responsible: str = ""  # "me" or a person's id
    late: bool = False
    dossier: str = ""  # a dossier's id
    since: date | None = None  # registered on this day or later
    until: date | None = None
    columns: tuple = ()
    text: str = ""
    sort: str = "registered"
    descending: bool | None = None

    @classmethod
    def from_query(cls, query):
        """From the parameters of a URL."""
        late, order = query.get("late") == "1", query.get("order", "")
        sort = query.get("sort", "")
        return cls(
            direction=_member(Direction, query.get("direction")),
            register=query.get("register", "")[:40],
            kind=_member(DocumentKind, query.get("kind")),
            state=_member(DocumentState, query.get("state")),
            responsible=_responsible(query.get("responsible", "")),
            dossier=_id(query.get("dossier", "")),
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
            columns=_columns(query),
            late=late,
            text=" ".join(query.get("text", "").split())[:200],
            sort=sort if sort in SORTS else _usual_sort(late),
            descending={"asc": False, "desc": True}.get(order),
        )

    def to_query(self, **changes):
        """Parameters for a URL with these filters, some replaced; empty ones are left out."""
        values = {f.name: getattr(self, f.name) for f in fields(self)} | changes
        descending = values.pop("descending")
        if descending is not None and descending != SORTS[values["sort"]][1]:
            values["order"] = "desc" if descending else "asc"
        if values["sort"] == _usual_sort(values["late"]):
            values["sort"] = ""
        values["late"] = "1" if values["late"] else ""
        values["columns"] = ".".join(values["columns"])
        return {name: str(value) for name, value in values.items() if value}

    def toggled(self, sort):
        """Parameters for the heading of a column: a second press turns the order round."""
        now = self.is_descending if self.sort == sort else None
        return self.to_query(sort=sort, descending=SORTS[sort][1] if now is None else not now)

    @property
    def is_descending(self):
        """The order in force."""
        return SORTS[self.sort][1] if self.descending is None else self.descending

    @property
    def narrows(self):
        """Is anything but a register asked for? Then rows must be counted, else tallies know."""
        words = (self.direction, self.kind, self.state, self.responsible, self.late, self.text, self.dossier)
        return any(words) or bool(self.since or self.until)


def list_documents(actor, filters, after=None, size=50):
    """A Page of the documents that the actor may see, with what a row shows and no more."""
    columns, _first = SORTS[filters.sort]
    order = [column.desc() for column in columns] if filters.is_descending else list(columns)
    more = [column for name, column in _ONLY_FOR.items() if name in filters.columns]
    if "extra" in filters.columns:
        more += [Document.extra, Document.registration_kind_id]
    query = _matching(actor, filters).options(load_only(*_SHOWN, *columns, *more, raiseload=True))
    return cursor_page(query, order, size=size, cursor=after)


@dataclass(frozen=True)
class Overview:
    """What stands around a list: registers in order, how many documents of each the reader sees, the register chosen,
    how many documents match, and whether there are more than that."""

    registers: list
    counts: dict
    register: Register | None
    number: int
    more: bool


def overview(actor, filters):
    """The Overview, in three queries at most, however many documents there are."""
    all_registers = registers.list_registers(actor)
    counts = registers.counts(actor)
    chosen = next((r for r in all_registers if r.code == filters.register), None)
    if filters.narrows or (filters.register and chosen is None):
        number, more = count_documents(actor, filters)
    else:
        number, more = counts.get(chosen.id, 0) if chosen else sum(counts.values()), False
    return Overview(all_registers, counts, chosen, number, more)


def count_documents(actor, filters):
    """(number, whether there are more than that): exact up to COUNT_LIMIT, so that counting stays quick."""
    some = _matching(actor, filters).with_only_columns(Document.id).limit(COUNT_LIMIT + 1).subquery()
    number = db.session.scalar(sa.select(sa.func.count()).select_from(some))
    return min(number, COUNT_LIMIT), number > COUNT_LIMIT


def export_documents(actor, filters):
    """All matching documents in the list's order, as pages of them, one in memory at a time. The export is audited."""
    audit.record(actor, "document.exported", object_kind="document", new=filters.to_query() or None)
    return pages_of(actor, filters)


def pages_of(actor, filters):
    """Lists of the matching documents with every column loaded, in the list's order."""
    columns, _first = SORTS[filters.sort]
    order = [column.desc() for column in columns] if filters.is_descending else list(columns)
    cursor = None
    while True:
        page = cursor_page(_matching(actor, filters), order, size=EXPORT_PAGE, cursor=cursor)
        yield page.rows
        cursor = page.next
        if cursor is None:
            return
        for row in page.rows:
            db.session.expunge(row)


def register_of(filters):
    """The register that a list is narrowed to, None for all of them."""
    return db.session.scalar(sa.select(Register).where(Register.code == filters.register)) if filters.register else None


def _matching(actor, filters):
    query = sa.select(Document).where(visible_to(actor, Document))
    if filters.register:
        query = query.where(Document.register_id == registers.id_of(filters.register))
    for name in ("direction", "kind", "state"):
        value = getattr(filters, name)
        if value:
            query = query.where(getattr(Document, name) == value)
    if filters.responsible:
        person_id = actor.person_id if filters.responsible == "me" else uuid.UUID(filters.responsible)
        query = query.where(Document.responsible_id == person_id)
    if filters.dossier:
        query = query.where(Document.dossier_id == uuid.UUID(filters.dossier))
    if filters.since:
        query = query.where(Document.registered_at >= clock.at_local(filters.since, 0))
    if filters.until:
        query = query.where(Document.registered_at < clock.at_local(filters.until + timedelta(days=1), 0))
    if filters.late:
        query = query.where(Document.due_key < clock.today(), Document.state.in_(OPEN_STATES))
    for word in fold(filters.text).split():
        query = query.where(Document.find_text.contains(word, autoescape=True))
    return query


def _usual_sort(late):
    """What is late is read by term, the latest first; everything else by registration."""
    return "due" if late else "registered"


def _member(kind, value):
    try:
        return kind(value) if value else None
    except ValueError:
        return None


def _responsible(value):
    return value if value in ("", "me") else _id(value)


def _id(value):
    try:
        return str(uuid.UUID(value))
    except ValueError:
        return ""


def _columns(query):
    """Names of columns: from a link (columns=a.b) or from the boxes of a form (columns=a&columns=b)."""
    given = query.getlist("columns") if hasattr(query, "getlist") else [query.get("columns", "")]
    return tuple(name for name in ".".join(given).split(".") if name.isidentifier())[:20]


def _day(value):
    """A day of a URL, as people type it or as links hold it; None for anything else."""
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%Y."):
        try:
            day = datetime.strptime(value.strip(), form).date()
        except ValueError:
            continue
        return day if 1900 <= day.year <= 2999 else None
    return None
