"""Messages through the real wire: each stored whole, confirmed after the commit, announced once."""

import pytest
import sqlalchemy as sa

from portal.exchange import service as exchange
from portal.exchange.adapters.eaddress import EAddress
from portal.exchange.models import Message, MessageState
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.sandbox import vus
from portal.storage import service as storage
from tests.exchange.conftest import ILZE

pytestmark = pytest.mark.req("3.1", "3.3")
SECTION = 4_194_304


def post(sandbox, **changes):
    return vus.deliver(
        sandbox.store,
        **{
            "sender": ILZE,
            "sender_name": "Ilze Paraudziņa",
            "title": "Iesniegums par ceļu",
            "service_code": "PA-1",
            "description": "Lūdzu salabot",
            "files": [("iesniegums.pdf", "application/pdf", b"%PDF-1.7 x")],
            **changes,
        },
    )


def receive():
    count = exchange.receive_all(SYSTEM)
    db.session.commit()
    return count


def messages():
    return db.session.scalars(sa.select(Message).order_by(Message.id)).all()


@pytest.mark.parametrize("mtom", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_a_message_is_stored_with_its_files_confirmed_and_announced_once(sandbox, received, mtom, packed):
    sandbox.store.set_setting("vus.mtom", mtom)
    big = b"\r\n--uuid" * 1_048_576 + b"!"
    external_id = post(
        sandbox,
        packed=packed,
        personal={"given_name": "Ilze", "surname": "Ābele"},
        files=[
            ("a.pdf", "application/pdf", b"%PDF"),
            ("b.bin", "application/octet-stream", big),
            ("c.bin", "application/octet-stream", big[: 2 * SECTION]),
        ],
    )
    assert receive() == 1 and receive() == 0
    (message,) = messages()
    assert (message.external_id, message.state) == (external_id, MessageState.REGISTERED)
    assert (message.sender, message.sender_name, message.service_code) == (ILZE, "Ilze Ābele", "PA-1")
    assert [storage.read(f.sha256) for f in message.files] == [b"%PDF", big, big[: 2 * SECTION]]
    assert received == [message.id]
    assert sandbox.store.get("vus.inbox", external_id)["confirmed"][0] == "RecipientAccepted"


def test_a_message_listed_again_and_twice_is_taken_once(sandbox, received):
    vus.switch_fault(sandbox.store, "repeat")
    post(sandbox)
    receive()
    receive()
    assert len(messages()) == 1 and len(received) == 1


def test_dying_between_storing_and_confirming_leaves_one_message(sandbox, received, monkeypatch):
    post(sandbox)
    with monkeypatch.context() as dying:

        def die(*_args):
            raise KeyboardInterrupt

        dying.setattr(EAddress, "confirm", die)
        with pytest.raises(KeyboardInterrupt):
            exchange.receive_all(SYSTEM)
    db.session.rollback()
    db.session.expire_all()
    assert [m.state for m in messages()] == [MessageState.STORED] and received == []
    receive()
    assert [m.state for m in messages()] == [MessageState.REGISTERED] and len(received) == 1


def test_a_message_whose_answer_to_confirmation_was_lost_is_confirmed_again(sandbox, received):
    vus.switch_fault(sandbox.store, "lose_answer", operation="ConfirmMessage", times=1)
    post(sandbox)
    receive()
    assert messages()[0].state == MessageState.STORED
    receive()
    assert messages()[0].state == MessageState.REGISTERED and len(received) == 1


def test_damaged_files_are_not_confirmed_and_a_person_is_asked_after_three_tries(sandbox, received, edgars):
    vus.switch_fault(sandbox.store, "corrupt")
    external_id = post(sandbox)
    for _try in range(5):
        receive()
    (message,) = messages()
    assert (message.state, message.tries, message.problem_code) == (MessageState.FAILED_FETCH, 3, "content")
    assert sandbox.store.get("vus.inbox", external_id)["confirmed"] is None
    vus.clear_faults(sandbox.store)
    assert receive() == 0
    exchange.retry_message(edgars, message.id)
    assert receive() == 1 and messages()[0].state == MessageState.REGISTERED


def test_a_damaged_message_does_not_hide_those_behind_it(sandbox, received):
    sandbox.store.set_setting("vus.page", 1)
    vus.switch_fault(sandbox.store, "refuse", operation="GetMessage", times=1, code="BL.PSS.025")
    post(sandbox)
    sandbox.store.set_setting("vus.page", 100)
    post(sandbox, title="Otrais")
    receive()
    assert {m.title for m in messages()} == {"", "Otrais"}


@pytest.mark.parametrize("fault", ["down", "garbage", "cut"])
def test_while_the_channel_is_broken_nothing_is_lost(sandbox, received, fault):
    vus.switch_fault(sandbox.store, fault)
    post(sandbox)
    assert receive() == 0 and exchange.channel_state().failing_since
    vus.clear_faults(sandbox.store)
    assert receive() == 1 and exchange.channel_state().failing_since is None


def test_what_cannot_be_registered_stays_visible_and_does_not_stop_the_rest(sandbox, monkeypatch):
    from portal.exchange.events import MessageReceived
    from portal.kernel import events

    done = []

    def register(actor, message_id):
        if db.session.get(Message, message_id).title == "Slikts":
            raise ValueError("nav reģistra")
        done.append(message_id)

    monkeypatch.setitem(events._together, MessageReceived, [register])
    post(sandbox, title="Slikts")
    post(sandbox, title="Labs")
    receive()
    bad, good = messages()
    assert (bad.state, bad.problem_code) == (MessageState.CONFIRMED, "unregistered")
    assert good.state == MessageState.REGISTERED and done == [good.id]
