"""The scan of a verification: the log read once from its first record to its last, against all that vouches for it."""

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from portal.audit import keys, records, witness
from portal.audit.findings import Damage, Finding, Report
from portal.audit.merkle import Frontier
from portal.audit.models import AuditCheckpoint, AuditRecord, AuditTile
from portal.audit.note import NoteError, parse_checkpoint
from portal.kernel import clock, crypto
from portal.kernel.db import db, reading

PAGE = 5000
_BEHIND_S = 600

_table = AuditRecord.__table__
_columns = [_table.c[name] for name in records.LEAF_FIELDS] + [
    _table.c.leaf_index, _table.c.leaf_hash, _table.c.origin_mac, _table.c.salt,
    sa.type_coerce(_table.c.personal_json, sa.LargeBinary).label("personal"),
]  # fmt: skip
# SQLite keeps ids and times as text already; reading them as text halves the time of a scan of millions
_as_text = [
    sa.type_coerce(column, sa.String).label(column.key) if column.key in ("id", "at") else column for column in _columns
]
_FIELDS = len(records.LEAF_FIELDS)
_ACTION, _LABEL = records.LEAF_FIELDS.index("action"), records.LEAF_FIELDS.index("label")
_DIGEST = records.LEAF_FIELDS.index("personal_digest")


