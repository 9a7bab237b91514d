"""Who may send, mend and look behind."""

from portal.exchange.models import MOVES, NEEDS_A_PERSON, DeliveryState, MessageState
from portal.kernel.access import ALLOWED, refuse
from portal.kernel.i18n import _


def can_send(actor):
    """Whoever works on cases or documents sends their results; clerks send everything."""
    if any(actor.can(permission) for permission in ("exchange.send", "cases.work", "documents.register")):
        return ALLOWED
    return refuse(_("Your role does not let you send to e-addresses; a clerk can"))


def can_resend(actor, delivery):
    """Those who may send, while a person is wanted or the next try is awaited."""
    if not (actor.can("exchange.send") or actor.has_role("it") or actor.person_id == delivery.queued_by_id):
        return refuse(_("Only a clerk, IT staff or who sent it can send it again"))
    if delivery.state not in (*NEEDS_A_PERSON, DeliveryState.RETRYING):
        return refuse(_("There is nothing to mend: the delivery is on its way or has arrived"))
    return ALLOWED


def can_cancel(actor, delivery):
    """Those who may send, as long as nothing can have left the house."""
    if not (actor.can("exchange.send") or actor.person_id == delivery.queued_by_id):
        return refuse(_("Only a clerk or who sent it can cancel it"))
    if DeliveryState.CANCELLED not in MOVES[delivery.state]:
        return refuse(_("It cannot be cancelled any more: the e-address system may have it already"))
    if not delivery.outcome_known:
        return refuse(
            _(
                "It cannot be cancelled: nobody knows whether the e-address system has it. Send it again; it "
                "will not arrive twice"
            )
        )
    return ALLOWED


def can_retry_message(actor, message):
    """Clerks and IT staff, for messages that are stuck on their way in."""
    if not (actor.can("documents.register") or actor.has_role("it")):
        return refuse(_("Only a clerk or IT staff can do this"))
    if message.state == MessageState.REGISTERED or message.state == MessageState.LATE:
        return refuse(_("There is nothing to mend here"))
    return ALLOWED


def can_read_raw(actor):
    """IT staff see the envelope as it went over the wire."""
    return ALLOWED if actor.has_role("it") else refuse(_("Raw messages are shown to IT staff only"))
