"""What a condition may ask about: fields of the document, case or action that a flow is about."""

from portal.kernel.i18n import _l

FIELDS = {
    "kind": (_l("Kind of document"), "text"),
    "direction": (_l("Direction"), "text"),
    "register": (_l("Code of the register"), "text"),
    "number": (_l("Number"), "text"),
    "title": (_l("Title"), "text"),
    "author": (_l("Author"), "text"),
    "addressee": (_l("Addressee"), "text"),
    "summary": (_l("Summary"), "text"),
    "received_on": (_l("Received or dated on (2026-11-24)"), "date"),
    "due_on": (_l("Due (2026-11-24)"), "date"),
    "responsible_id": (_l("Person responsible"), "person"),
    "unit_id": (_l("Unit"), "unit"),
    "case_id": (_l("Case"), "text"),
    "has_files": (_l("Has files"), "yes"),
    "amount": (_l("Amount in euro"), "number"),
    "outcome": (_l("The last answer"), "text"),
}
# what the shipped flow of cases keeps among its data
OF_CASES = ("head_id", "granted", "delivered")
