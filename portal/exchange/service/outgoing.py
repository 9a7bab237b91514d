"""Sending: queue, hand to the channel exactly once, try again, resend by hand, cancel."""

import hashlib
import uuid
from datetime import timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.exchange import events, faults, policy
from portal.exchange.faults import Reaction
from portal.exchange.models import MOVES, AddressCheck, Delivery, DeliveryFile, DeliveryRecipient, DeliveryState
from portal.exchange.ports import ChannelRefused, Outgoing, OutgoingFile
from portal.exchange.service.calls import channel_fails, channel_works, keep_calls, note, open_channel
from portal.kernel import clock, crypto
from portal.kernel.access import set_of
from portal.kernel.db import db, new_id, released
from portal.kernel.errors import ExternalUnavailable, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.storage import service as storage

LONGEST_TITLE = 500
MESSAGE_BYTES = 20 * 1024 * 1024
ACCOUNT_KNOWN_FOR = timedelta(hours=1)
NOT_STORED = ("PSS.006", "PSS.008", "PSS.024")
STUCK_AFTER = timedelta(minutes=3)  # longer than any one call may take; then the sender has died


def queue_delivery(
    actor, *, document_id, recipient, recipient_name, title, files, case_id=None, reply_to=None, description="", also=()
):
    """Queue a document for its recipients' e-addresses; a job sends it.

    files: (name, mime, sha256, size in bytes). reply_to: external id of the message that is answered.
    also: further recipients (address, name) of the same message.
    Returns the Delivery. Raises Forbidden; Invalid for an address, title or files that no channel would take.
    """
    ensure(policy.can_send(actor))
    files, recipients = _unique_names(files), [(recipient, recipient_name), *also]
    _check(title, recipients, files)
    delivery = Delivery(
        id=new_id(),
        document_id=document_id,
        case_id=case_id,
        title=title.strip()[:LONGEST_TITLE],
        description=description,
        reply_to=reply_to,
        ref_number=_new_ref(),
        created_at=clock.now(),
        state=DeliveryState.QUEUED,
        queued_by_id=actor.person_id,
        client=actor.client,
        access_set_id=set_of(
            "role:clerk", "role:it", "role:head", *([f"person:{actor.person_id}"] if actor.person_id else [])
        ),
        recipients=[
            DeliveryRecipient(n=n, address=address.strip(), address_hash=crypto.lookup_hash(address), name=name)
            for n, (address, name) in enumerate(recipients)
        ],
        files=[
            DeliveryFile(n=n, name=name, mime=mime, sha256=sha256, size_bytes=size)
            for n, (name, mime, sha256, size) in enumerate(files)
        ],
    )
    db.session.add(delivery)
    db.session.flush()
    note(delivery, "queued", actor, ref_number=delivery.ref_number)
    audit.record(
        actor,
        "delivery.queued",
        delivery,
        new={"document_id": document_id, "case_id": case_id, "ref_number": delivery.ref_number},
        personal={"recipients": [name for _address, name in recipients]},
    )
    announce(actor, events.DeliveryQueued(delivery_id=delivery.id))
    return delivery


def _check(title, recipients, files):
    if not title.strip():
        raise Invalid(_("A delivery needs a title"), field="title")
    for address, _name in recipients:
        local, at, domain = address.strip().partition("@")
        if not (local and at and domain) or " " in address.strip():
            raise Invalid(_("An e-address looks like _DEFAULT@90000000001"), field="recipient")
    empty = [name for name, _mime, _sha, size in files if not size]
    if empty:
        raise Invalid(
            _("The file %(name)s is empty; the e-address does not take empty files", name=empty[0]), field="files"
        )
    if sum(size for _name, _mime, _sha, size in files) > MESSAGE_BYTES:
        raise Invalid(_("All files of a message may take 20 MB together"), field="files")


def _unique_names(files):
    """The same files; a name that comes again gets a number, since names must be unique in a message."""
    taken, result = set(), []
    for name, mime, sha256, size in files:
        stem, dot, ending = name.rpartition(".")
        stem, ending = (stem, dot + ending) if dot and stem else (name, "")
        unique, n = name, 2
        while unique.lower() in taken:
            unique, n = f"{stem} ({n}){ending}", n + 1
        taken.add(unique.lower())
        result.append((unique, mime, sha256, size))
    return result


def _new_ref():
    return f"pkip-{uuid.uuid4()}"


def move(delivery, state):
    """Bring a delivery to a state if its table of moves allows; says whether it did."""
    if state == delivery.state or state not in MOVES[delivery.state]:
        return False
    delivery.state = state
    return True


