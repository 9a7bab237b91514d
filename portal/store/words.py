"""What things of the store are called."""

from portal.kernel.i18n import _l
from portal.store.models import ItemState, Level

LEVELS = {
    Level.OPEN: _l("Generally accessible"),
    Level.INTERNAL: _l("For internal use"),
    Level.RESTRICTED: _l("Restricted"),
    Level.CONFIDENTIAL: _l("Confidential"),
}
STATES = {ItemState.ACTIVE: _l("Is kept"), ItemState.DELETED: _l("Deleted"), ItemState.DESTROYED: _l("Destroyed")}
STATE_SHAPES = {ItemState.ACTIVE: "ok", ItemState.DELETED: "warn", ItemState.DESTROYED: "neutral"}
FACTS = {
    "creator": _l("Author"),
    "contributor": _l("Contributor"),
    "publisher": _l("Publisher"),
    "subject": _l("Topic"),
    "description": _l("Description of content"),
    "type": _l("Type"),
    "source": _l("Source"),
    "coverage": _l("Coverage"),
    "rights": _l("Rights"),
    "identifier": _l("Identifier"),
    "title": _l("Title"),
    "class": _l("Class of documents"),
    "level": _l("Confidentiality"),
    "language": _l("Language"),
    "date": _l("Date"),
    "retain_until": _l("Keep until"),
    "property_set": _l("Property set"),
    "properties": _l("Properties"),
}
RELATIONS = {
    "isPartOf": _l("is part of"),
    "hasPart": _l("has the part"),
    "isVersionOf": _l("is a version of"),
    "hasVersion": _l("has the version"),
    "replaces": _l("replaces"),
    "isReplacedBy": _l("is replaced by"),
    "references": _l("refers to"),
    "isReferencedBy": _l("is referred to by"),
    "requires": _l("requires"),
    "isRequiredBy": _l("is required by"),
    "isFormatOf": _l("is another format of"),
    "hasFormat": _l("has the other format"),
    "relation": _l("is related to"),
}
FIELD_TYPES = {
    "text": _l("Text"),
    "long_text": _l("Long text"),
    "integer": _l("Whole number"),
    "decimal": _l("Decimal number"),
    "date": _l("Date"),
    "boolean": _l("Yes or no"),
    "choice": _l("Choice"),
}
WHYS = {"owner": _l("Keeps the item"), "item": _l("This item was granted"), "class": _l("Its class was granted")}
