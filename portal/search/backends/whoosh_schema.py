"""Fields of the Whoosh index. Words come analysed, so the fields take tokens, not text."""

from array import array

from whoosh import columns, fields, formats


class PackedPositions(formats.Positions):
    """Positions as packed integers: smaller and much quicker to read than Whoosh's pickled lists."""

    def encode(self, poslist):
        return array("I", poslist).tobytes()

    def decode_positions(self, valuestring):
        return array("I", valuestring)

    def decode_frequency(self, valuestring):
        return len(valuestring) // 4

    def combine(self, vs):
        return b"".join(vs)


class KeysField(fields.FieldType):
    """Takes {key: positions}."""

    indexed = True
    scorable = True
    stored = False
    unique = False
    vector = None
    column_type = None
    multitoken_query = "default"

    def __init__(self):
        self.format = PackedPositions()
        self.analyzer = None

    def index(self, value, **_options):
        encode = self.format.encode
        for key, positions in value.items():
            yield key.encode(), len(positions), float(len(positions)), encode(positions)

    def clean(self):
        """There is no analyser to clean."""


class TermsField(KeysField):
    """Takes a set of terms: whether they are there, nothing else."""

    scorable = False

    def __init__(self):
        self.format = formats.Existence()
        self.analyzer = None

    def index(self, value, **_options):
        for term in value:
            yield term.encode(), 1, 1.0, b""


def schema() -> fields.Schema:
    """keys with positions; title and surface as sets; id, access set, facets as single terms; day and title to sort."""
    return fields.Schema(
        id=fields.ID(unique=True, stored=True),
        keys=KeysField(),
        title=TermsField(),
        surface=TermsField(),
        access=fields.ID(),
        kind=fields.ID(),
        year=fields.ID(),
        unit=fields.ID(),
        status=fields.ID(),
        level=fields.ID(),
        day=fields.COLUMN(columns.NumericColumn("i", default=0)),
        order=fields.COLUMN(columns.VarBytesColumn()),
        **{"class": fields.ID()},
    )


def document(entry, tokens) -> dict:
    """Values of the fields for one entry."""
    return {
        "id": entry.id,
        "keys": tokens.keys,
        "title": tokens.title,
        "surface": tokens.surface,
        "access": entry.access,
        "kind": entry.kind,
        "year": entry.year or None,
        "unit": entry.unit or None,
        "status": entry.status or None,
        "class": entry.class_name or None,
        "level": entry.level or None,
        "day": entry.date.toordinal() if entry.date else 0,
        "order": entry.title_key.encode(),
    }
