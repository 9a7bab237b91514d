"""The channel, and what every call to it leaves behind: an audit record, a line of history, the connection's state."""

import structlog

from portal.audit import service as audit
from portal.exchange.models import ChannelState, Delivery, ExchangeEvent
from portal.exchange.ports import ChannelRefused
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.i18n import _

log = structlog.get_logger()
CHANNEL = "eaddress"
ROUTINE = ("GetMessageList", "GetNotificationList")


def open_channel(calls):
    """The channel of this instance; finished calls are added to the list. Raises ChannelRefused without certificate."""
    from portal.exchange.adapters.eaddress import EAddress  # loads xmlsec, which only jobs need

    try:
        return EAddress(on_call=calls.append)
    except (OSError, ValueError) as error:  # a certificate or key that is not there or cannot be read
        log.error("eaddress: the certificate cannot be used", error=str(error))
        raise ChannelRefused(_("The e-address certificate or key cannot be read"), "AKL.PSL.013", str(error)) from error


def keep_calls(calls, owner=None):
    """Audit the calls and empty the list. owner: the Delivery or Message they were for.
    The routine question whether there is anything new is audited only when it fails: every few seconds a record that
    says nothing would bury those that do.
    """
    entries = []
    for call in calls:
        if call.operation in ROUTINE and call.code == "ok":
            continue
        entries.append(
            {
                "action": "exchange.call",
                "obj": owner,
                "object_kind": None if owner is not None else "channel",
                "result": "ok" if call.code == "ok" else "failed",
                "label": None if owner is not None else CHANNEL,
                "new": {
                    "operation": call.operation,
                    "message_id": call.message_id,
                    "ref_number": call.ref_number,
                    "code": call.code,
                    "duration_ms": call.duration_ms,
                    "case_id": getattr(owner, "case_id", None),
                    "client": getattr(owner, "client", "system"),
                },
            }
        )
    audit.record_rows(SYSTEM, entries)
    calls.clear()


def note(owner, kind, actor=SYSTEM, **data):
    """Add a line to the history of a delivery or message."""
    column = "delivery_id" if isinstance(owner, Delivery) else "message_id"
    db.session.add(
        ExchangeEvent(
            **{column: owner.id}, at=clock.now(), kind=kind, data=data, actor_name="" if actor.is_system else actor.name
        )
    )


def channel_works():
    """The channel has answered."""
    state = _state()
    state.last_good_at, state.failing_since, state.problem = clock.now(), None, None


def channel_fails(problem):
    """The channel did not answer, or does not want us."""
    state = _state()
    state.failing_since = state.failing_since or clock.now()
    state.problem = problem


def _state():
    state = db.session.get(ChannelState, CHANNEL)
    if state is None:
        state = ChannelState(name=CHANNEL)
        db.session.add(state)
    return state
