"""Tables of signing: *requests* (what is to be signed, by whom), *approvals*, *reports* of checks, *lists* of trust."""

from portal.signing.models.approvals import Answer, ApprovalRemark, ApprovalRound, Approver, RemarkOutcome, RoundState
from portal.signing.models.lists import TrustList
from portal.signing.models.reports import SignatureReport
from portal.signing.models.requests import (
    RequestState,
    SignatureFormat,
    SignatureKind,
    SignatureRequest,
    Signer,
    SignerState,
)

__all__ = [
    "Answer",
    "ApprovalRound",
    "Approver",
    "ApprovalRemark",
    "RemarkOutcome",
    "RequestState",
    "RoundState",
    "SignatureFormat",
    "SignatureKind",
    "SignatureReport",
    "SignatureRequest",
    "Signer",
    "SignerState",
    "TrustList",
]
