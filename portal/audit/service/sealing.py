"""The sealer: puts new records into the tree, signs its state and tells the witness."""

import sqlalchemy as sa

from portal.audit import keys, witness
from portal.audit.merkle import Frontier
from portal.audit.models import AuditCheckpoint, AuditRecord, AuditTile
from portal.audit.note import checkpoint_text
from portal.kernel import clock
from portal.kernel.access import refuse
from portal.kernel.db import db, released
from portal.kernel.errors import ensure
from portal.kernel.i18n import _

BATCH = 5000  # records sealed in one transaction, so that writers never wait long for the sealer

_set_index = (
    sa.update(AuditRecord.__table__)
    .where(AuditRecord.__table__.c.id == sa.bindparam("record"))
    .values(leaf_index=sa.bindparam("index"))
)


def seal(actor):
    """Seal every record that waits. Returns how many were sealed.
    Commits as it goes: a checkpoint is committed before the witness hears of it, so the witness never knows more
    than the log. Raises OSError when the witness cannot be written; the next run tries again."""
    ensure(actor.is_system or refuse(_("Only the system seals the log")))
    sealed = 0
    while count := _seal_batch():
        sealed += count
        _tell_witness()
        if count < BATCH:
            break
    _tell_witness()
    return sealed


def _seal_batch():
    waiting = db.session.execute(
        sa.select(AuditRecord.id, AuditRecord.leaf_hash)
        .where(AuditRecord.leaf_index.is_(None))
        .order_by(AuditRecord.id)
        .limit(BATCH)
    ).all()
    if not waiting:
        return 0
    last = db.session.execute(
        sa.select(AuditCheckpoint.size, AuditCheckpoint.frontier)
        .order_by(AuditCheckpoint.size.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
    tiles = []
    size, kept = last or (0, b"")
    tree = Frontier.load(
        size, kept, lambda height, index, node: tiles.append({"height": height, "index": index, "hash": node})
    )
    for row in waiting:
        tree.add(row.leaf_hash)
    rows = [{"record": row.id, "index": size + place} for place, row in enumerate(waiting)]
    db.session.connection().execute(_set_index, rows)
    if tiles:
        db.session.execute(sa.insert(AuditTile), tiles)
    signer = keys.signer()
    root = tree.root()
    db.session.add(AuditCheckpoint(
        size=tree.size, root=root, frontier=tree.dump(), made_at=clock.now(), witnessed_at=None,
        note=signer.sign(checkpoint_text(signer.name, tree.size, root)),
    ))  # fmt: skip
    db.session.flush()
    return len(waiting)


def _tell_witness():
    """Copy to the witness what it has not got, holding no lock of the database meanwhile."""
    news = db.session.execute(
        sa.select(AuditCheckpoint.id, AuditCheckpoint.size, AuditCheckpoint.note)
        .where(AuditCheckpoint.witnessed_at.is_(None))
        .order_by(AuditCheckpoint.size)
    ).all()
    if not news:
        return
    first = witness.held_leaves()
    leaves = db.session.scalars(
        sa.select(AuditRecord.leaf_hash)
        .where(AuditRecord.leaf_index >= first, AuditRecord.leaf_index < news[-1].size)
        .order_by(AuditRecord.leaf_index)
    ).all()
    with released():
        witness.append([row.note for row in news], first, leaves)
    db.session.execute(
        sa.update(AuditCheckpoint)
        .where(AuditCheckpoint.id.in_([row.id for row in news]))
        .values(witnessed_at=clock.real_now())
    )
    with released():
        pass
