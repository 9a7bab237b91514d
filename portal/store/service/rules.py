"""Classes and property sets, and what they ask of an item."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

import sqlalchemy as sa

from portal.audit import service as audit
from portal.kernel import clock
from portal.kernel.db import db, latvian_order
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.i18n import _, in_language
from portal.store import policy
from portal.store.models import FIELD_TYPES, StoreClass, StorePropertySet

DEFAULT_CLASS = "document"
_CODE = re.compile(r"[a-z][a-z0-9_-]{0,59}")
TEXT_CHARS, LONG_TEXT_CHARS = 500, 20_000


# --- classes ----------------------------------------------------------------------------------------------------------


def list_classes(active_only=False) -> list[StoreClass]:
    """All classes, by name."""
    query = sa.select(StoreClass).order_by(latvian_order(StoreClass.name))
    return list(db.session.scalars(query.where(StoreClass.active) if active_only else query))


def class_name(code) -> str:
    """What people call the class."""
    found = db.session.get(StoreClass, code)
    return found.name if found else code


def save_class(actor, code, name, active=True) -> StoreClass:
    """Add a class or change one. Raises Forbidden, Invalid."""
    ensure(policy.can_set_up(actor))
    _ensure_code(code)
    if not name.strip():
        raise Invalid(_("Fill in this field"), field="name")
    found = db.session.get(StoreClass, code)
    old = {"name": found.name, "active": found.active} if found else None
    if found is None:
        found = StoreClass(code=code)
        db.session.add(found)
    found.name, found.active = name.strip(), active
    db.session.flush()
    audit.record(
        actor, "store.class_saved", object_kind="store_class", object_id=code, label=found.name, old=old,
        new={"name": found.name, "active": active},
    )  # fmt: skip
    return found


def ensure_class(code, name) -> StoreClass:
    """A class of the portal's own, made when it is first needed."""
    found = db.session.get(StoreClass, code)
    if found is None:
        found = StoreClass(code=code, name=name)
        db.session.add(found)
        db.session.flush()
    return found


def checked_class(code) -> str:
    """The code, when items may be put into the class. Raises Invalid."""
    if code is None:
        with in_language("lv"):
            return ensure_class(DEFAULT_CLASS, _("Document")).code
    found = db.session.get(StoreClass, code)
    if found is None or not found.active:
        raise Invalid(_("There is no such class of documents"), field="class")
    return code


# --- property sets ----------------------------------------------------------------------------------------------------


def list_property_sets() -> list[StorePropertySet]:
    """The newest version of each, by name."""
    newest = (
        sa.select(StorePropertySet.code, sa.func.max(StorePropertySet.version).label("version"))
        .group_by(StorePropertySet.code)
        .subquery()
    )
    return list(
        db.session.scalars(
            sa.select(StorePropertySet)
            .join(newest, sa.and_(newest.c.code == StorePropertySet.code, newest.c.version == StorePropertySet.version))
            .order_by(latvian_order(StorePropertySet.name))
        )
    )


def latest_property_set(code) -> StorePropertySet | None:
    """The version with which new items are made."""
    return db.session.scalar(
        sa.select(StorePropertySet)
        .where(StorePropertySet.code == code)
        .order_by(StorePropertySet.version.desc())
        .limit(1)
    )


def get_property_set(set_id) -> StorePropertySet:
    """One version. Raises NotFound."""
    found = db.session.get(StorePropertySet, set_id)
    if found is None:
        raise NotFound(_("There is no such property set"))
    return found


