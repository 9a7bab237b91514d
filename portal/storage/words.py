"""What the tables that name blobs hold, in words."""

from portal.kernel.i18n import _, _l

_WORDS = {
    "document_file": _l("file of a document"),
    "store_file": _l("file of an item in the store"),
    "draft_version": _l("version of a draft"),
    "delivery": _l("delivery"),
    "message": _l("received message"),
    "matter_file": _l("file of a matter"),
    "upload": _l("upload"),
    "person": _l("picture of a person"),
    "archive_handover": _l("package for the archives"),
    "message_file": _l("file of a received message"),
    "delivery_file": _l("file of a delivery"),
    "scan": _l("scan"),
    "signature_request": _l("file to be signed"),
    "ready_file": _l("made file"),
    "blob_preview": _l("picture of a first page"),
}


def table_words(table: str) -> str:
    """The kind of thing; a table without words keeps its name."""
    return str(_WORDS.get(table) or _("row of the table %(table)s", table=table))


def damage_words(why: str) -> str:
    """What is wrong with a blob. The kept words are those of the log and the command line."""
    if why.startswith("missing"):
        return _("It is missing")
    if why.startswith(("its length", "shorter")):
        return _("Its end is missing, or something stands behind it")
    if why.startswith("no key"):
        return _("No key opens it")
    return _("Its content is changed")