class LogScan:
    """One verification of the log. Two trees grow side by side from the first difference between rows and witness:
    `tree` believes the witness, `rows` the rows; the signed checkpoint says which of them is right."""

    def __init__(self, progress):
        self.progress = progress
        self.report = Report()
        self.started_at = clock.real_now()
        self.witness = witness.read()  # before the database: what the witness knows was committed earlier
        self.verifier = keys.verifier()
        self.origin_key = keys.origin_key()
        self.tree = Frontier(on_tile=self._tile)
        self.rows = None
        self.tiles = {}
        self.suspects = []
        self.next_index = 0
        self.trusted = 0  # size of the last checkpoint that agreed
        self.broken = False

    def run(self):
        """Read everything in one transaction that sees one state of the database. Returns the Report."""
        with reading(), db.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            self.as_text = connection.dialect.name == "sqlite"
            self.columns = _as_text if self.as_text else _columns
            self._check_witness_key()
            checkpoints = self._checkpoints(connection)
            self._against_witness(checkpoints)
            self.erased = set(connection.scalars(
                sa.select(_table.c.object_id).where(_table.c.action == "audit.personal_erased")))  # fmt: skip
            self.tiles = {(row.height, row.index): row.hash for row in connection.execute(
                sa.select(AuditTile.height, AuditTile.index, AuditTile.hash))}  # fmt: skip
            self._sealed(connection, checkpoints)
            self._unsealed(connection)
        return self.report

    # --- checkpoints ---

    def _check_witness_key(self):
        if self.witness.key is not None and self.witness.key != str(self.verifier):
            self._found(Damage.WITNESS_CHANGED, "key")

    def _checkpoints(self, connection):
        """(size, root) of the checkpoints whose notes hold, in order of size."""
        good = []
        for row in connection.execute(sa.select(
            AuditCheckpoint.size, AuditCheckpoint.root, AuditCheckpoint.frontier, AuditCheckpoint.note,
            AuditCheckpoint.made_at, AuditCheckpoint.witnessed_at,
        ).order_by(AuditCheckpoint.size)):  # fmt: skip
            self.report.checkpoints += 1
            if self._holds(row):
                good.append(row)
            else:
                self._found(Damage.CHECKPOINT_CHANGED, str(row.size))
        return good

    def _holds(self, row):
        try:
            origin, size, root = parse_checkpoint(self.verifier.open(row.note))
            frontier = Frontier.load(row.size, row.frontier)
        except ValueError:
            return False
        return (origin, size, root, frontier.root()) == (self.verifier.name, row.size, row.root, row.root)

    def _against_witness(self, checkpoints):
        known = {row.size: row.root for row in checkpoints}
        newest = max(known, default=0)
        seen, rolled_back = set(), 0
        for number, note in enumerate(self.witness.notes, start=1):
            try:
                _, size, root = parse_checkpoint(self.verifier.open(note))
            except NoteError:
                self._found(Damage.WITNESS_CHANGED, f"checkpoints #{number}")
                continue
            seen.add(size)
            if size > newest:
                rolled_back = max(rolled_back, size)
            elif size not in known:
                self._found(Damage.CHECKPOINT_MISSING, str(size))
            elif known[size] != root:  # both are signed: the log was forked with the key
                self._found(Damage.CHECKPOINT_CHANGED, str(size))
        if rolled_back:
            self._found(Damage.ROLLED_BACK, str(rolled_back))
        for row in checkpoints:
            late = row.witnessed_at is None and (clock.now() - row.made_at).total_seconds() > _BEHIND_S
            lost = row.witnessed_at is not None and row.witnessed_at <= self.started_at
            if row.size not in seen and (late or lost):
                self._found(Damage.WITNESS_BEHIND, str(row.size))

    # --- records ---

    def _sealed(self, connection, checkpoints):
        due = iter(checkpoints)
        checkpoint = next(due, None)
        total = checkpoints[-1].size if checkpoints else 0
        query = sa.select(*self.columns).order_by(_table.c.leaf_index).limit(PAGE)
        last = -1
        while page := connection.execute(query.where(_table.c.leaf_index > last)).all():
            for row in map(self._readable, page):
                index = row[_FIELDS]
                if index >= total:
                    self._found(Damage.RECORD_INSERTED, str(index + 1), row)
                    continue
                while self.next_index < index:
                    self._gap()
                    checkpoint = self._at_checkpoint(checkpoint, due)
                self._sealed_row(row)
                checkpoint = self._at_checkpoint(checkpoint, due)
            last = page[-1][_FIELDS]
            self.progress("records", min(last + 1, total), total)
        while self.next_index < total:
            self._gap()
            checkpoint = self._at_checkpoint(checkpoint, due)
        self.report.records = total
        self.progress("records", total, total)

    def _sealed_row(self, row):
        leaf, stored = self._recomputed(row), row[_FIELDS + 1]
        name = str(row[_FIELDS] + 1)
        held = self.witness.leaf(self.next_index)
        if not self._row_holds(row, leaf, name):
            self._add(held or stored, leaf)
        elif held is not None and held != leaf:
            self.suspects.append(self._finding(Damage.RECORD_CHANGED, name, row))
            self._add(held, leaf)
        else:
            self._add(leaf, leaf)

    def _gap(self):
        """The record at the next index is not there."""
        self._found(Damage.RECORD_MISSING, str(self.next_index + 1))
        held = self.witness.leaf(self.next_index)
        self._add(held or bytes(32), held or bytes(32))

    def _add(self, believed, of_row):
        if self.rows is None and believed != of_row:
            self.rows = Frontier(self.tree.size, self.tree.hashes)
        self.tree.add(believed)
        if self.rows is not None:
            self.rows.add(of_row)
        self.next_index += 1

    def _at_checkpoint(self, checkpoint, due):
        """Compare the trees with the checkpoint when it stands here; returns the next one to wait for."""
        if checkpoint is None or checkpoint.size != self.next_index:
            return checkpoint
        if self.tree.root() == checkpoint.root:
            self.report.findings += self.suspects
            self._agreed(checkpoint)
        elif self.rows is not None and self.rows.root() == checkpoint.root:
            for suspect in self.suspects:
                self._found(Damage.WITNESS_CHANGED, f"leaves #{suspect.name}")
            self.tree = Frontier(self.rows.size, self.rows.hashes, self._tile)
            self._agreed(checkpoint)
        elif not self.broken:
            self.report.findings += self.suspects
            self._found(Damage.RANGE_CHANGED, f"{self.trusted + 1}–{checkpoint.size}")
            self.broken = True
        self.suspects = []
        return next(due, None)

    def _agreed(self, checkpoint):
        self.rows = None
        self.trusted = checkpoint.size
        self.report.sealed_until = checkpoint.made_at

    def _unsealed(self, connection):
        query = sa.select(*self.columns).where(_table.c.leaf_index.is_(None)).order_by(_table.c.id)
        for row in connection.execution_options(yield_per=PAGE).execute(query):
            self.report.unsealed += 1
            row = self._readable(row)
            self._row_holds(row, self._recomputed(row), str(row[records.ID]))

    # --- one row ---

    def _readable(self, row):
        """The row with its id and time in the form that the leaf holds."""
        if not self.as_text:
            return row
        row = list(row)
        key, at = row[records.ID], row[records.AT]
        row[records.ID] = f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"
        row[records.AT] = f"{at[:10]}T{at[11:]}Z"
        return row

    @staticmethod
    def _recomputed(row):
        return records.leaf_of(records.leaf_text(row[:_FIELDS]))

    def _row_holds(self, row, leaf, name):
        """Whether the row is what the system wrote; tells what is wrong when it is not."""
        stored, mac, salt, personal = row[_FIELDS + 1 :]
        if leaf != stored:
            self._found(Damage.RECORD_CHANGED, name, row)
            return False
        if records.origin_of(self.origin_key, leaf) != mac:
            self._found(Damage.RECORD_INSERTED, name, row)
            return False
        if row[_DIGEST] is not None:
            self._personal(row, name, salt, personal)
        return True

    def _personal(self, row, name, salt, personal):
        if personal is None:
            if str(row[records.ID]) not in self.erased:
                self._found(Damage.PERSONAL_MISSING, name, row)
            return
        try:
            text = crypto.decrypt(personal).decode()
        except (InvalidTag, ValueError):
            text = None
        if text is None or salt is None or records.personal_digest(salt, text) != row[_DIGEST]:
            self._found(Damage.PERSONAL_CHANGED, name, row)

    def _tile(self, height, index, node):
        if self.tiles.get((height, index)) != node and not self.broken:
            self._found(Damage.TILE_CHANGED, f"{height}/{index}")

    def _finding(self, kind, name, row=None):
        if row is None:
            return Finding(kind, name)
        about = ", ".join(part for part in (row[_ACTION], row[_LABEL]) if part)
        return Finding(kind, name, str(row[records.ID]), about, _time(row[records.AT]))

    def _found(self, kind, name, row=None):
        self.report.findings.append(self._finding(kind, name, row))


def _time(value):
    return value if isinstance(value, str) else records.utc_text(value)
