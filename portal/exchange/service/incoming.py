"""Receiving: everything that waits is stored whole, then confirmed, then announced; each step can be taken up again."""

import sqlalchemy as sa
import structlog

from portal.audit import service as audit
from portal.exchange import events, policy
from portal.exchange.models import Message, MessageFile, MessageState
from portal.exchange.ports import ChannelRefused, WrongContent
from portal.exchange.service.calls import channel_fails, channel_works, keep_calls, note, open_channel
from portal.kernel import clock, crypto
from portal.kernel.access import set_of
from portal.kernel.db import db, new_id, released
from portal.kernel.errors import ExternalUnavailable, ensure
from portal.kernel.events import announce
from portal.storage import service as storage

log = structlog.get_logger()
PAGE = 50
TRIES = 3  # then a person is asked; a message is never refused by itself
TOO_LATE = ("PSS.034", "PSS.035")


def receive_all(actor):
    """Take in every message that waits. Safe to repeat and to break off anywhere; returns how many are new.

    A message is confirmed to the channel only when it is committed here, and announced (MessageReceived) once, in the
    transaction that marks it as registered.
    """
    calls = []
    try:
        channel = open_channel(calls)
        _finish_all(actor, channel, calls)
        taken = _take_all(actor, channel, calls)
        channel_works()
    except (ExternalUnavailable, ChannelRefused) as error:
        channel_fails(error.message)
        taken = 0
    keep_calls(calls)
    return taken


def _take_all(actor, channel, calls):
    taken, seen = 0, set()
    while True:
        stuck = db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Message)
            .where(Message.state.in_([MessageState.FAILED_FETCH, MessageState.LATE]))
        )
        with released():
            # those that cannot be confirmed stay in front of the queue and must not hide the rest
            headers, more = channel.waiting(PAGE + stuck)
        new = [h for h in headers if h.external_id not in seen]
        for header in new:
            if header.external_id not in seen:
                seen.add(header.external_id)
                taken += _take(actor, channel, calls, header)
        if not more or not new:
            return taken


def _take(actor, channel, calls, header):
    """Bring one waiting message as far as it goes; returns 1 when it is a new one."""
    message = find_message(header.external_id)
    if message is not None and message.state != MessageState.FAILED_FETCH:
        _confirm_again(channel, calls, message)
        return 0
    if message is not None and message.tries >= TRIES:
        return 0
    problem = None
    with released():
        try:
            incoming = channel.fetch(header.external_id)
            confirmation = channel.prepare_confirmation(incoming)
            staged = [storage.stage(file.data, name=file.name) for file in incoming.files]
        except (WrongContent, ChannelRefused) as error:
            problem = error
    if problem is not None:
        _not_fetched(header, problem, calls)
        return 0
    message = _store(actor, message or find_message(header.external_id), incoming, confirmation, staged)
    keep_calls(calls, message)
    _finish(actor, channel, calls, message)
    return 1


def find_message(external_id):
    """The message of this number at the channel, or None."""
    return db.session.scalar(sa.select(Message).where(Message.external_id == external_id))


def _store(actor, message, incoming, confirmation, staged):
    """Keep the message and all its files in the current transaction. message: the row of an earlier failed try."""
    files = [(file, storage.keep(actor, part)) for file, part in zip(incoming.files, staged, strict=True)]
    if message is None:
        message = Message(id=new_id(), external_id=incoming.external_id, access_set_id=_access_set())
        db.session.add(message)
    message.state = MessageState.STORED
    message.sender, message.sender_name = incoming.sender, incoming.sender_name
    message.sender_hash = crypto.lookup_hash(incoming.sender)
    message.title, message.description = incoming.title, incoming.description
    message.kind_code, message.kind_version = incoming.kind_code, incoming.kind_version
    message.service_code, message.reply_to = incoming.service_code or None, incoming.reply_to or None
    message.sent_at, message.stored_at = incoming.sent_at, clock.now()
    message.received_at = incoming.sent_at or clock.now()
    message.problem = message.problem_code = None
    message.tries = 0
    message.envelope_sha256 = storage.put(actor, incoming.envelope, mime="application/xml").sha256
    message.confirmation_sha256 = storage.put(actor, confirmation, mime="application/xml").sha256
    message.files = [
        MessageFile(n=n, name=file.name, mime=file.mime, sha256=blob.sha256, size_bytes=blob.size_bytes)
        for n, (file, blob) in enumerate(files)
    ]
    db.session.flush()
    note(message, "stored", files=len(files))
    audit.record(
        actor,
        "message.stored",
        message,
        new={"external_id": message.external_id, "files": len(files)},
        personal={"sender": message.sender, "sender_name": message.sender_name},
    )
    return message


