"""What comes in and goes out, as schemas: they check requests and make the description."""

from apiflask import Schema
from apiflask.fields import UUID, Boolean, Date, DateTime, Dict, Integer, List, Nested, Raw, String
from apiflask.validators import Length, OneOf, Range, Regexp
from marshmallow import RAISE, ValidationError

from portal.store.models import LEVELS
from portal.store.service.creating import RELATIONS

LEVEL_WORDS = [level.value for level in LEVELS]
# no NUL, which databases cannot keep; no line of spaces only where one line of text is asked for. There is one way to
# read either, so that a long text costs no more than its length
TEXT = r"^[^\x00]*$"
LINE = r"^\s*[^\s\x00][^\x00]*$"
CODE = r"^[a-z][a-z0-9_-]{0,59}$"
MIME = r"^[A-Za-z0-9.+_-]+/[A-Za-z0-9.+_-]+(; ?[A-Za-z0-9_-]+=[A-Za-z0-9._-]+)*$(?!\n)"  # goes into a header
SHA256 = r"^[0-9a-f]{64}$"
HOLDER = r"^(client|unit|role):[A-Za-z0-9_.-]{1,73}$"


def _whole(value):
    """No half of a surrogate pair, which databases cannot keep; no pattern of JSON Schema says so."""
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValidationError("Not a valid string.")


def text(longest, **kwargs):
    """Plain text up to so many characters."""
    return String(validate=[Length(max=longest), Regexp(TEXT), _whole], **kwargs)


def line(longest, **kwargs):
    """Text that says something."""
    return String(validate=[Length(min=1, max=longest), Regexp(LINE), _whole], **kwargs)


def lines(most=50):
    """A list of short texts."""
    return List(line(300), validate=Length(max=most))


class Strict(Schema):
    """What is not described is refused, so that a slip is seen."""

    class Meta:
        unknown = RAISE


