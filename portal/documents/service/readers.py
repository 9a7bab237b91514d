"""Who may see a document, in words, and letting others see it."""

import uuid
from dataclasses import dataclass
from datetime import date

from portal.documents.service.records import get_document, share
from portal.identity import service as identity
from portal.identity.roles import ROLES
from portal.kernel import access, clock
from portal.kernel.access import Key
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _


@dataclass(frozen=True)
class Reader:
    """One reason why somebody sees a document."""

    who: str
    why: str
    until: date | None
    key: str = ""


def readers_of(actor, document):
    """Readers of a document, whoever they are: role, unit or person."""
    keys = access.keys_of(document.access_set_id)
    ids = {
        kind: [uuid.UUID(key.name.split(":", 1)[1]) for key in keys if key.name.startswith(f"{kind}:")]
        for kind in ("unit", "person")
    }
    names = identity.names_of(ids["person"])
    units = {unit.id: unit for unit in identity.list_units(actor)} if ids["unit"] else {}
    return [_reader(document, key, names, units) for key in keys]


def _reader(document, key, names, units):
    kind, _colon, value = key.name.partition(":")
    if kind == "role":
        word = ROLES[value][0] if value in ROLES else value
        why = (
            _("Everyone with this role sees the documents of the register")
            if key.name in document.register.default_keys
            else _("Opened to everyone with this role")
        )
        return Reader(_("Role: %(name)s", name=word), why, key.until, key.name)
    if kind == "unit":
        unit = units.get(uuid.UUID(value))
        why = (
            _("The document belongs to this unit")
            if str(document.unit_id) == value
            else _("Opened to everyone in this unit")
        )
        return Reader(_("Unit: %(name)s", name=unit.name if unit else value), why, key.until, key.name)
    if kind == "person":
        why = _("Responsible for the document") if str(document.responsible_id) == value else _("Opened to this person")
        if document.restriction is not None and key.name in (document.restriction.team or ()):
            why = _("Of the case's team")
        return Reader(names.get(uuid.UUID(value), value), why, key.until, key.name)
    return Reader(key.name, _("Opened to this application"), key.until)


def share_with(actor, document_id, key, until=None, admit=False):
    """Let one unit or person see the document, until a date (inclusive) or for good. admit: as in `widened`.
    Raises Forbidden, NotFound, Invalid("until")."""
    if until and until < clock.today():
        raise Invalid(_("The date has passed already"), field="until")
    document = get_document(actor, document_id)
    return share(actor, document.id, Key(key, until=until), admit=admit)