def changed(actor, delivery):
    """Tell the others that the delivery is in another state."""
    db.session.flush()
    announce(
        actor,
        events.DeliveryChanged(
            delivery_id=delivery.id,
            document_id=delivery.document_id,
            case_id=delivery.case_id,
            state=delivery.state.value,
        ),
    )


# --- the job ----------------------------------------------------------------------------------------------------------


def due_deliveries():
    """Ids of deliveries to try now: their time has come, or who was sending them died. Oldest first."""
    now = clock.real_now()
    waiting = sa.and_(Delivery.state == DeliveryState.RETRYING, Delivery.next_try_at <= now)
    stuck = sa.and_(Delivery.state == DeliveryState.SENDING, Delivery.tried_at < now - STUCK_AFTER)
    return db.session.scalars(
        sa.select(Delivery.id).where(sa.or_(waiting, stuck)).order_by(Delivery.id).limit(100)
    ).all()


def deliver(actor, delivery_id):
    """Hand a delivery to its channel once. Safe to repeat at any point: the signed bytes and their number are fixed and
    committed before the first call, and the other side knows a number it has seen.
    """
    delivery = _locked(delivery_id)
    if delivery.state not in (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.RETRYING):
        return
    calls = []
    try:
        channel = open_channel(calls)
    except ChannelRefused as error:
        delivery.state, was_known = DeliveryState.SENDING, delivery.outcome_known
        _refused(actor, delivery, error.code, error.said, was_known)
        return
    outgoing = _outgoing(delivery)
    if delivery.envelope_sha256 is None:
        delivery.envelope_sha256 = storage.put(
            actor, channel.prepare(outgoing), mime="application/xml", name="envelope.xml"
        ).sha256
    delivery.state = DeliveryState.SENDING
    delivery.tries += 1
    delivery.tried_at = clock.real_now()
    delivery.first_tried_at = delivery.first_tried_at or delivery.tried_at
    envelope = storage.read(delivery.envelope_sha256)
    was_known = delivery.outcome_known
    unchecked = _unchecked_accounts(delivery) if was_known else []
    delivery.outcome_known = False  # from here to the answer; a crash leaves it so
    external_id, problem, inactive = None, None, []
    with released():
        try:
            inactive = [a for a in unchecked if not channel.is_active(a.split("@")[1])]
            external_id = None if inactive else channel.send(outgoing, envelope)
        except (ChannelRefused, ExternalUnavailable) as error:
            problem = error
    delivery = _locked(delivery_id)
    keep_calls(calls, delivery)
    if problem is None:
        channel_works()
        _remember_active(set(unchecked) - set(inactive))
    if isinstance(problem, ExternalUnavailable):
        _not_answered(actor, delivery, problem)
    elif isinstance(problem, ChannelRefused):
        _refused(actor, delivery, problem.code, problem.said, was_known)
    elif inactive:
        _refused(actor, delivery, "no_account", "", was_known)
    else:
        _handed_over(actor, delivery, external_id)


