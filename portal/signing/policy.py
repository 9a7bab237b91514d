"""Who may sign, refuse and approve."""

from portal.kernel.access import ALLOWED, Verdict, refuse
from portal.kernel.i18n import _
from portal.signing.models import RequestState, RoundState, SignerState


def can_sign(actor, request, signer) -> Verdict:
    """Only the person who was asked, with their own certificate, while the request is open."""
    if signer is None or actor.on_behalf_of_id is not None:
        return refuse(_("Only the person who was asked can sign this"))
    if request.state is RequestState.REFUSED:
        return refuse(_("Another signer refused to sign this"))
    if signer.state is SignerState.SIGNED:
        return refuse(_("You have signed this already"))
    if signer.state is SignerState.QUEUED:
        return refuse(_("Your signature is being made"))
    if request.in_order and any(
        one.order < signer.order and one.state is not SignerState.SIGNED for one in request.signers
    ):
        return refuse(_("It is not your turn yet: somebody signs before you"))
    if request.state is not RequestState.OPEN or signer.state is not SignerState.WAITING:
        return refuse(_("This is no longer waiting for a signature"))
    return ALLOWED


def can_refuse(actor, request, signer) -> Verdict:
    """Whoever may sign may refuse to (LAW-51 for the chair; which decisions may not be refused, council knows)."""
    return can_sign(actor, request, signer)


def can_approve(actor, found, approver) -> Verdict:
    """The person who was asked, or who stands in for them (LAW-84), when their turn has come."""
    if approver is None:
        return refuse(_("Only the person who was asked can approve this"))
    if found.state is RoundState.REPLACED:
        return refuse(_("There is a newer version; that one is asked about now"))
    if found.state is not RoundState.OPEN:
        return refuse(_("This approval is finished"))
    if approver.answer is not None:
        return refuse(_("You have answered already"))
    if approver.asked_at is None:
        return refuse(_("It is not your turn yet: somebody approves before you"))
    return ALLOWED


def can_decide_remarks(actor, found) -> Verdict:
    """Who asked; what a flow asked for, whoever sees it and is not among the approvers."""
    mine = actor.on_behalf_of_id or actor.person_id
    if found.asked_by_id == mine or (found.asked_by_id is None and found.approver_of(mine) is None):
        return ALLOWED
    return refuse(_("What becomes of a remark is decided by who asked for the approval"))


def can_withdraw(actor, found) -> Verdict:
    """Who asked, while it is open."""
    if found.state is not RoundState.OPEN:
        return refuse(_("This approval is finished"))
    return can_decide_remarks(actor, found)
