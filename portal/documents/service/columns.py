"""Columns that a list, a table or a print-out may have, and their cells as text."""

import sqlalchemy as sa

from portal.documents.models import NO_TERM, Dossier
from portal.documents.service.kinds import extra_lines, kinds_by_id, people_in
from portal.documents.words import CARRIERS, DIRECTIONS, KINDS, STATES
from portal.identity import service as identity
from portal.kernel.db import db
from portal.kernel.i18n import _l, date_short, moment, ngettext

COLUMNS = {
    "number": _l("Document number"),
    "title": _l("Title"),
    "kind": _l("Kind"),
    "direction": _l("Direction"),
    "state": _l("State"),
    "author": _l("Author"),
    "author_number": _l("Author's number"),
    "author_date": _l("Author's date"),
    "addressee": _l("Addressee"),
    "received": _l("Received or dated on"),
    "registered": _l("Registered"),
    "late": _l("Registered later"),
    "due": _l("Due"),
    "responsible": _l("Responsible"),
    "unit": _l("Unit"),
    "dossier": _l("Dossier"),
    "carrier": _l("Carrier"),
    "done_note": _l("Note on execution"),
    "extra": _l("Further data"),
}
USUAL = ("number", "title", "state", "due", "registered", "responsible")
ALWAYS = ("number", "title")


def columns_of(chosen, export=False):
    """The columns of a list: those chosen, the number and the title always; the usual ones without a choice.
    export: all of them without a choice."""
    names = [name for name in chosen if name in COLUMNS]
    if not names:
        return tuple(COLUMNS) if export else USUAL
    return (*ALWAYS, *(name for name in COLUMNS if name in names and name not in ALWAYS))


def late_said(document):
    """By how much a document was registered later than its register's setting allows, and why (LAW-90)."""
    if not document.late_days:
        return ""
    days = ngettext("%(num)s working day", "%(num)s working days", document.late_days)
    return f"{days}: {document.late_reason}" if document.late_reason else days


class Cells:
    """Cells of documents as text; what documents refer to is looked up once a page, never once a row."""

    def __init__(self, actor):
        self.actor, self.units = actor, None
        self.kinds, self.names, self.dossiers = {}, {}, {}

    def of(self, documents, names):
        """A row of texts for each document."""
        self._look_up(documents, names)
        return [[self._cell(document, name) for name in names] for document in documents]

    def _look_up(self, documents, names):
        if "unit" in names and self.units is None:
            self.units = {unit.id: unit for unit in identity.list_units(self.actor)}
        people = {d.responsible_id for d in documents if d.responsible_id} if "responsible" in names else set()
        if "extra" in names:
            self.kinds |= kinds_by_id({d.registration_kind_id for d in documents} - set(self.kinds) - {None})
            people |= people_in((self.kinds.get(d.registration_kind_id), d.extra) for d in documents)
        if people - set(self.names):
            self.names |= identity.names_of(people - set(self.names))
        if "dossier" in names:
            ids = {d.dossier_id for d in documents} - set(self.dossiers) - {None}
            rows = db.session.execute(sa.select(Dossier.id, Dossier.index).where(Dossier.id.in_(ids))) if ids else ()
            self.dossiers |= {dossier_id: index for dossier_id, index in rows}

    def _cell(self, document, name):
        if name in ("number", "title", "author", "author_number", "addressee", "done_note"):
            return getattr(document, name)
        if name in ("author_date", "due"):
            day = document.author_date if name == "author_date" else document.due_on
            return date_short(day) if day and day != NO_TERM else ""
        return str(_SHOWN[name](self, document))


_SHOWN = {
    "kind": lambda cells, document: KINDS[document.kind],
    "direction": lambda cells, document: DIRECTIONS[document.direction],
    "state": lambda cells, document: STATES[document.state],
    "received": lambda cells, document: date_short(document.received_on),
    "registered": lambda cells, document: moment(document.registered_at),
    "late": lambda cells, document: late_said(document),
    "responsible": lambda cells, document: cells.names.get(document.responsible_id, ""),
    "unit": lambda cells, document: cells.units.get(document.unit_id, ""),
    "dossier": lambda cells, document: cells.dossiers.get(document.dossier_id, ""),
    "carrier": lambda cells, document: CARRIERS[document.carrier],
    "extra": lambda cells, document: "; ".join(
        f"{label}: {text}"
        for label, text in extra_lines(cells.kinds.get(document.registration_kind_id), document.extra, cells.names)
    ),
}