def _locked(delivery_id):
    """The delivery as it is now, its row locked where the database has row locks."""
    delivery = db.session.scalar(
        sa.select(Delivery)
        .where(Delivery.id == delivery_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if delivery is None:
        raise NotFound(_("There is no such delivery"))
    return delivery


def _outgoing(delivery):
    def reader(sha256):
        return lambda: storage.read(sha256)

    return Outgoing(
        ref_number=delivery.ref_number,
        title=delivery.title,
        description=delivery.description,
        recipients=tuple(r.address for r in delivery.recipients),
        reply_to=delivery.reply_to or "",
        files=tuple(
            OutgoingFile(f.name, f.mime, f.size_bytes, _sha512(f.sha256), reader(f.sha256)) for f in delivery.files
        ),
    )


def _sha512(sha256):
    digest = hashlib.sha512()
    for piece in storage.iter_range(sha256):
        digest.update(piece)
    return digest.digest()


def _unchecked_accounts(delivery):
    """Private addresses that were not seen active within the last hour (OEAL 12(1))."""
    private = {
        r.address: r.address_hash
        for r in delivery.recipients
        if r.address.upper().startswith("_PRIVATE@") and r.address.split("@")[1].isdigit()
    }
    known = set(
        db.session.scalars(
            sa.select(AddressCheck.address_hash).where(
                AddressCheck.address_hash.in_(private.values()),
                AddressCheck.checked_at > clock.real_now() - ACCOUNT_KNOWN_FOR,
            )
        )
    )
    return [address for address, digest in private.items() if digest not in known]


def _remember_active(addresses):
    for address in addresses:
        db.session.merge(AddressCheck(address_hash=crypto.lookup_hash(address), checked_at=clock.real_now()))


def _handed_over(actor, delivery, external_id):
    delivery.outcome_known, delivery.problem, delivery.problem_code, delivery.next_try_at = True, None, None, None
    delivery.external_id = delivery.external_id or external_id
    if move(delivery, DeliveryState.SENT):  # a notification may have been quicker than our own answer
        delivery.sent_at = clock.now()
        for recipient in delivery.recipients:
            recipient.state, recipient.changed_at = DeliveryState.SENT, delivery.sent_at
        note(delivery, "sent", external_id=external_id)
        changed(actor, delivery)


def _not_answered(actor, delivery, error):
    channel_fails(error.message)
    gave_up = clock.real_now() - delivery.first_tried_at >= faults.GIVE_UP_AFTER
    if not move(delivery, DeliveryState.FAILED if gave_up else DeliveryState.RETRYING):
        return
    delivery.problem_code, delivery.problem = "gave_up" if gave_up else "unavailable", error.message
    delivery.next_try_at = (
        None
        if gave_up
        else clock.real_now() + max(faults.wait_before(delivery.tries + 1), timedelta(seconds=error.retry_after_s or 0))
    )
    note(delivery, "gave_up" if gave_up else "not_answered", problem=error.message)
    changed(actor, delivery)


def _refused(actor, delivery, code, said, was_known):
    """The other side said no. Whether it has the message is known when no earlier try went unanswered, or when the code
    can only come after a look for earlier ones of the same number.
    """
    reaction = faults.explain(code).reaction
    if not move(delivery, DeliveryState.RETRYING if reaction is Reaction.RETRY_HOURLY else DeliveryState.FAILED):
        return
    delivery.outcome_known = was_known or code in NOT_STORED
    delivery.problem_code, delivery.problem = code, said
    delivery.next_try_at = clock.real_now() + timedelta(hours=1) if reaction is Reaction.RETRY_HOURLY else None
    note(delivery, "refused_by_channel", code=code, said=said)
    changed(actor, delivery)


# --- by a person ------------------------------------------------------------------------------------------------------


def resend(actor, delivery_id):
    """Send a delivery that failed again, or do not wait for the next try.
    While nobody knows whether the other side has it, the very same bytes go out; else it is a new message with a new
    number. Raises Forbidden, NotFound.
    """
    from portal.exchange.service.desk import get_delivery

    get_delivery(actor, delivery_id)
    delivery = _locked(delivery_id)
    ensure(policy.can_resend(actor, delivery))
    old = {"state": delivery.state, "ref_number": delivery.ref_number, "external_id": delivery.external_id}
    delivery.first_tried_at, delivery.next_try_at = None, clock.real_now()
    if delivery.state != DeliveryState.RETRYING and delivery.outcome_known:
        delivery.ref_number, delivery.external_id, delivery.envelope_sha256 = _new_ref(), None, None
        delivery.receipt_sha256 = delivery.server_received_at = delivery.notified_on = delivery.sent_at = None
        for recipient in delivery.recipients:
            recipient.state = DeliveryState.QUEUED
            recipient.code = recipient.text = recipient.changed_at = None
    delivery.tries = 0
    if delivery.state != DeliveryState.RETRYING:
        move(delivery, DeliveryState.QUEUED)
        delivery.problem = delivery.problem_code = None
    note(delivery, "resent", actor, ref_number=delivery.ref_number, old_external_id=old["external_id"])
    audit.record(actor, "delivery.resent", delivery, old=old, new={"ref_number": delivery.ref_number})
    announce(actor, events.DeliveryQueued(delivery_id=delivery.id))
    return delivery


def cancel(actor, delivery_id, reason):
    """Give up a delivery that cannot have left. Raises Forbidden, NotFound, Invalid("reason")."""
    from portal.exchange.service.desk import get_delivery

    get_delivery(actor, delivery_id)
    delivery = _locked(delivery_id)
    ensure(policy.can_cancel(actor, delivery))
    if not (reason or "").strip():
        raise Invalid(_("Say why the delivery is cancelled"), field="reason")
    move(delivery, DeliveryState.CANCELLED)
    delivery.next_try_at = None
    note(delivery, "cancelled", actor, reason=reason.strip())
    audit.record(actor, "delivery.cancelled", delivery, reason=reason.strip())
    changed(actor, delivery)
    return delivery
