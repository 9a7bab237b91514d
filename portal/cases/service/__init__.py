"""Everything cases can do, by noun."""

from portal.cases.service.catalogue import find_service, get_service, list_services, save_service, service_statistics
from portal.cases.service.deciding import (
    WAYS,
    decision_signed,
    deliver,
    delivery_changed,
    draft_of,
    hand_over,
    matter_decided,
    save_draft,
    submit_draft,
)
from portal.cases.service.handling import (
    assign,
    follow_team,
    forward,
    request_information,
    resume,
    reveal_code,
    set_status,
    suspend,
    term_extended,
    withdraw,
)
from portal.cases.service.letters import make_letter, refuse_application
from portal.cases.service.opening import open_case, open_for_document
from portal.cases.service.reading import CaseView, case_view, count_cases, export_rows, get_case, list_cases, next_step
from portal.cases.service.sending import cases_waiting, resend, send_events

__all__ = [
    "CaseView",
    "WAYS",
    "assign",
    "case_view",
    "cases_waiting",
    "count_cases",
    "decision_signed",
    "deliver",
    "delivery_changed",
    "draft_of",
    "export_rows",
    "follow_team",
    "find_service",
    "forward",
    "get_case",
    "get_service",
    "hand_over",
    "list_cases",
    "list_services",
    "make_letter",
    "matter_decided",
    "next_step",
    "open_case",
    "open_for_document",
    "refuse_application",
    "request_information",
    "resend",
    "resume",
    "reveal_code",
    "save_draft",
    "save_service",
    "send_events",
    "service_statistics",
    "set_status",
    "submit_draft",
    "suspend",
    "term_extended",
    "withdraw",
]
