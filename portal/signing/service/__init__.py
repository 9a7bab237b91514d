"""Everything that signing can do; the only door for other code.

*requests*: asking for signatures, signing, refusing. *approvals*: asking about a version, answering.
*making*: what the job does with the outside world.
*checking*: judging files. *lists*: whom to trust.
"""

from portal.signing.models import (
    Answer,
    ApprovalRound,
    RemarkOutcome,
    RequestState,
    RoundState,
    SignatureFormat,
    SignatureKind,
    SignatureReport,
    SignatureRequest,
    Signer,
    SignerState,
)
from portal.signing.ports import PinRefused
from portal.signing.report import Report, Verdict
from portal.signing.service.approvals import (
    answer_approval,
    ask_approval,
    decide_remark,
    get_approval_file,
    get_round,
    is_approved,
    latest_round,
    rounds_about,
    version_added,
    withdraw_approval,
)
from portal.signing.service.checking import check_blob, get_report, latest_report, request_check, run_check, verify
from portal.signing.service.lists import (
    can_manage_lists,
    get_trust_list,
    list_trust_lists,
    pointed_lists,
    refresh_lists,
    remove_list,
    upload_list,
)
from portal.signing.service.making import fetch_certificate, make_signature, return_late
from portal.signing.service.requests import (
    get_container,
    get_file,
    get_request,
    list_for_person,
    list_requests_about,
    refuse,
    request,
    sign,
    sign_many,
    signed_together,
)

__all__ = [
    "can_manage_lists",
    "get_trust_list",
    "list_trust_lists",
    "pointed_lists",
    "refresh_lists",
    "remove_list",
    "upload_list",
    "Answer",
    "ApprovalRound",
    "RemarkOutcome",
    "RoundState",
    "answer_approval",
    "ask_approval",
    "decide_remark",
    "get_approval_file",
    "get_round",
    "is_approved",
    "latest_round",
    "rounds_about",
    "version_added",
    "withdraw_approval",
    "PinRefused",
    "Report",
    "RequestState",
    "SignatureFormat",
    "SignatureKind",
    "SignatureReport",
    "SignatureRequest",
    "Signer",
    "SignerState",
    "Verdict",
    "check_blob",
    "fetch_certificate",
    "get_container",
    "get_file",
    "get_report",
    "get_request",
    "latest_report",
    "list_for_person",
    "list_requests_about",
    "make_signature",
    "refuse",
    "request",
    "request_check",
    "return_late",
    "run_check",
    "sign",
    "sign_many",
    "signed_together",
    "verify",
]
