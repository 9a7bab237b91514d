"""What a verification can find wrong, and how it says so."""

import enum
from dataclasses import asdict, dataclass, field
from datetime import datetime

from portal.kernel.i18n import _, moment


class Damage(enum.StrEnum):
    """Kinds of damage."""

    RECORD_CHANGED = "record_changed"
    RECORD_MISSING = "record_missing"
    RECORD_INSERTED = "record_inserted"
    PERSONAL_CHANGED = "personal_changed"
    PERSONAL_MISSING = "personal_missing"
    CHECKPOINT_CHANGED = "checkpoint_changed"
    CHECKPOINT_MISSING = "checkpoint_missing"
    ROLLED_BACK = "rolled_back"
    RANGE_CHANGED = "range_changed"
    TILE_CHANGED = "tile_changed"
    WITNESS_CHANGED = "witness_changed"
    WITNESS_BEHIND = "witness_behind"
    BLOB_DAMAGED = "blob_damaged"


@dataclass(frozen=True)
class Finding:
    """One damaged thing. `name` says which: a record's number or id, a checkpoint's size, a blob's address."""

    kind: Damage
    name: str
    record_id: str | None = None
    about: str | None = None  # the record's action and label, the document a blob belongs to
    at: str | None = None  # time as the record tells it

    def __str__(self):
        return _SENTENCES[self.kind](self.name, self._details())

    def _details(self):
        parts = [_moment(self.at) if self.at else "", self.about or ""]
        return f" ({', '.join(part for part in parts if part)})" if any(parts) else ""

    @classmethod
    def load(cls, kept):
        """From the form in which it is stored."""
        return cls(**(kept | {"kind": Damage(kept["kind"])}))

    def dump(self):
        """As plain data."""
        return asdict(self) | {"kind": self.kind.value}


@dataclass
class Report:
    """What was checked and what was found. `records` counts the sealed ones; sealed_until: time of the checkpoint."""

    records: int = 0
    unsealed: int = 0
    checkpoints: int = 0
    blobs: int = 0
    sealed_until: datetime | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_intact(self):
        """True when nothing was found damaged."""
        return not self.findings


def _moment(text):
    """The time as people read it; a damaged one as it stands."""
    try:
        return moment(datetime.fromisoformat(text.replace("Z", "+00:00")))
    except ValueError:
        return text


_SENTENCES = {
    Damage.RECORD_CHANGED: lambda name, more: _(
        "Record %(name)s%(more)s was changed after it was written", name=name, more=more
    ),
    Damage.RECORD_MISSING: lambda name, more: _("Record %(name)s was removed", name=name),
    Damage.RECORD_INSERTED: lambda name, more: _(
        "Record %(name)s%(more)s was put into the log by something other than the system", name=name, more=more
    ),
    Damage.PERSONAL_CHANGED: lambda name, more: _(
        "The personal data of record %(name)s%(more)s were changed", name=name, more=more
    ),
    Damage.PERSONAL_MISSING: lambda name, more: _(
        "The personal data of record %(name)s%(more)s were removed without a decision", name=name, more=more
    ),
    Damage.CHECKPOINT_CHANGED: lambda name, more: _("The checkpoint of %(name)s records was changed", name=name),
    Damage.CHECKPOINT_MISSING: lambda name, more: _(
        "The checkpoint of %(name)s records is known to the witness and missing from the log", name=name
    ),
    Damage.ROLLED_BACK: lambda name, more: _(
        "The log was rolled back: the witness knows %(name)s records, the log has fewer", name=name
    ),
    Damage.RANGE_CHANGED: lambda name, more: _("Records %(name)s do not agree with the signed checkpoint", name=name),
    Damage.TILE_CHANGED: lambda name, more: _("The stored tree node %(name)s was changed", name=name),
    Damage.WITNESS_CHANGED: lambda name, more: _("The witness copy was changed: %(name)s", name=name),
    Damage.WITNESS_BEHIND: lambda name, more: _(
        "The checkpoint of %(name)s records has no copy with the witness", name=name
    ),
    Damage.BLOB_DAMAGED: lambda name, more: _(
        "The stored file %(name)s%(more)s is damaged or missing", name=name, more=more
    ),
}
