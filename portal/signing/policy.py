"""Who may sign, and who may refuse."""

from portal.kernel.access import ALLOWED, Verdict, refuse
from portal.kernel.i18n import _
from portal.signing.models import RequestState, SignerState


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
