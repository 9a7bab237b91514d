"""Kinds of registration: what each asks for beside the common data, by configuration with versions (12.2, LAW-91)."""

import re
import uuid
from datetime import date

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.models import Direction, DocumentKind, FieldType, Register, RegistrationKind, fold
from portal.identity import service as identity
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.i18n import _, date_short, money

LONGEST = 500


def _field(key, label, kind="text", required=False, choices=()):
    return {"key": key, "label": label, "type": kind, "required": required, "choices": list(choices)}


# What a new instance starts with; afterwards they are rows that record-keepers change.
_STARTING: tuple = (
    ("incoming", "Saņemts dokuments", DocumentKind.LETTER, Direction.INCOMING, ["sanemtie"], [
        _field("way", "Saņemšanas veids", "choice", False, ["e-adrese", "e-pasts", "pasts", "klātienē"]),
    ]),
    ("application", "Iesniegums", DocumentKind.APPLICATION, Direction.INCOMING, ["iesniegumi"], [
        _field("way", "Saņemšanas veids", "choice", False, ["e-adrese", "e-pasts", "pasts", "klātienē"]),
        _field("address", "Iesniedzēja adrese"),
        _field("reply", "Vēlamais atbildes veids", "choice", False, ["e-adrese", "e-pasts", "pasts", "klātienē"]),
    ]),
    ("outgoing", "Nosūtīts dokuments", DocumentKind.OUTGOING, Direction.OUTGOING, ["nosutitie"], [
        _field("way", "Nosūtīšanas veids", "choice", False,
               ["e-adrese", "e-pasts", "pasts", "ierakstīts sūtījums", "izsniegts personīgi"]),
        _field("writer", "Sagatavotājs", "person"),
    ]),
    ("internal", "Iekšējs dokuments", DocumentKind.INTERNAL, Direction.INTERNAL, ["ieksejie"], []),
    ("contract", "Līgums", DocumentKind.CONTRACT, Direction.INTERNAL, ["ligumi"], [
        _field("party", "Līgumslēdzējs", "text", True),
        _field("amount", "Summa", "money"),
        _field("signed_on", "Noslēgts", "date"),
        _field("valid_until", "Spēkā līdz", "date"),
        _field("keeper", "Līguma izpildes uzraudzītājs", "person"),
    ]),
    ("order", "Rīkojums", DocumentKind.ORDER, Direction.INTERNAL, ["rikojumi"], [
        _field("sort", "Rīkojuma veids", "choice", True,
               ["pamatdarbība", "personāls", "atvaļinājumi", "komandējumi"]),
        _field("in_force_on", "Stājas spēkā", "date"),
        _field("control", "Izpildes kontrole", "person"),
    ]),
    ("decision", "Lēmums", DocumentKind.DECISION, Direction.INTERNAL, ["lemumi"], []),
    ("minutes", "Protokols", DocumentKind.MINUTES, Direction.INTERNAL, ["protokoli"], []),
)  # fmt: skip


def install_kinds():
    """Put the kinds a new instance starts with into the database; leaves those that are there."""
    there = set(db.session.scalars(sa.select(RegistrationKind.key)))
    for place, (key, name, kind, direction, codes, fields) in enumerate(_STARTING):
        if key not in there:
            db.session.add(
                RegistrationKind(
                    key=key,
                    version=1,
                    name=name,
                    kind=kind,
                    direction=direction,
                    registers=codes,
                    fields=fields,
                    place=place,
                )
            )
    db.session.flush()


def list_kinds():
    """The current version of every kind, in their order."""
    return list(
        db.session.scalars(
            sa.select(RegistrationKind)
            .where(RegistrationKind.is_current.is_(True))
            .order_by(RegistrationKind.place, RegistrationKind.name)
        )
    )


def find_kind(key):
    """The current version of a kind. Raises NotFound."""
    for kind in list_kinds():
        if kind.key == key:
            return kind
    raise NotFound(_("There is no such kind of registration"))


def kind_for(register, kind=None):
    """The kind of registration that a register goes by (and a kind of document, when given); None when it has none."""
    taking = [one for one in list_kinds() if register.code in one.registers and kind in (None, one.kind)]
    return taking[0] if taking else None


def versions_of(key):
    """All versions of a kind, newest first."""
    return list(
        db.session.scalars(
            sa.select(RegistrationKind).where(RegistrationKind.key == key).order_by(RegistrationKind.version.desc())
        )
    )


def kind_of(document):
    """The version of the kind that the document was registered with; None for what was registered without."""
    return document.registration if document.registration_kind_id else None


def kinds_by_id(ids):
    """{id: version of a kind}."""
    if not ids:
        return {}
    return {k.id: k for k in db.session.scalars(sa.select(RegistrationKind).where(RegistrationKind.id.in_(ids)))}


