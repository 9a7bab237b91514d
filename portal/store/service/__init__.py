"""Everything the document store can do: the only door for all other code."""

from portal.store.service.changing import add_version, change_item, delete_item, lock_item, restore_item, unlock_item
from portal.store.service.creating import FileEntry, create_item, reserve_ids, stage_entries
from portal.store.service.exporting import export_items
from portal.store.service.granting import Reader, end_grant, get_grant, give_grant, list_grants, readers_of
from portal.store.service.indexing import read_files, text_changed
from portal.store.service.own import destroy_own, hold_own, keep_own
from portal.store.service.reading import (
    ItemFilters,
    changes_of,
    expanded,
    find_by_external,
    get_item,
    list_items,
    may_read_bytes,
    open_file,
    open_item,
    owners,
    versions_of,
)
from portal.store.service.rights import class_key
from portal.store.service.rules import (
    ensure_class,
    get_property_set,
    latest_property_set,
    list_classes,
    list_property_sets,
    save_class,
    save_property_set,
)

__all__ = [
    "text_changed",
    "FileEntry", "ItemFilters", "Reader", "add_version", "change_item", "changes_of", "class_key", "create_item",
    "delete_item", "destroy_own", "end_grant", "ensure_class", "expanded", "export_items", "find_by_external",
    "get_grant", "get_item", "get_property_set", "give_grant", "hold_own", "keep_own", "latest_property_set",
    "list_classes", "list_grants", "list_items", "list_property_sets", "lock_item", "may_read_bytes", "open_file",
    "open_item", "owners", "read_files", "readers_of", "reserve_ids", "restore_item", "save_class", "save_property_set",
    "stage_entries", "unlock_item", "versions_of",
]  # fmt: skip
