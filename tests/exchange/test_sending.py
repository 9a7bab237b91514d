"""Deliveries through the real wire: exactly once, whatever breaks."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.exchange import service as exchange
from portal.exchange.models import DeliveryState
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Forbidden, Invalid
from portal.sandbox import vus
from tests.exchange.conftest import ILZE

pytestmark = pytest.mark.req("3.1", "3.3", "16.1", "16.2")
SECTION = 4_194_304


def send(delivery):
    exchange.deliver(SYSTEM, delivery.id)
    db.session.commit()
    return delivery


def poll():
    exchange.poll_notifications(SYSTEM)
    db.session.commit()


def test_a_delivery_arrives_with_its_bytes_and_comes_back_as_delivered_with_a_receipt(sandbox, queue):
    delivery = send(queue())
    assert delivery.state == DeliveryState.SENT
    poll()
    ((_id, record),) = vus.sent(sandbox.store)
    assert vus.file_bytes(sandbox.store, record) == {"atbilde.pdf": b"%PDF-1.7 atbilde"}
    assert record["ref"] == delivery.ref_number and record["title"] == delivery.title
    assert delivery.state == DeliveryState.DELIVERED and delivery.receipt_sha256
    day = clock.local(delivery.server_received_at).date()
    assert delivery.notified_on == clock.add_working_days(day, 2)


@pytest.mark.parametrize("fault", ["lose_answer", "down", "cut", "garbage"])
def test_a_broken_call_is_repeated_and_arrives_exactly_once(sandbox, queue, fault):
    vus.switch_fault(sandbox.store, fault, operation="SendMessage", times=1)
    delivery = send(queue())
    assert delivery.state == DeliveryState.RETRYING and not delivery.outcome_known
    sent_bytes, ref = delivery.envelope_sha256, delivery.ref_number
    assert exchange.due_deliveries() == []
    delivery.next_try_at = clock.real_now() - timedelta(seconds=1)
    db.session.commit()
    assert list(exchange.due_deliveries()) == [delivery.id]
    send(delivery)
    send(delivery)  # a job may run twice
    assert delivery.state == DeliveryState.SENT
    assert (delivery.envelope_sha256, delivery.ref_number) == (sent_bytes, ref)
    assert len(vus.sent(sandbox.store)) == 1


def test_a_notification_settles_a_delivery_whose_answer_was_lost(sandbox, queue):
    vus.switch_fault(sandbox.store, "lose_answer", operation="SendMessage", times=1)
    delivery = send(queue())
    poll()
    assert delivery.state == DeliveryState.DELIVERED and delivery.external_id == vus.sent(sandbox.store)[0][0]


def test_a_process_that_dies_while_sending_sends_nothing_twice(sandbox, queue, monkeypatch):
    from portal.exchange.service import outgoing

    delivery = queue()
    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):

        def die(*_args):
            raise KeyboardInterrupt

        dying.setattr(outgoing, "_handed_over", die)
        exchange.deliver(SYSTEM, delivery.id)
    db.session.rollback()
    db.session.refresh(delivery)
    assert delivery.state == DeliveryState.SENDING
    send(delivery)
    assert delivery.state == DeliveryState.SENT and len(vus.sent(sandbox.store)) == 1


def test_a_recipient_without_account_is_refused_in_words(sandbox, queue):
    vus.script(sandbox.store, ILZE, "no_account")
    delivery = send(queue())
    assert (delivery.state, delivery.problem_code) == (DeliveryState.FAILED, "no_account")
    other = "IESTADE@90000000077"  # not a private account, so only the sending itself finds out
    vus.script(sandbox.store, other, "no_account")
    delivery = send(queue(recipient=other))
    assert (delivery.state, delivery.problem_code) == (DeliveryState.FAILED, "PSS.024")
    assert vus.sent(sandbox.store) == []


def test_a_refusal_is_mended_with_a_new_number(sandbox, queue, anna):
    vus.switch_fault(sandbox.store, "refuse", operation="SendMessage", times=1, code="BL.PSS.024")
    delivery = send(queue())
    old = delivery.ref_number
    assert delivery.state == DeliveryState.FAILED
    exchange.resend(anna, delivery.id)
    db.session.commit()
    send(delivery)
    assert delivery.state == DeliveryState.SENT and delivery.ref_number != old


def test_while_the_outcome_is_unknown_resending_uses_the_same_bytes(sandbox, queue, anna):
    vus.switch_fault(sandbox.store, "lose_answer", operation="SendMessage", times=1)
    delivery = send(queue())
    delivery.first_tried_at = clock.real_now() - timedelta(hours=25)
    vus.switch_fault(sandbox.store, "down", operation="SendMessage", times=1)
    send(delivery)
    assert (delivery.state, delivery.problem_code) == (DeliveryState.FAILED, "gave_up")
    old = delivery.ref_number
    with pytest.raises(Forbidden):
        exchange.cancel(anna, delivery.id, "kļūda")
    exchange.resend(anna, delivery.id)
    send(delivery)
    assert delivery.ref_number == old and len(vus.sent(sandbox.store)) == 1


@pytest.mark.parametrize("size", [SECTION - 1, SECTION, SECTION + 1, 2 * SECTION])
@pytest.mark.parametrize("fault", [None, "lose_answer"])
def test_large_files_travel_in_sections(sandbox, queue, size, fault):
    if fault:
        vus.switch_fault(
            sandbox.store, fault, times=1, operation="SendMessage" if size <= SECTION else "CompleteSendMessage"
        )
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    delivery = send(queue(data=data))
    if fault:
        send(delivery)
    assert delivery.state == DeliveryState.SENT
    ((_id, record),) = vus.sent(sandbox.store)
    assert vus.file_bytes(sandbox.store, record) == {"atbilde.pdf": data}


@pytest.mark.parametrize(
    ("script", "state"),
    [("refuse", DeliveryState.REFUSED), ("never", DeliveryState.LATE), ("full", DeliveryState.REJECTED)],
)
def test_each_answer_of_a_recipient_is_a_state(sandbox, queue, script, state):
    sandbox.store.set_setting("vus.deadline_s", 0)
    vus.script(sandbox.store, ILZE, script, text="Nav man")
    delivery = send(queue())
    poll()
    assert delivery.state == state and delivery.problem_code


def test_each_recipient_answers_for_itself(sandbox, queue):
    vus.script(sandbox.store, "_PRIVATE@32000000002", "refuse", text="Nav man")
    delivery = send(queue(also=[("_PRIVATE@32000000002", "Otrs")]))
    poll()
    assert [r.state for r in delivery.recipients] == [DeliveryState.DELIVERED, DeliveryState.REFUSED]
    assert delivery.state == DeliveryState.REFUSED


@pytest.mark.parametrize("fault", ["repeat", "out_of_order"])
def test_notifications_that_repeat_or_overtake_change_nothing(sandbox, queue, fault):
    vus.switch_fault(sandbox.store, fault)
    delivery = send(queue())
    poll()
    poll()
    assert delivery.state == DeliveryState.DELIVERED
    kinds = [e.kind for e in exchange.history(SYSTEM, delivery)]
    assert kinds.count("delivered") == 1


def test_every_call_is_audited_with_its_numbers(sandbox, queue):
    delivery = send(queue())
    texts = db.session.scalars(
        sa.select(AuditRecord.new_json).where(
            AuditRecord.action == "exchange.call", AuditRecord.object_id == str(delivery.id)
        )
    ).all()
    assert any("SendMessage" in t and delivery.ref_number in t and '"code":"ok"' in t for t in texts)


def test_what_no_channel_would_take_is_refused_at_once(queue, cast, dace):
    with pytest.raises(Invalid):
        queue(recipient="nav adrese")
    with pytest.raises(Invalid):
        queue(title="  ")
    with pytest.raises(Invalid):
        queue(files=[("a.pdf", "application/pdf", "0" * 64, 0)])
    with pytest.raises(Forbidden):
        queue(actor=dace)


def test_a_queued_delivery_can_be_cancelled_and_then_stays_home(sandbox, queue, anna):
    delivery = queue()
    exchange.cancel(anna, delivery.id, "nosūtīts pa pastu")
    send(delivery)
    assert delivery.state == DeliveryState.CANCELLED and vus.sent(sandbox.store) == []