def save_kind(actor, key, name, kind, registers, fields, *, dossier_index="", version=None):
    """A new kind (key None), or the next version of one. fields: dicts with label, type, required, choices and, for a
    field that is there already, its key. Returns the new version; the same one when nothing differs.
    Raises Forbidden, Invalid naming the field of the form."""
    ensure(policy.can_manage_kinds(actor))
    name = " ".join((name or "").split())[:100]
    if not name:
        raise Invalid(_("Fill in this field"), field="name")
    kind = DocumentKind(kind)
    found = {r.code: r for r in db.session.scalars(sa.select(Register).where(Register.code.in_(registers or [])))}
    if not found or set(registers) - set(found):
        raise Invalid(_("Choose a register that takes this kind"), field="registers")
    if any(kind not in register.kinds for register in found.values()):
        raise Invalid(_("The register does not take this kind of document"), field="registers")
    fields = _tidy_fields(fields)
    old = find_kind(key) if key else None
    if old is None:
        key = _key_of(name, set(db.session.scalars(sa.select(RegistrationKind.key))))
    elif version is not None and version != old.version:
        raise Invalid(_("Somebody else changed this meanwhile; open it again"))
    values = {
        "name": name,
        "kind": kind,
        "direction": found[registers[0]].direction,
        "registers": list(registers),
        "fields": fields,
        "dossier_index": (dossier_index or "").strip()[:30],
    }
    if old and all(getattr(old, field) == value for field, value in values.items()):
        return old
    last = db.session.scalar(sa.select(sa.func.max(RegistrationKind.place)))
    if old:
        old.is_current = False
        db.session.flush()
    new = RegistrationKind(
        key=key,
        version=old.version + 1 if old else 1,
        place=old.place if old else (last or 0) + 1,
        made_by_id=actor.person_id,
        **values,
    )
    db.session.add(new)
    db.session.flush()
    audit.record(
        actor,
        "registration_kind.saved",
        new,
        old={"version": old.version, "fields": [f["label"] for f in old.fields]} if old else None,
        new={"version": new.version, "fields": [f["label"] for f in fields]},
    )
    return new


def _tidy_fields(fields):
    tidy: list[dict] = []
    for place, field in enumerate(fields):
        label = " ".join((field.get("label") or "").split())[:80]
        if not label:
            continue
        sort = FieldType(field.get("type") or "text")
        choices = [text for c in field.get("choices") or () if (text := " ".join(c.split())[:100])]
        if sort == FieldType.CHOICE and len(choices) < 2:
            raise Invalid(_("“%(label)s” needs at least two choices", label=label), field=f"fields-{place}-choices")
        taken = {one["key"] for one in tidy}
        if fold(label) in {fold(one["label"]) for one in tidy}:
            raise Invalid(_("There are two fields called “%(label)s”", label=label), field=f"fields-{place}-label")
        key = field.get("key") if re.fullmatch(r"[a-z0-9_]{1,40}", field.get("key") or "") else None
        tidy.append(
            {
                "key": key if key and key not in taken else _key_of(label, taken),
                "label": label,
                "type": sort.value,
                "required": bool(field.get("required")),
                "choices": choices if sort == FieldType.CHOICE else [],
            }
        )
    return tidy


def _key_of(label, taken):
    """A key out of a label: small letters without marks; numbered when it is taken."""
    base = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:34] or "lauks"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}_{number}", number + 1
    return key


def checked_extra(kind, values):
    """Values of a kind's own fields in the form in which they are kept; empty ones are left out.
    values: {key: text, date, cents or person's id}. Raises Invalid("extra_…")."""
    kept = {}
    for field in kind.fields if kind else ():
        key, value = field["key"], (values or {}).get(field["key"])
        if isinstance(value, str):
            value = " ".join(value.replace("\x00", "").split())
        if value in (None, ""):
            if field["required"]:
                raise Invalid(_("Fill in this field"), field=f"extra_{key}")
            continue
        kept[key] = _kept(field, value)
    return kept


def _kept(field, value):
    where = f"extra_{field['key']}"
    sort = field["type"]
    try:
        if sort == "date":
            return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()
        if sort == "money":
            return int(value)
        if sort == "person":
            return str(uuid.UUID(str(value)))
    except ValueError as error:
        raise Invalid(_("Choose from the list") if sort == "person" else _("Fill in this field"), where) from error
    if sort == "choice" and value not in field["choices"]:
        raise Invalid(_("Choose from the list"), field=where)
    if len(value) > LONGEST:
        raise Invalid(_("At most %(max)s characters; now %(size)s", max=LONGEST, size=len(value)), field=where)
    return value


def extra_lines(kind, extra, names=None):
    """[(label, text)] of a document's own fields, in the kind's order; empty ones are left out.
    names: {id: name} when the caller has them already."""
    if not kind or not extra:
        return []
    if names is None:
        names = identity.names_of(people_in([(kind, extra)]))
    return [(f["label"], _shown(f, extra[f["key"]], names)) for f in kind.fields if extra.get(f["key"]) is not None]


def people_in(pairs):
    """Ids of the people named in the own fields of documents: pairs of (kind, extra)."""
    return {
        uuid.UUID(extra[field["key"]])
        for kind, extra in pairs
        for field in (kind.fields if kind else ())
        if field["type"] == "person" and extra.get(field["key"])
    }


def _shown(field, value, names):
    if field["type"] == "date":
        return date_short(date.fromisoformat(value))
    if field["type"] == "money":
        return money(value)
    if field["type"] == "person":
        return names.get(uuid.UUID(value), "–")
    return value
