"""Reading: what the delivery desk and other areas look at."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.exchange import policy
from portal.exchange.models import (
    MESSAGE_NEEDS_A_PERSON,
    NEEDS_A_PERSON,
    ChannelState,
    Delivery,
    DeliveryState,
    ExchangeEvent,
    Message,
    MessageState,
)
from portal.exchange.service.calls import CHANNEL
from portal.kernel.access import visible_to
from portal.kernel.db import db
from portal.kernel.errors import NotFound, ensure
from portal.kernel.i18n import _
from portal.kernel.web import cursor_page
from portal.storage import service as storage

TOP = 50


def get_message(actor, message_id) -> Message:
    """A received message with its files. Raises NotFound."""
    message = db.session.scalar(sa.select(Message).where(Message.id == message_id, visible_to(actor, Message)))
    if message is None:
        raise NotFound(_("There is no such message"))
    return message


def get_delivery(actor, delivery_id) -> Delivery:
    """A delivery with recipients and files. Raises NotFound."""
    delivery = db.session.scalar(sa.select(Delivery).where(Delivery.id == delivery_id, visible_to(actor, Delivery)))
    if delivery is None:
        raise NotFound(_("There is no such delivery"))
    return delivery


def list_deliveries(actor, state=None, after=None, size=50):
    """Deliveries, newest first, by key. state: a DeliveryState, or None for all."""
    query = sa.select(Delivery).where(visible_to(actor, Delivery))
    if state:
        query = query.where(Delivery.state == DeliveryState(state))
    return cursor_page(query, (Delivery.created_at.desc(), Delivery.id.desc()), size=size, cursor=after)


def deliveries_of(document_id) -> list[Delivery]:
    """The deliveries of a document that the caller has already shown to the actor, newest first."""
    return list(
        db.session.scalars(sa.select(Delivery).where(Delivery.document_id == document_id).order_by(Delivery.id.desc()))
    )


def list_messages(actor, state=None, after=None, size=50):
    """Messages, newest first, by key. state: a MessageState, or None for all."""
    query = sa.select(Message).where(visible_to(actor, Message))
    if state:
        query = query.where(Message.state == MessageState(state))
    return cursor_page(query, (Message.received_at.desc(), Message.id.desc()), size=size, cursor=after)


def failing_deliveries(actor):
    """Deliveries that wait for a person, oldest first, at most TOP."""
    return db.session.scalars(
        sa.select(Delivery)
        .where(visible_to(actor, Delivery), Delivery.state.in_(NEEDS_A_PERSON))
        .order_by(Delivery.created_at, Delivery.id)
        .limit(TOP)
    ).all()


def failing_messages(actor):
    """Messages that are stuck on their way in, oldest first, at most TOP."""
    stuck = sa.and_(Message.state.in_([MessageState.STORED, MessageState.CONFIRMED]), Message.problem_code.is_not(None))
    return db.session.scalars(
        sa.select(Message)
        .where(visible_to(actor, Message), sa.or_(Message.state.in_(MESSAGE_NEEDS_A_PERSON), stuck))
        .order_by(Message.received_at, Message.id)
        .limit(TOP)
    ).all()


def history(actor, owner) -> list[ExchangeEvent]:
    """What happened to a delivery or message, oldest first. owner: one that the actor has got from here."""
    column = ExchangeEvent.delivery_id if isinstance(owner, Delivery) else ExchangeEvent.message_id
    return list(db.session.scalars(sa.select(ExchangeEvent).where(column == owner.id).order_by(ExchangeEvent.id)))


def channel_state() -> ChannelState | None:
    """How the connection is; None before the first call."""
    return db.session.get(ChannelState, CHANNEL)


def raw_delivery(actor, delivery_id) -> bytes:
    """The signed envelope of a delivery; the reading is recorded. Raises Forbidden, NotFound."""
    delivery = get_delivery(actor, delivery_id)
    return _raw(actor, delivery)


def raw_message(actor, message_id) -> bytes:
    """The envelope of a message as it came; the reading is recorded. Raises Forbidden, NotFound."""
    message = get_message(actor, message_id)
    return _raw(actor, message)


def _raw(actor, owner):
    ensure(policy.can_read_raw(actor))
    if owner.envelope_sha256 is None:
        raise NotFound(_("There is no envelope yet"))
    audit.record_reading(actor, "exchange.raw_read", owner, purpose=_("Mending the exchange"))
    return storage.read(owner.envelope_sha256)
