"""Everything storage can do: keep bytes and give them back, receive large files in pieces, find damage and viruses."""

from portal.storage.blob_format import DamagedBlob
from portal.storage.extract.causes import place_words
from portal.storage.extract.limits import Place
from portal.storage.extract.reading import check_archive, extract_text
from portal.storage.extract.sniffing import sniff
from portal.storage.models import Blob, BlobText, Scanned, StorageRoom, TextState, Upload, UploadState
from portal.storage.names import tidy_name
from portal.storage.service.blobs import (
    Staged,
    Withheld,
    _store,
    damaged,
    discard,
    ensure_given,
    erase,
    get_blob,
    iter_range,
    keep,
    open,
    put,
    read,
    rotate_wrapping,
    size,
    stage,
    verify,
    verify_all,
)
from portal.storage.service.fixity import (
    hits_of,
    list_damaged,
    list_runs,
    request_due_fixity,
    request_fixity,
    run_fixity,
)
from portal.storage.service.previews import make_preview, previews_of
from portal.storage.service.room import ensure_room, list_rooms, room_of, set_room, use_room
from portal.storage.service.scanning import (
    destroy_quarantined,
    list_quarantined,
    release_quarantined,
    scan_blob,
    scan_waiting,
    scanner_is_silent,
    waiting_for_scanner,
)
from portal.storage.service.texts import (
    TEXTS_PAGE,
    Text,
    beginnings_of,
    inner_of,
    parked,
    parked_causes,
    read_again,
    read_asked,
    read_text,
    reading_of,
    recognise_waiting,
    set_aside,
    set_text,
    text_of,
    texts_of,
    waiting_to_be_recognised,
    whole_text,
    with_containers,
    with_text,
)
from portal.storage.service.uploads import (
    drop_old_uploads,
    end_upload,
    finish_upload,
    get_upload,
    note_complete,
    receive,
    start_upload,
    take_upload,
)

__all__ = [
    "ensure_given", "make_preview", "previews_of", "reading_of", "beginnings_of",
    "ensure_room", "list_rooms", "room_of", "set_room", "StorageRoom", "use_room",
    "Blob", "BlobText", "DamagedBlob", "Place", "Scanned", "Staged", "TEXTS_PAGE", "Text", "TextState",
    "Upload", "UploadState", "Withheld", "_store", "check_archive", "damaged", "destroy_quarantined", "discard",
    "drop_old_uploads", "end_upload", "erase", "extract_text", "finish_upload", "get_blob", "get_upload", "hits_of",
    "inner_of", "iter_range", "keep", "list_damaged", "list_quarantined", "list_runs", "note_complete", "open",
    "parked", "parked_causes", "place_words", "put", "read", "read_again", "read_asked", "read_text", "receive",
    "recognise_waiting", "release_quarantined", "request_due_fixity", "request_fixity", "rotate_wrapping",
    "run_fixity", "scan_blob", "scan_waiting", "scanner_is_silent", "set_aside", "set_text", "size", "sniff", "stage",
    "start_upload", "take_upload", "text_of", "texts_of", "tidy_name", "verify", "verify_all", "waiting_for_scanner",
    "waiting_to_be_recognised", "whole_text", "with_containers", "with_text",
]  # fmt: skip
