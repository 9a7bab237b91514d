"""Words for states and history: what a clerk reads on the delivery desk."""

from datetime import date

from portal.exchange.faults import explain
from portal.exchange.models import DeliveryState, MessageState
from portal.kernel.i18n import _, _l, date_short

# word and look (see the `status` macro) of each state
DELIVERY_STATES = {
    DeliveryState.QUEUED: (_l("Queued"), "info"),
    DeliveryState.SENDING: (_l("Being sent"), "info"),
    DeliveryState.RETRYING: (_l("Waiting for the next try"), "warn"),
    DeliveryState.FAILED: (_l("Not sent"), "late"),
    DeliveryState.SENT: (_l("Sent"), "info"),
    DeliveryState.ACCEPTED: (_l("Accepted by the e-address"), "info"),
    DeliveryState.REJECTED: (_l("Rejected by the e-address"), "late"),
    DeliveryState.DELIVERED: (_l("Delivered"), "ok"),
    DeliveryState.REFUSED: (_l("Refused by the recipient"), "late"),
    DeliveryState.LATE: (_l("Not opened in time"), "late"),
    DeliveryState.CANCELLED: (_l("Cancelled"), "neutral"),
}
MESSAGE_STATES = {
    MessageState.FAILED_FETCH: (_l("Could not be fetched"), "late"),
    MessageState.STORED: (_l("Stored, not confirmed yet"), "info"),
    MessageState.CONFIRMED: (_l("Confirmed, not registered yet"), "warn"),
    MessageState.REGISTERED: (_l("Received"), "ok"),
    MessageState.LATE: (_l("Term missed"), "late"),
}


def sentence(event):
    """One line of history as a sentence."""
    data = event.data
    said = data.get("said") or data.get("text") or data.get("problem") or ""
    words = {
        "queued": lambda: _("%(who)s queued it for sending", who=event.actor_name or "PKIP"),
        "sent": lambda: _("Handed over; the e-address gave it the number %(number)s", number=data.get("external_id")),
        "not_answered": lambda: _("The e-address did not answer (%(text)s); PKIP will try again", text=said),
        "gave_up": lambda: _("No answer for 24 hours; PKIP stopped trying"),
        "refused_by_channel": lambda: _(
            "Refused with the code %(code)s: %(text)s",
            code=data.get("code"),
            text=said or explain(data.get("code")).cause,
        ),
        "accepted": lambda: _("The e-address accepted it for %(name)s", name=data.get("recipient")),
        "rejected": lambda: _(
            "The e-address rejected it for %(name)s: %(text)s", name=data.get("recipient"), text=said
        ),
        "delivered": lambda: _("%(name)s received it", name=data.get("recipient")),
        "refused": lambda: _(
            "%(name)s refused it: %(text)s", name=data.get("recipient"), text=said or data.get("code")
        ),
        "late": lambda: _("%(name)s did not open it in time", name=data.get("recipient")),
        "receipt": lambda: _(
            "The signed receipt came; it counts as notified on %(date)s (Notification Law 9)",
            date=date_short(date.fromisoformat(data["notified_on"])),
        ),
        "receipt_unusable": lambda: _("The receipt could not be accepted: %(text)s", text=said),
        "resent": lambda: _("%(who)s sent it again", who=event.actor_name or "PKIP"),
        "cancelled": lambda: _(
            "%(who)s cancelled it: %(reason)s", who=event.actor_name or "PKIP", reason=data.get("reason")
        ),
        "stored": lambda: _("Fetched whole and checked; files: %(num)s", num=data.get("files")),
        "confirmed": lambda: _("Receipt was confirmed to the e-address"),
        "registered": lambda: _("Handed over for registration"),
        "not_fetched": lambda: _("Could not be fetched: %(text)s", text=said or data.get("code")),
        "not_confirmed": lambda: _("The confirmation was refused: %(text)s", text=said or data.get("code")),
        "not_registered": lambda: _("Could not be registered: %(text)s", text=said),
        "retried": lambda: _("%(who)s asked for another try", who=event.actor_name or "PKIP"),
    }
    return words[event.kind]()
