"""Everything the audit log can do: record, list, seal, verify, prove."""

from portal.audit.service.listing import (
    LogState,
    RecordFilters,
    about_person,
    get_record,
    iter_records,
    list_for,
    list_records,
    opened_by,
    state,
)
from portal.audit.service.proving import proof, proof_for, proof_of_period
from portal.audit.service.recording import erase_personal, record, record_reading, record_rows
from portal.audit.service.sealing import seal
from portal.audit.service.verifying import (
    Finding,
    Report,
    get_verification,
    latest_verification,
    request_verification,
    run_verification,
    verify,
)

__all__ = [
    "Finding", "LogState", "RecordFilters", "Report", "about_person", "opened_by", "erase_personal", "get_record",
    "get_verification", "latest_verification", "iter_records", "list_for", "list_records", "proof", "proof_for",
    "proof_of_period", "record", "record_reading", "record_rows", "request_verification", "run_verification", "seal",
    "state", "verify",
]  # fmt: skip