def _access_set():
    return set_of("role:clerk", "role:head", "role:it")


def _not_fetched(header, error, calls):
    """Remember what went wrong; nothing is confirmed, so the message waits where it is."""
    message = find_message(header.external_id)
    if message is None:
        message = Message(
            id=new_id(),
            external_id=header.external_id,
            sender=header.sender,
            sender_hash=crypto.lookup_hash(header.sender),
            received_at=clock.now(),
            state=MessageState.FAILED_FETCH,
            tries=0,
            access_set_id=_access_set(),
        )
        db.session.add(message)
    code = getattr(error, "code", "content")
    message.tries += 1
    message.state = MessageState.LATE if code in TOO_LATE else MessageState.FAILED_FETCH
    message.problem_code, message.problem = code, getattr(error, "said", "") or str(error)
    db.session.flush()
    note(message, "not_fetched", code=code, problem=message.problem)
    keep_calls(calls, message)


def _finish_all(actor, channel, calls):
    """Take up what an earlier run left between storing, confirming and announcing."""
    unfinished = db.session.scalars(
        sa.select(Message)
        .where(Message.state.in_([MessageState.STORED, MessageState.CONFIRMED]), Message.tries < TRIES)
        .order_by(Message.id)
    ).all()
    for message in unfinished:
        _finish(actor, channel, calls, message)


def _finish(actor, channel, calls, message):
    """Confirm a stored message, then announce it. The commit before the confirmation is the point of no return."""
    if message.state == MessageState.STORED:
        confirmation, problem = storage.read(message.confirmation_sha256), None
        with released():
            try:
                channel.confirm(message.external_id, confirmation)
            except ChannelRefused as error:
                problem = error
        keep_calls(calls, message)
        if problem is not None:
            _not_confirmed(message, problem)
            return
        message.state, message.confirmed_at, message.tries = MessageState.CONFIRMED, clock.now(), 0
        message.problem = message.problem_code = None
        note(message, "confirmed")
        with released():
            pass  # what comes now may fail by itself and must not undo the confirmation
    if message.state == MessageState.CONFIRMED:
        _announce(actor, message)


def _announce(actor, message):
    try:
        with db.session.begin_nested():
            message.state = MessageState.REGISTERED
            message.problem = message.problem_code = None
            note(message, "registered")
            announce(actor, events.MessageReceived(message_id=message.id))
            db.session.flush()
    except Exception as error:  # one message that cannot be registered must not stop those behind it
        log.exception("exchange: a message could not be registered", message_id=str(message.id))
        message.tries += 1
        message.problem_code, message.problem = "unregistered", getattr(error, "message", "") or type(error).__name__
        note(message, "not_registered", problem=message.problem)
    with released():
        pass


def _confirm_again(channel, calls, message):
    """A message that we have is listed still: say once more that it is ours, with the same bytes."""
    if message.confirmation_sha256 is None or message.state not in (MessageState.CONFIRMED, MessageState.REGISTERED):
        return
    confirmation = storage.read(message.confirmation_sha256)
    with released():
        try:
            channel.confirm(message.external_id, confirmation)
        except ChannelRefused as error:
            log.warning("exchange: a repeated confirmation was refused", code=error.code)
    keep_calls(calls, message)


def _not_confirmed(message, error):
    """All is stored; only the sender may have been told otherwise."""
    message.tries += 1
    if error.code in TOO_LATE:
        message.state = MessageState.LATE
    message.problem_code, message.problem = error.code, error.said
    note(message, "not_confirmed", code=error.code, problem=error.said)


def retry_message(actor, message_id):
    """Let a message that is stuck be tried again at the next poll. Raises Forbidden, NotFound."""
    from portal.exchange.service.desk import get_message

    message = get_message(actor, message_id)
    ensure(policy.can_retry_message(actor, message))
    message.tries = 0
    note(message, "retried", actor)
    audit.record(actor, "message.retried", message)
    return message
