"""Everything the document store can do: the only door for all other code."""

from portal.store.models import PORTAL
from portal.store.service.changing import (
    add_version,
    change_item,
    delete_item,
    destroy_item,
    erase_bytes,
    hold_item,
    lock_item,
    restore_item,
    unlock_item,
)
from portal.store.service.creating import FileEntry, create_item, reserve_ids, stage_entries
from portal.store.service.exporting import export_items
from portal.store.service.feed import (
    forget_old_events,
    list_events,
    note_changed,
    note_created,
    note_deleted,
    note_granted,
    note_restored,
    note_revoked,
    note_version,
)
from portal.store.service.granting import (
    Reader,
    end_grant,
    get_grant,
    give_grant,
    holder_names,
    list_grants,
    readers_of,
)
from portal.store.service.importing import ask_import, get_import, list_import_rows, run_import
from portal.store.service.indexing import follow_expired, follow_grant, index_all, read_files, text_changed
from portal.store.service.own import destroy_own, hold_own, keep_own
from portal.store.service.reading import (
    ItemFilters,
    changes_of,
    expanded,
    find_by_external,
    get_item,
    is_veiled,
    list_items,
    may_read_bytes,
    open_file,
    open_item,
    owner_name,
    owners,
    seen_among,
    versions_of,
)
from portal.store.service.rights import class_key
from portal.store.service.rules import (
    class_name,
    ensure_class,
    get_property_set,
    latest_property_set,
    list_classes,
    list_property_sets,
    save_class,
    save_property_set,
)

__all__ = [
    "PORTAL", "follow_expired", "follow_grant", "index_all",
    "class_name", "holder_names", "is_veiled", "owner_name", "seen_among",
    "FileEntry", "ItemFilters", "Reader", "add_version", "ask_import", "change_item", "changes_of", "class_key",
    "create_item", "delete_item", "destroy_item", "destroy_own", "end_grant", "ensure_class", "erase_bytes",
    "expanded", "export_items",
    "find_by_external", "forget_old_events", "get_grant", "get_import", "get_item", "get_property_set", "give_grant",
    "hold_item", "hold_own", "keep_own", "latest_property_set", "list_classes", "list_events", "list_grants",
    "list_import_rows", "list_items", "list_property_sets", "lock_item", "may_read_bytes", "note_changed",
    "note_created", "note_deleted", "note_granted", "note_restored", "note_revoked", "note_version", "open_file",
    "open_item", "owners", "read_files", "readers_of", "reserve_ids", "restore_item", "run_import", "save_class",
    "save_property_set", "stage_entries", "text_changed", "unlock_item", "versions_of",
]  # fmt: skip
