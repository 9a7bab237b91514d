"""Writing records: one INSERT each, in the transaction of the act."""

import os

import sqlalchemy as sa

from portal.audit import keys, policy, records
from portal.audit.models import AuditRecord
from portal.kernel import clock
from portal.kernel.db import db, in_writing_transaction, new_id, short_transaction
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.i18n import _

LONGEST_LABEL = 500
LONGEST_TEXT = 4000


def record(actor, action, obj=None, *, old=None, new=None, result="ok", reason=None, personal=None, purpose=None,
           legal_basis=None, object_kind=None, object_id=None, label=None):  # fmt: skip
    """Record what the actor did, in the transaction of the act.

    obj: the model it was done to (or give object_kind, object_id, label). old, new: plain data, what changed.
    result: "ok", "refused" or "failed", with its reason. personal: names and codes of residents; they can be erased
    later without breaking proofs, so they belong here and nowhere else. Returns the AuditRecord.
    While the request only reads, its transaction cannot write: the record is then kept in one of its own.
    """
    row = AuditRecord(**_values(
        actor, action, obj, old=old, new=new, result=result, reason=reason, personal=personal, purpose=purpose,
        legal_basis=legal_basis, object_kind=object_kind, object_id=object_id, label=label,
    ))  # fmt: skip
    if in_writing_transaction():
        db.session.add(row)
    else:
        with short_transaction() as session:
            session.add(row)
    return row


def record_reading(actor, action, obj, purpose=None, *, personal=None, legal_basis=None):
    """Record that the actor reads personal data, before the page leaves: when this fails, nothing is shown."""
    return record(actor, action, obj, purpose=purpose, personal=personal, legal_basis=legal_basis)


def record_rows(actor, rows):
    """Record many acts in one statement. rows: dicts of record's arguments, with "action" and, when it lies in the
    past as in imported data, "at" (UTC)."""
    values = [_values(actor, row.pop("action"), row.pop("obj", None), **row) for row in map(dict, rows)]
    if values:
        db.session.execute(sa.insert(AuditRecord), values)


def erase_personal(actor, record_id, reason):
    """Erase the personal data of one record; proofs hold on, for the leaf has only their digest.
    Leaves a record of its own. Raises Forbidden, NotFound, Invalid("reason")."""
    ensure(policy.can_erase(actor))
    if not (reason or "").strip():
        raise Invalid(_("Say why the personal data are erased"), field="reason")
    row = db.session.get(AuditRecord, record_id)
    if row is None or row.personal_digest is None:
        raise NotFound(_("The record holds no personal data"))
    row.personal_json = row.salt = None
    db.session.flush()
    record(actor, "audit.personal_erased", row, reason=reason)
    return row


def _values(actor, action, obj=None, *, old=None, new=None, result="ok", reason=None, personal=None, purpose=None,
            legal_basis=None, object_kind=None, object_id=None, label=None, at=None):  # fmt: skip
    """The columns of a record, with its hashes."""
    if obj is not None:
        object_kind, object_id, label = object_kind or obj.__tablename__, object_id or _id_of(obj), label or _label(obj)
    salt = personal_json = digest = None
    if personal is not None:
        salt, personal_json = os.urandom(16), records.canonical(personal)
        digest = records.personal_digest(salt, personal_json)
    clean = records.clean
    values = {
        "id": new_id(),
        "at": at or clock.now(),
        "person_id": clean(actor.person_id, 36),
        "person_name": clean(actor.name or None, LONGEST_LABEL),
        "on_behalf_of_id": clean(actor.on_behalf_of_id, 36),
        "client": clean(actor.client or None, LONGEST_LABEL),
        "session_id": clean(actor.session_id, LONGEST_LABEL),
        "address": clean(actor.address or None, LONGEST_LABEL),
        "action": clean(action, 80),
        "object_kind": clean(object_kind, 80),
        "object_id": clean(object_id, 80),
        "label": clean(label, LONGEST_LABEL),
        "old_json": None if old is None else records.canonical(old),
        "new_json": None if new is None else records.canonical(new),
        "purpose": clean(purpose or actor.purpose or None, LONGEST_TEXT),
        "legal_basis": clean(legal_basis, LONGEST_TEXT),
        "result": clean(result, 20),
        "reason": clean(reason, LONGEST_TEXT),
        "personal_digest": digest,
    }
    leaf = records.leaf_of(records.leaf_text([values[name] for name in records.LEAF_FIELDS]))
    values |= {"personal_json": personal_json, "salt": salt, "leaf_hash": leaf,
               "origin_mac": records.origin_of(keys.origin_key(), leaf)}  # fmt: skip
    return values


def _id_of(obj):
    if obj.id is None:  # not saved yet: saving gives the key
        db.session.flush()
    return obj.id


def _label(obj):
    """What people call the thing: its own str(), else its number, title or name."""
    if "__str__" in vars(type(obj)):
        return str(obj)
    found = (getattr(obj, name, None) for name in ("number", "title", "name"))
    return next((str(value) for value in found if value), None)
