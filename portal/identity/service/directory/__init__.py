"""The directory over LDAP: the register written into it, who reads it, and the directories people come from."""

from portal.identity.service.directory.accounts import add_account, list_accounts, remove_account, renew_password
from portal.identity.service.directory.outside import (
    ask_reading,
    kerberos_is_on,
    kerberos_person,
    outside_is_on,
    read_outside,
)
from portal.identity.service.directory.writing import (
    ask_reconciliation,
    compare_now,
    get_run,
    is_on,
    list_runs,
    reconcile,
    refused_entries,
    state,
    tend,
    write_groups,
    write_person,
    write_unit,
)

__all__ = [
    "add_account",
    "ask_reading",
    "ask_reconciliation",
    "compare_now",
    "get_run",
    "is_on",
    "kerberos_is_on",
    "kerberos_person",
    "list_accounts",
    "list_runs",
    "outside_is_on",
    "read_outside",
    "reconcile",
    "refused_entries",
    "remove_account",
    "renew_password",
    "state",
    "tend",
    "write_groups",
    "write_person",
    "write_unit",
]
