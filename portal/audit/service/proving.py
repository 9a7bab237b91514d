"""Proof files: what an outsider needs to check, without our system, that records stand unchanged in the log."""

import sqlalchemy as sa

from portal.audit import keys, policy, records
from portal.audit.merkle import TILE_HEIGHT, inclusion_path, node_hash, root_of
from portal.audit.models import AuditCheckpoint, AuditRecord, AuditTile
from portal.audit.service.listing import RecordFilters, _matching
from portal.audit.service.recording import record
from portal.kernel.db import db
from portal.kernel.errors import Conflict, NotFound, ensure
from portal.kernel.i18n import _

FORMAT = "pkip-audit-proof/1"
MOST_RECORDS = 10_000


def proof(actor, record_id, with_personal=False):
    """The proof of one record, as plain data for JSON. with_personal: also the erasable part and its salt.
    Raises Forbidden, NotFound, Conflict (not sealed yet: some seconds later it is)."""
    ensure(policy.can_read(actor))
    row = db.session.get(AuditRecord, record_id)
    if row is None:
        raise NotFound(_("There is no such record"))
    return _proof(actor, [row], with_personal)


def proof_for(actor, kind, object_id, with_personal=False):
    """The proof of all sealed records about one object. Raises Forbidden, NotFound, Conflict."""
    return _proof_of(actor, RecordFilters(object_kind=kind, object_id=str(object_id)), with_personal)


def proof_of_period(actor, since, until, with_personal=False):
    """The proof of all sealed records of a period (dates in Riga, inclusive). Raises Forbidden, NotFound, Conflict."""
    return _proof_of(actor, RecordFilters(since=since, until=until), with_personal)


def _proof_of(actor, filters, with_personal):
    ensure(policy.can_read(actor))
    found = list(db.session.scalars(
        _matching(filters).order_by(AuditRecord.at, AuditRecord.id).limit(MOST_RECORDS + 1)))  # fmt: skip
    if not found:
        raise NotFound(_("The log has no records of this"))
    if len(found) > MOST_RECORDS:
        raise Conflict(_("One proof file holds at most %(count)s records; choose a shorter period", count=MOST_RECORDS))
    return _proof(actor, found, with_personal)


def _proof(actor, rows, with_personal):
    checkpoint = db.session.execute(
        sa.select(AuditCheckpoint.size, AuditCheckpoint.note).order_by(AuditCheckpoint.size.desc()).limit(1)
    ).one_or_none()
    sealed = [row for row in rows if row.leaf_index is not None and checkpoint and row.leaf_index < checkpoint.size]
    if not sealed:
        raise Conflict(_("The record is not sealed yet; try again in half a minute"))
    tree = _StoredTree()
    result = {
        "format": FORMAT,
        "key": str(keys.verifier()),
        "checkpoint": checkpoint.note,
        "records": [_entry(row, checkpoint.size, tree, with_personal) for row in sealed],
    }
    one = rows[0]
    record(actor, "audit.proof_made", object_kind=one.object_kind, object_id=one.object_id, label=one.label,
           new={"records": len(sealed)})  # fmt: skip
    return result


def _entry(row, size, tree, with_personal):
    entry = {
        "index": row.leaf_index,
        "leaf": records.leaf_text([getattr(row, name) for name in records.LEAF_FIELDS]),
        "path": [node.hex() for node in inclusion_path(row.leaf_index, size, tree.hash_range)],
    }
    if with_personal and row.personal_json is not None:
        entry["personal"] = {"salt": row.salt.hex(), "text": row.personal_json}
    return entry


class _StoredTree:
    """Hashes of ranges of the sealed log, from the kept tiles where they help: some hundred rows for a path."""

    def __init__(self):
        self._known = {}

    def hash_range(self, start, end):
        """Hash of the leaves [start, end), which are a subtree of the log's tree."""
        if (start, end) not in self._known:
            self._known[start, end] = self._computed(start, end)
        return self._known[start, end]

    def _computed(self, start, end):
        count = end - start
        if count <= 1 << TILE_HEIGHT:
            return root_of(db.session.scalars(
                sa.select(AuditRecord.leaf_hash)
                .where(AuditRecord.leaf_index >= start, AuditRecord.leaf_index < end)
                .order_by(AuditRecord.leaf_index)
            ))  # fmt: skip
        height = (count - 1).bit_length()
        if count != 1 << height:
            middle = start + (1 << height - 1)
            return node_hash(self.hash_range(start, middle), self.hash_range(middle, end))
        below = (height - 1) // TILE_HEIGHT * TILE_HEIGHT
        return root_of(db.session.scalars(
            sa.select(AuditTile.hash)
            .where(AuditTile.height == below, AuditTile.index >= start >> below, AuditTile.index < end >> below)
            .order_by(AuditTile.index)
        ))  # fmt: skip
