"""Notifications and receipts: what became of the things we sent."""

import sqlalchemy as sa
import structlog

from portal.audit import service as audit
from portal.exchange.models import Delivery, DeliveryState, Notice
from portal.exchange.ports import ChannelRefused, WrongContent
from portal.exchange.service.calls import channel_fails, channel_works, keep_calls, note, open_channel
from portal.exchange.service.outgoing import _locked, changed, move
from portal.kernel import clock, crypto
from portal.kernel.db import db, released
from portal.kernel.errors import ExternalUnavailable
from portal.storage import service as storage

log = structlog.get_logger()
PAGE = 100
S = DeliveryState
STATES = {
    "Accepted": S.ACCEPTED,
    "Rejected": S.REJECTED,
    "RecipientAccepted": S.DELIVERED,
    "RecipientRejected": S.REFUSED,
    "DeliveryDelayed": S.LATE,
}
# Notifications can overtake or repeat each other: a recipient only ever moves up.
RANK = {S.QUEUED: 0, S.SENT: 1, S.ACCEPTED: 2, S.LATE: 3, S.REJECTED: 4, S.REFUSED: 4, S.DELIVERED: 4}
ENDS = (S.REJECTED, S.REFUSED, S.LATE)
NOTIFIED_AFTER_WORKING_DAYS = 2  # LAW-115: counts as notified on the second working day after sending


def poll_notifications(actor):
    """Work in all waiting notifications, then fetch the receipts that are due. Returns how many were new."""
    calls = []
    try:
        channel = open_channel(calls)
        count = _work_in_all(actor, channel)
        _fetch_receipts(actor, channel, calls)
        channel_works()
    except (ExternalUnavailable, ChannelRefused) as error:
        channel_fails(error.message)
        count = 0
    keep_calls(calls)
    return count


def _work_in_all(actor, channel):
    count = 0
    while True:
        with released():
            notices = channel.notices(PAGE)
        if not notices:
            return count
        # the queue is first in, first out; its numbers tell the order when the page does not
        for notice in sorted(notices, key=lambda n: n.number):
            count += _work_in(actor, notice)
        with released():  # off their queue only when it is committed here
            channel.confirm_notices(sorted({n.number for n in notices}))


def _work_in(actor, notice):
    """Apply one notification; returns 1 unless it was seen before."""
    if db.session.get(Notice, notice.number) is not None:
        return 0
    db.session.add(Notice(number=notice.number, worked_in_at=clock.now()))
    db.session.flush()
    delivery_id = _delivery_of(notice)
    state = STATES.get(notice.status)
    if delivery_id is None or state is None:
        log.info("exchange: a notification for nobody", number=notice.number, status=notice.status)
        return 1
    delivery = _locked(delivery_id)
    delivery.external_id = delivery.external_id or notice.external_id
    delivery.outcome_known, delivery.next_try_at = True, None  # they speak of it, so they have it
    _apply(delivery, notice, state)
    before = delivery.state
    moved = move(delivery, _overall(delivery))
    if moved:
        delivery.sent_at = delivery.sent_at or clock.now()
        problem = delivery.state in ENDS
        delivery.problem_code = _problem_code(delivery.state, notice) if problem else None
        delivery.problem = notice.text if problem else None
        audit.record(actor, "delivery.changed", delivery, old={"state": before}, new={"state": delivery.state})
        changed(actor, delivery)
    return 1


def _delivery_of(notice):
    """By our own number first: it is known even when the answer to our sending was lost."""
    return db.session.scalar(
        sa.select(Delivery.id)
        .where(
            sa.or_(
                sa.and_(Delivery.ref_number == notice.ref_number, sa.literal(bool(notice.ref_number))),
                sa.and_(Delivery.external_id == notice.external_id, sa.literal(bool(notice.external_id))),
            )
        )
        .order_by(Delivery.id)
        .limit(1)
    )


def _apply(delivery, notice, state):
    named = {crypto.lookup_hash(address) for address in notice.recipients}
    concerned = [r for r in delivery.recipients if r.address_hash in named] or delivery.recipients
    for recipient in concerned:
        if RANK[state] > RANK[recipient.state]:
            recipient.state, recipient.changed_at = state, notice.created_at or clock.now()
            recipient.code, recipient.text = notice.code or None, notice.text or None
            note(delivery, state.value, recipient=recipient.name, code=notice.code, text=notice.text)


def _overall(delivery):
    """The delivery's state by its recipients': delivered when all are; a failure counts once nobody is on the way."""
    states = {r.state for r in delivery.recipients}
    if states == {S.DELIVERED}:
        return S.DELIVERED
    if not states & {S.QUEUED, S.SENT, S.ACCEPTED}:
        return next(state for state in ENDS if state in states)
    return S.ACCEPTED


def _problem_code(state, notice):
    if state == S.REJECTED:
        first = notice.text.split(" ", 1)[0].removeprefix("BL.")
        return first if "." in first else "rejected"
    return state.value


# --- receipts ---------------------------------------------------------------------------------------------------------


def _fetch_receipts(actor, channel, calls):
    """The channel's signed receipt for each delivery it has processed; its time starts the legal term."""
    waiting = db.session.scalars(
        sa.select(Delivery.id)
        .where(
            Delivery.receipt_sha256.is_(None),
            Delivery.external_id.is_not(None),
            Delivery.state.in_([S.ACCEPTED, S.DELIVERED, S.REFUSED, S.LATE]),
            sa.func.coalesce(Delivery.problem_code, "") != "content",
        )
        .order_by(Delivery.id)
        .limit(PAGE)
    ).all()
    for delivery_id in waiting:
        _fetch_receipt(actor, channel, calls, delivery_id)


def _fetch_receipt(actor, channel, calls, delivery_id):
    external_id, receipt, problem = db.session.get(Delivery, delivery_id).external_id, None, None
    with released():
        try:
            receipt = channel.server_confirmation(external_id)
        except (ChannelRefused, WrongContent) as error:
            problem = error
    delivery = _locked(delivery_id)
    keep_calls(calls, delivery)
    if problem is not None:
        delivery.problem_code = "content"
        delivery.problem = str(problem)
        note(delivery, "receipt_unusable", problem=str(problem))
    elif receipt is not None:
        data, delivery.server_received_at = receipt
        delivery.receipt_sha256 = storage.put(actor, data, mime="application/xml", name="receipt.xml").sha256
        delivery.notified_on = clock.add_working_days(
            clock.local(delivery.server_received_at).date(), NOTIFIED_AFTER_WORKING_DAYS
        )
        note(delivery, "receipt", notified_on=delivery.notified_on.isoformat())
        audit.record(actor, "delivery.receipt", delivery, new={"notified_on": delivery.notified_on})