class Metadata(Strict):
    """Dublin Core."""

    title = line(500, required=True)
    creator = lines()
    contributor = lines()
    publisher = text(300)
    subject = lines()
    description = text(20_000)
    type = text(300)
    date = Date(allow_none=True)
    language = String(validate=Regexp(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?$"))
    source = text(1000)
    coverage = text(1000)
    rights = text(1000)
    identifier = lines()


class MetadataChange(Metadata):
    """The fields that change."""

    title = line(500)


class FileIn(Strict):
    """A file: an upload that is finished, or bytes (SHA-256) that the caller may read already."""

    name = line(255)
    mime = String(validate=[Length(max=200), Regexp(MIME)])
    upload = UUID()
    sha256 = String(validate=Regexp(SHA256))


class RelationIn(Strict):
    """A relation of Dublin Core to an item that the caller may read."""

    kind = String(required=True, validate=OneOf(RELATIONS))
    id = UUID(required=True)


class _Fields(Strict):
    class_ = String(data_key="class", validate=Regexp(CODE))
    level = String(validate=OneOf(LEVEL_WORDS))
    retain_until = Date(allow_none=True)
    property_set = String(validate=Regexp(CODE), metadata={"description": "Code; its newest version is used"})
    properties = Dict(keys=String(), values=Raw(), metadata={"description": "Values by the property set's keys"})
    relations = List(Nested(RelationIn), validate=Length(max=100))


class ItemIn(_Fields):
    """A new item."""

    id = UUID(metadata={"description": "One that was reserved"})
    external_id = line(200, metadata={"description": "The caller's own identifier, unique among its items"})
    metadata = Nested(Metadata, required=True)
    files = List(Nested(FileIn), validate=Length(max=200))
    note = text(500)


class ItemChangeIn(_Fields):
    """What changes; what is not named stays."""

    metadata = Nested(MetadataChange)


class VersionIn(ItemChangeIn):
    """A new version: all its files, and metadata that change with it."""

    files = List(Nested(FileIn), required=True, validate=Length(max=200))
    note = text(500)


class HoldIn(Strict):
    until = Date(required=True)


class LockIn(Strict):
    minutes = Integer(load_default=60, strict=True, validate=Range(1, 24 * 60))


class Locked(Schema):
    lock_token = String(required=True)
    locked_until = DateTime(required=True)


class ReserveIn(Strict):
    count = Integer(required=True, strict=True, validate=Range(1, 1000))


class Reserved(Schema):
    ids = List(UUID(), required=True)


class ExportIn(Strict):
    ids = List(UUID(), required=True, validate=Length(min=1, max=500))


class GrantIn(Strict):
    """Of one item, or of a class (`*`: all of the caller's) up to a level."""

    holder = String(required=True, validate=Regexp(HOLDER))
    item = UUID()
    class_ = String(data_key="class", validate=Regexp(r"^(\*|[a-z][a-z0-9_-]{0,59})$"))
    up_to_level = String(validate=OneOf(LEVEL_WORDS))
    until = Date(allow_none=True)
    reason = text(500)


class FileOut(Schema):
    id = UUID(required=True)
    name = String(required=True)
    mime = String(required=True)
    size = Integer(required=True)
    sha256 = String(required=True)
    url = String(required=True)
    preview_url = String(required=True, metadata={"description": "404 where the file gives no picture"})
    text_url = String(required=True)


class RelationOut(Schema):
    kind = String(required=True)
    id = UUID(required=True)
    title = String(required=True)


class VersionOut(Schema):
    version = Integer(required=True)
    made_at = DateTime(required=True)
    made_by = String(required=True)
    note = String(required=True)
    metadata = Dict(required=True)
    files = List(Nested(FileOut), required=True)


class PropertySetRef(Schema):
    code = String(required=True)
    version = Integer(required=True)


class ItemOut(Schema):
    id = UUID(required=True)
    owner = String(required=True)
    external_id = String(required=True, allow_none=True)
    class_ = String(data_key="class", required=True)
    level = String(required=True)
    state = String(required=True)
    revision = Integer(required=True)
    version = Integer(required=True)
    metadata = Dict(required=True)
    property_set = Nested(PropertySetRef, required=True, allow_none=True)
    properties = Dict(required=True)
    retain_until = Date(required=True, allow_none=True)
    locked_until = DateTime(required=True, allow_none=True)
    held_until = Date(allow_none=True)
    created_at = DateTime(required=True)
    changed_at = DateTime(required=True)
    files = List(Nested(FileOut))
    relations = List(Nested(RelationOut))
    versions = List(Nested(VersionOut))


class ItemsOut(Schema):
    items = List(Nested(ItemOut), required=True)
    next = String(required=True, allow_none=True)


class ChangeOut(Schema):
    at = DateTime(required=True)
    by = String(required=True)
    old = Dict(required=True)
    new = Dict(required=True)


class ChangesOut(Schema):
    changes = List(Nested(ChangeOut), required=True)


class ReaderOut(Schema):
    holder = String(required=True)
    name = String(required=True)
    why = String(required=True, metadata={"enum": ["owner", "item", "class"]})
    until = Date(required=True, allow_none=True)
    class_ = String(data_key="class", required=True)
    up_to_level = String(required=True)
    grant = UUID(required=True, allow_none=True)


class ReadersOut(Schema):
    readers = List(Nested(ReaderOut), required=True)


class GrantOut(Schema):
    id = UUID(required=True)
    owner = String(required=True)
    holder = String(required=True)
    item = UUID(required=True, allow_none=True)
    class_ = String(data_key="class", required=True, allow_none=True)
    up_to_level = String(required=True, allow_none=True)
    until = Date(required=True, allow_none=True)
    reason = String(required=True)
    given_at = DateTime(required=True)
    ended_at = DateTime(required=True, allow_none=True)


class GrantsOut(Schema):
    grants = List(Nested(GrantOut), required=True)
    next = String(required=True, allow_none=True)


class ClassOut(Schema):
    code = String(required=True)
    name = String(required=True)


class ClassesOut(Schema):
    classes = List(Nested(ClassOut), required=True)


class PropertySetOut(Schema):
    code = String(required=True)
    version = Integer(required=True)
    name = String(required=True)
    fields_ = List(Dict(), data_key="fields", required=True)


class PropertySetsOut(Schema):
    property_sets = List(Nested(PropertySetOut), required=True)


class PageIn(Schema):
    cursor = String(
        validate=[Length(max=400), Regexp(r"^[A-Za-z0-9_-]+$")], metadata={"description": "`next` of the page before"}
    )
    limit = Integer(load_default=50, validate=Range(1, 200))


class FileTextOut(Schema):
    """What was read in a file."""

    state = String(required=True, validate=OneOf(["waiting", "read", "parked", "set_aside"]))
    problem = String(required=True, allow_none=True, metadata={"description": "Why it could not be read"})
    text = String(required=True)


class ExpandIn(Schema):
    expand = String(validate=Regexp(r"^(files|relations|versions)(,(files|relations|versions))*$"))


class ItemsIn(PageIn, ExpandIn):
    owner = line(80)
    class_ = line(60, data_key="class")
    level = String(validate=OneOf(LEVEL_WORDS))
    state = String(load_default="active", validate=OneOf(["active", "deleted"]))
    external_id = line(200)
    changed_after = DateTime(metadata={"description": "With a time zone"})
    since = Date()
    until = Date()


class GrantsIn(PageIn):
    owner = line(80)
    holder = String(validate=Regexp(HOLDER))
    ended = Boolean(load_default=False)


class DeleteIn(Schema):
    reason = line(500, required=True)


class UnlockIn(Schema):
    force = Boolean(load_default=False)
