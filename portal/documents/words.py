"""How people call directions, kinds and states; the shape that goes with each state."""

from portal.documents.models import (
    AccessLevel,
    ActState,
    Carrier,
    Direction,
    DocumentKind,
    DocumentState,
    DraftState,
    FieldType,
    FileRole,
    Ground,
    HandoverState,
    PlanState,
    Retention,
    ScanState,
    Warn,
)
from portal.kernel.i18n import _l

DIRECTIONS = {
    Direction.INCOMING: _l("Incoming"),
    Direction.OUTGOING: _l("Outgoing"),
    Direction.INTERNAL: _l("Internal"),
}
KINDS = {
    DocumentKind.APPLICATION: _l("Application"),
    DocumentKind.LETTER: _l("Letter received"),
    DocumentKind.DECISION: _l("Decision"),
    DocumentKind.MINUTES: _l("Minutes"),
    DocumentKind.EXTRACT: _l("Extract"),
    DocumentKind.OUTGOING: _l("Letter sent"),
    DocumentKind.INTERNAL: _l("Internal document"),
    DocumentKind.CONTRACT: _l("Contract"),
    DocumentKind.ORDER: _l("Order"),
}
CARRIERS = {Carrier.ELECTRONIC: _l("Electronic"), Carrier.PAPER: _l("Paper"), Carrier.BOTH: _l("Electronic and paper")}
RETENTIONS = {
    Retention.PERMANENT: _l("Permanently"),
    Retention.YEARS: _l("So many years"),
    Retention.EVENT: _l("So many years after an event"),
}
PLAN_STATES = {
    PlanState.DRAFT: _l("Draft"),
    PlanState.AGREED: _l("Agreed"),
    PlanState.IN_FORCE: _l("In force"),
    PlanState.CLOSED: _l("Closed"),
}
PLAN_SHAPES = {PlanState.DRAFT: "warn", PlanState.AGREED: "info", PlanState.IN_FORCE: "ok", PlanState.CLOSED: "neutral"}
PLAN_FIELDS = {
    "index": _l("Index"),
    "title": _l("Title"),
    "is_level": _l("Level"),
    "retention": _l("Kept"),
    "retention_years": _l("Years"),
    "retention_event": _l("After what the years are counted"),
    "retention_ground": _l("Ground of the term"),
    "review": _l("Appraisal mark"),
    "unit_id": _l("Responsible unit"),
    "carrier": _l("Carrier"),
    "system": _l("Information system"),
    "restriction": _l("Restricted access"),
    "notes": _l("Notes"),
    "runs_on": _l("Goes on in the next year until the matter is solved"),
}
FIELD_TYPES = {
    FieldType.TEXT: _l("Text"),
    FieldType.DATE: _l("Date"),
    FieldType.MONEY: _l("Amount of money"),
    FieldType.PERSON: _l("Employee"),
    FieldType.CHOICE: _l("One of a list"),
}
STATES = {
    DocumentState.REGISTERED: _l("Registered"),
    DocumentState.IN_WORK: _l("In work"),
    DocumentState.DONE: _l("Done"),
    DocumentState.ANNULLED: _l("Annulled"),
    DocumentState.DESTROYED: _l("Destroyed"),
}
STATE_SHAPES = {
    DocumentState.REGISTERED: "info",
    DocumentState.IN_WORK: "info",
    DocumentState.DONE: "ok",
    DocumentState.ANNULLED: "neutral",
    DocumentState.DESTROYED: "neutral",
}
ACT_STATES = {
    ActState.DRAFT: _l("The act is being drawn up"),
    ActState.CHECKED: _l("Checked"),
    ActState.AGREED: _l("Agreed with the National Archive"),
    ActState.APPROVED: _l("Approved; documents are being destroyed"),
    ActState.DESTROYED: _l("Documents destroyed"),
    ActState.CANCELLED: _l("Act given up"),
}
HANDOVER_STATES = {
    HandoverState.WAITING: _l("The package is being made"),
    HandoverState.READY: _l("The package is ready"),
    HandoverState.FAILED: _l("The package could not be made"),
    HandoverState.HANDED_OVER: _l("Handed over"),
}
ARCHIVE_SHAPES = {
    ActState.DRAFT: "neutral",
    ActState.CHECKED: "info",
    ActState.AGREED: "info",
    ActState.APPROVED: "info",
    ActState.DESTROYED: "ok",
    ActState.CANCELLED: "neutral",
    HandoverState.WAITING: "info",
    HandoverState.READY: "ok",
    HandoverState.FAILED: "late",
    HandoverState.HANDED_OVER: "ok",
}
SCAN_STATES = {
    ScanState.WAITING: _l("Waits to be read"),
    ScanState.READING: _l("Being read"),
    ScanState.READY: _l("Text recognised"),
    ScanState.FAILED: _l("Could not be read"),
}
SCAN_SHAPES = {ScanState.WAITING: "neutral", ScanState.READING: "info", ScanState.READY: "ok", ScanState.FAILED: "warn"}
DRAFT_STATES = {
    DraftState.OPEN: _l("Being prepared"),
    DraftState.SIGNING: _l("Being signed"),
    DraftState.REGISTERED: _l("Signed and registered"),
    DraftState.CANCELLED: _l("Given up"),
}
DRAFT_SHAPES = {
    DraftState.OPEN: "info",
    DraftState.SIGNING: "info",
    DraftState.REGISTERED: "ok",
    DraftState.CANCELLED: "neutral",
}
GROUNDS = {
    Ground.PRIVATE_LIFE: _l("Private life of a natural person (IAL 5(2)4)"),
    Ground.LAW: _l("Status set by a law (IAL 5(2)1)"),
    Ground.INTERNAL: _l("Internal use of the institution (IAL 5(2)2)"),
    Ground.TRADE_SECRET: _l("Trade secret (IAL 5(2)3)"),
    Ground.EVALUATION: _l("Certification, exam, project or competition (IAL 5(2)5)"),
    Ground.NATO_LIMITE: _l("“NATO UNCLASSIFIED” or “LIMITE” (IAL 5(2)7)"),
}
LEVELS = {AccessLevel.RESTRICTED: _l("Restricted access"), AccessLevel.CONFIDENTIAL: _l("Closely held")}
ROLES = {FileRole.ORIGINAL: _l("File"), FileRole.CONTAINER: _l("Signed container"), FileRole.COPY: _l("Copy")}
WARNINGS = {
    Warn.FILE_PROBLEM: _l("Something is wrong with a file; see the files"),
    Warn.SIGNATURE_UNKNOWN: _l("A signature could not be checked to the end; see the files"),
    Warn.SIGNATURE_INVALID: _l("A signature is not valid; see the files"),
}
VERDICTS = {"valid": _l("Valid"), "indeterminate": _l("Cannot be determined"), "invalid": _l("Not valid")}
RULES = {
    "LAW-104": _l("An application is answered within 10 working days of receipt (Law on Applications, section 5(3))"),
    "LAW-104-old": _l(
        "An application received before 1 March 2026 is answered within a month (Law on Applications, section 5(3))"
    ),
    "LAW-104-more": _l(
        "Extended: an answer may take a month from receipt when information has to be got from others; the applicant "
        "is told (Law on Applications, section 5(3))"
    ),
    "LAW-107": _l(
        "Extended: a decision may take up to four months from receipt for objective reasons; the applicant is told "
        "(Administrative Procedure Law, section 64(2))"
    ),
    "case": _l("The term of the service for which the case was opened"),
}
