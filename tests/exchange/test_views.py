"""The delivery desk and the sandbox's page over HTTP."""

import re

import pytest

from portal.exchange import service as exchange
from portal.exchange.models import DeliveryState
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.sandbox import vus
from tests.exchange.conftest import ILZE

pytestmark = pytest.mark.req("3.1", "16.1")


@pytest.fixture
def documents_page(app):
    """The delivery page links to its document; stands in when that area's pages are not loaded."""
    if "documents.show" not in app.view_functions:
        app.add_url_rule("/documents/<uuid:document_id>", "documents.show", lambda document_id: "")


@pytest.fixture
def failed(sandbox, queue):
    vus.script(sandbox.store, ILZE, "no_account")
    delivery = queue(title="Atteikta vēstule")
    exchange.deliver(SYSTEM, delivery.id)
    db.session.commit()
    return delivery


def test_failures_stand_on_top_with_cause_and_remedy(failed, as_client):
    page = as_client("anna").get("/exchange").get_data(as_text=True)
    assert "Saņēmējam nav aktivizēta e-adreses konta." in page and "Nosūtiet citādi" in page
    assert page.index("Saņēmējam nav") < page.index('id="rows"')
    assert "32000000001" not in page


def test_one_button_mends_a_delivery(sandbox, queue, documents_page, as_client):
    vus.switch_fault(sandbox.store, "refuse", operation="SendMessage", times=1, code="BL.PSS.018")
    delivery = queue()
    exchange.deliver(SYSTEM, delivery.id)
    db.session.commit()
    anna = as_client("anna")
    target = re.search(r'action="(/exchange/deliveries/[^"]+/resend)"', anna.get("/exchange").get_data(as_text=True))
    assert anna.post(target.group(1)).status_code == 303
    exchange.deliver(SYSTEM, delivery.id)
    db.session.commit()
    assert exchange.get_delivery(SYSTEM, delivery.id).state == DeliveryState.SENT
    page = anna.get(f"/exchange/deliveries/{delivery.id}").get_data(as_text=True)
    assert "Anna Liepiņa nosūtīja vēlreiz" in page and "320000•••••" in page


def test_the_raw_message_is_for_it_staff_only_and_its_reading_is_recorded(failed, queue, as_client, documents_page):
    address = f"/exchange/deliveries/{failed.id}/raw"
    assert as_client("anna").get(address).status_code == 403
    assert "SenderSection" in as_client("edgars").get(address).get_data(as_text=True)
    assert as_client("pauls").get(f"/exchange/deliveries/{failed.id}").status_code == 404
    assert as_client("dace").get("/exchange").status_code == 403


def test_lists_filter_by_state_and_page_by_key(queue, as_client):
    for n in range(52):
        queue(title=f"Sūtījums {n:02}")
    anna = as_client("anna")
    page = anna.get("/exchange").get_data(as_text=True)
    assert page.count('id="delivery-') == 50
    more = re.search(r'hx-get="([^"]*after=[^"]+)"', page).group(1).replace("&amp;", "&")
    rest = anna.get(more, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert rest.count('id="delivery-') == 2 and "<html" not in rest
    assert "Šādā stāvoklī nekā nav" in anna.get("/exchange?state=delivered").get_data(as_text=True)


def test_cancelling_without_a_reason_keeps_the_page_and_says_so(queue, as_client, documents_page):
    delivery = queue()
    anna = as_client("anna")
    answer = anna.post(f"/exchange/deliveries/{delivery.id}/cancel", data={"reason": ""})
    assert answer.status_code == 422
    answer = anna.post(f"/exchange/deliveries/{delivery.id}/cancel", data={"reason": "Kļūda"})
    assert answer.status_code == 303
    assert exchange.get_delivery(SYSTEM, delivery.id).state == DeliveryState.CANCELLED


def test_a_received_message_has_a_page(sandbox, received, as_client):
    browser = sandbox.app.test_client()
    answer = browser.post("/send", data={"sender": ILZE, "sender_name": "Ilze Ābele", "title": "Par ceļu"})
    assert answer.status_code == 303
    exchange.receive_all(SYSTEM)
    db.session.commit()
    page = as_client("anna").get(f"/exchange/messages/{received[0]}").get_data(as_text=True)
    assert "Par ceļu" in page and "Ilze Ābele" in page and "Saņemts pilnībā un pārbaudīts" in page


def test_the_sandbox_page_switches_faults_scripts_and_the_clock(sandbox, app):
    browser = sandbox.app.test_client()
    assert browser.post("/fault", data={"mode": "down", "times": "3"}).status_code == 303
    assert browser.post("/recipient", data={"address": ILZE, "script": "refuse", "text": "Nē"}).status_code == 303
    page = browser.get("/").get_data(as_text=True)
    assert "vēl 3 reizes" in page and "„Nē”" in page and "Pārbīdīt pulksteni" in page
    assert browser.post("/clock", data={"days": "3", "hours": ""}).status_code == 303
    assert clock.offset() == 3 * 86400 and vus.post.now(sandbox.store) > clock.real_now() + clock.timedelta(days=2)
    assert browser.post("/send", data={"sender": "nav", "title": "x"}).status_code == 422
    assert browser.post("/fault/clear", headers={"Origin": "http://cits.example"}).status_code == 403