def save_property_set(actor, code, name, fields) -> StorePropertySet:
    """A new property set, or a new version of one when anything differs; items made before keep the older one.
    fields: dicts with key, name, type, required, choices. Raises Forbidden, Invalid."""
    ensure(policy.can_set_up(actor))
    _ensure_code(code)
    if not name.strip():
        raise Invalid(_("Fill in this field"), field="name")
    fields = _checked_fields(fields)
    before = latest_property_set(code)
    if before is not None and (before.name, before.fields) == (name.strip(), fields):
        return before
    found = StorePropertySet(
        code=code, version=before.version + 1 if before else 1, name=name.strip(), fields=fields,
        made_at=clock.now(), made_by_id=actor.person_id,
    )  # fmt: skip
    db.session.add(found)
    db.session.flush()
    audit.record(
        actor, "store.property_set_saved", found, old={"fields": before.fields} if before else None,
        new={"fields": fields},
    )  # fmt: skip
    return found


def _ensure_code(code):
    if not _CODE.fullmatch(code or ""):
        raise Invalid(
            _("Only small letters a–z, digits, dashes and underscores, beginning with a letter"), field="code"
        )


def _checked_fields(fields):
    made, keys = [], set()
    for given in fields:
        key, name = (given.get("key") or "").strip(), (given.get("name") or "").strip()
        kind = given.get("type") or "text"
        choices = [one.strip() for one in given.get("choices") or () if one.strip()]
        if not _CODE.fullmatch(key) or key in keys:
            raise Invalid(_("%(key)s: a key of its own of small letters a–z, digits and _", key=key), field="fields")
        if not name or kind not in FIELD_TYPES:
            raise Invalid(_("%(key)s: give the field a name and a type", key=key), field="fields")
        if kind == "choice" and not choices:
            raise Invalid(_("%(key)s: say what there is to choose from", key=key), field="fields")
        keys.add(key)
        made.append(
            {"key": key, "name": name, "type": kind, "required": bool(given.get("required")), "choices": choices}
        )
    if not made:
        raise Invalid(_("A property set has at least one field"), field="fields")
    return made


class InvalidFields(Invalid):
    """More than one thing is wrong. errors: pairs of JSON pointer and sentence."""

    def __init__(self, errors):
        super().__init__(_("Something is not filled in correctly"), field=errors[0][0].lstrip("/"))
        self.errors = errors


def checked_properties(property_set, given) -> dict:
    """The values in their JSON form. Raises InvalidFields with all that is wrong, unknown ones too."""
    fields = {field["key"]: field for field in property_set.fields}
    errors = [(f"/properties/{key}", _("There is no such field")) for key in given if key not in fields]
    made = {}
    for key, field in fields.items():
        value = given.get(key)
        if value is None or value == "":
            if field["required"]:
                errors.append((f"/properties/{key}", _("This field must be filled in")))
            continue
        try:
            made[key] = _value_of(field, value)
        except (ValueError, TypeError, InvalidOperation) as error:
            errors.append((f"/properties/{key}", str(error) or _("The value is wrong")))
    if errors:
        raise InvalidFields(errors)
    return made


def _value_of(field, value):
    kind = field["type"]
    if kind == "boolean":
        return _only(isinstance(value, bool), value, _("This must be true or false"))
    if kind == "integer":
        fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
        return _only(fits, value, _("This must be a whole number"))
    if kind == "decimal":
        fits = isinstance(value, int | float | str) and not isinstance(value, bool)
        number = Decimal(str(value)) if fits and len(str(value)) <= 40 else None
        return str(_only(number is not None and number.is_finite(), number, _("This must be a number")))
    _only(isinstance(value, str) and _can_be_kept(value), value, _("This must be text"))
    if kind == "date":
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise ValueError(_("This must be a date, for example 2026-11-24")) from None
    if kind == "choice":
        return _only(
            value in field["choices"], value, _("Choose one of: %(choices)s", choices=", ".join(field["choices"]))
        )
    longest = LONG_TEXT_CHARS if kind == "long_text" else TEXT_CHARS
    return _only(len(value) <= longest, value, _("At most %(max)s characters", max=longest))


def _can_be_kept(text):
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)


def _only(fits, value, message):
    if not fits:
        raise ValueError(message)
    return value
