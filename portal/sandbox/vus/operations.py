"""The operations of UnifiedServiceInterface, one function each: (call) -> inner XML of the answer. They raise Fault."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from cryptography.x509.oid import NameOID

from portal.sandbox.vus import envelopes, post
from portal.sandbox.vus.post import LIMIT_BYTES
from portal.sandbox.vus.soap import NS, Answer, Fault, Request

SERIALIZED = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
OPERATIONS: dict[str, Any] = {}


@dataclass(frozen=True)
class Call:
    """One call: the store, the checked request, the answer under construction, certificates, switched faults."""

    store: Any
    request: Request
    answer: Answer
    pki: Any
    ca: Any
    active_faults: frozenset

    def text(self, name):
        """The text of a direct child of the input."""
        return (self.request.input.findtext(f"uui:{name}", "", NS) or "").strip()


def operation(function):
    """Register under its name on the wire."""
    name = "".join(word.capitalize() for word in function.__name__.split("_"))
    OPERATIONS[name.replace("Eaddress", "EAddress")] = function
    return function


# --- sending ----------------------------------------------------------------------------------------------------------


@operation
def send_message(call):
    envelope, checked = _envelope(call)
    contents = _attachments(call)
    if sum(len(d or b"") for d in contents.values()) > LIMIT_BYTES:
        raise Fault("BL.PSS.053", "Datņu kopējais apjoms pārsniedz 4 MB")
    message_id = post.accept(call.store, envelope, checked, {k: v or b"" for k, v in contents.items()})
    return f"<MessageId>{message_id}</MessageId>"


@operation
def init_send_message(call):
    sender, ref = call.text("SenderEAddress"), call.text("MessageClientId")
    _check_sender(call, sender)
    if not ref:
        raise Fault("BL.KOP.010", "Nav norādīts obligāts lauks", ["MessageClientId"])
    known = post.find_ref(call.store, sender, ref)
    if known:  # the whole message is here already; its repeated parts will be taken for what they are
        return f"<MessageId>{known['message_id']}</MessageId>"
    message_id = post._next_id(call.store)
    files = {
        cid: {"sections": [call.store.blob_put(data)] if data else [], "done": bool(data)}
        for cid, data in _attachments(call).items()
    }
    call.store.put("vus.upload", message_id, {"sender": sender, "ref": ref, "files": files})
    return f"<MessageId>{message_id}</MessageId>"


@operation
def send_attachment_section(call):
    message_id, cid, index = call.text("MessageId"), call.text("ContentId"), _whole(call.text("SectionIndex"))
    data = _decoded(call.text("Contents"))
    with post.lock:
        if call.store.get("vus.sent", message_id):
            return ""
        upload = _upload(call, message_id)
        file = upload["files"].get(cid)
        if file is None:
            raise Fault("BL.PSS.049", "Nezināms datnes identifikators", [cid])
        if len(data) > LIMIT_BYTES:
            raise Fault("BL.PSS.053", "Daļa pārsniedz 4 MB")
        if file["done"]:
            raise Fault("BL.PSS.054", "Datnes pēdējā daļa jau ir saņemta")
        if index != len(file["sections"]):
            raise Fault("BL.PSS.051", "Daļas nav secīgas")
        if not data and index == 0:
            raise Fault("BL.PSS.052", "Pirmā daļa ir tukša")
        file["sections"].append(call.store.blob_put(data))
        file["done"] = len(data) < LIMIT_BYTES
        call.store.put("vus.upload", message_id, upload)
    return ""


@operation
def complete_send_message(call):
    message_id = call.text("MessageId")
    envelope, checked = _envelope(call)
    if call.store.get("vus.sent", message_id):
        post.accept(call.store, envelope, checked, {})  # only compares with the first
        return ""
    upload = _upload(call, message_id)
    if checked.ref != upload["ref"]:
        raise Fault("BL.PSS.050", "Sūtītāja numurs atšķiras no uzsākot norādītā")
    if checked.sender != upload["sender"]:
        raise Fault("BL.PSS.055", "Sūtītāja adrese atšķiras no uzsākot norādītās")
    unfinished = [cid for cid, file in upload["files"].items() if not file["done"]]
    if unfinished:
        raise Fault("BL.PSS.056", "Datne nav saņemta pilnībā", unfinished)
    contents = {
        cid: b"".join(call.store.blob_get(sha) for sha in file["sections"]) for cid, file in upload["files"].items()
    }
    post.accept(call.store, envelope, checked, contents, message_id=message_id)
    call.store.delete("vus.upload", message_id)
    return ""


@operation
def get_message_server_confirmation(call):
    message = call.store.get("vus.sent", call.text("MessageId"))
    if message is None:
        raise Fault("BL.PSS.030", "Ziņojums nav atrasts")
    if message["state"] == "Sent":
        raise Fault("BL.PSS.031", "Servera apstiprinājums vēl nav pieejams")
    return envelopes.server_confirmation(message["message_id"], message["received_at"], call.pki).decode()


# --- receiving --------------------------------------------------------------------------------------------------------


@operation
def get_message_list(call):
    waiting = [m for _n, m in call.store.list("vus.inbox") if not m["confirmed"] or "repeat" in call.active_faults]
    if "out_of_order" in call.active_faults:
        waiting.reverse()
    page = waiting[: _count(call)]
    more = len(waiting) > len(page)
    if "repeat" in call.active_faults:
        page = [m for m in page for _twice in range(2)]
    headers = "".join(
        f"<MessageHeader><MessageId>{m['message_id']}</MessageId><SenderEAddress>{escape(m['sender'])}</SenderEAddress>"
        f"<SentOn>{m['received_at']}</SentOn><IsDelivered>{'true' if m['confirmed'] else 'false'}</IsDelivered>"
        "</MessageHeader>"
        for m in page
    )
    return f"<HasMoreData>{'true' if more else 'false'}</HasMoreData><MessageHeaders>{headers}</MessageHeaders>"


@operation
def get_message(call):
    message_id = call.text("MessageId")
    if not message_id:
        message_id = next((n for n, m in call.store.list("vus.inbox") if not m["confirmed"]), "")
    message = _inbox(call, message_id)
    left, attachments = LIMIT_BYTES, ""
    for n, file in enumerate(message["files"]):
        if file["size"] <= left:
            left -= file["size"]
            inner = call.answer.contents(_file(call, file)) + "<IsSeparateCall>false</IsSeparateCall>"
        else:
            inner = (
                f"<IsSeparateCall>true</IsSeparateCall>"
                f"<SectionCount>{-(-file['size'] // LIMIT_BYTES)}</SectionCount>"
                f"<SectionSize>{LIMIT_BYTES}</SectionSize>"
            )
        attachments += f"<AttachmentOutput><ContentId>{n}</ContentId>{inner}</AttachmentOutput>"
    return (
        f"<AttachmentsOutput>{attachments}</AttachmentsOutput><ConfirmationName>{_confirmation_name(message)}"
        f'</ConfirmationName>{_delivered(call, message).decode()}<Recipients><string xmlns="{SERIALIZED}">'
        f"{escape(message['recipient'])}</string></Recipients>"
    )


@operation
def get_attachment_section(call):
    message, cid = _inbox(call, call.text("MessageId")), call.text("ContentId")
    index = _whole(call.text("SectionIndex"))
    if not cid.isdigit() or int(cid) >= len(message["files"]):
        raise Fault("BL.PSS.049", "Nezināms datnes identifikators", [cid])
    data = _file(call, message["files"][int(cid)])
    if index * LIMIT_BYTES >= len(data):
        raise Fault("BL.PSS.057", "Datnes daļa nav atrasta")
    return call.answer.contents(data[index * LIMIT_BYTES : (index + 1) * LIMIT_BYTES])


@operation
def confirm_message(call):
    message = _inbox(call, call.text("MessageId"))
    part = envelopes.cut_out(call.request.data, "RecipientConfirmationPart")
    status = list(
        envelopes.check_confirmation(
            part, _delivered(call, message), _confirmation_name(message), [message["recipient"]], call.ca
        )
    )
    if message["confirmed"] and message["confirmed"] != status:
        raise Fault("BL.PSS.028", "Atkārtotais apstiprinājums atšķiras no pirmā")
    message["confirmed"] = status
    call.store.put("vus.inbox", message["message_id"], message)
    return ""


# --- notifications, addressees ----------------------------------------------------------------------------------------


@operation
def get_notification_list(call):
    waiting = call.store.list("vus.notice")
    page = waiting[: _count(call)]
    more = len(waiting) > len(page)
    if "out_of_order" in call.active_faults:
        page.reverse()
    if "repeat" in call.active_faults:
        page = [entry for entry in page for _twice in range(2)]
    entries = "".join(
        f"<Notification><Id>{number}</Id><CreatedOn>{n['created']}</CreatedOn><MessageClientId>{escape(n['ref'])}"
        f"</MessageClientId><MessageId>{n['message_id']}</MessageId><MessageStatus>{n['status']}</MessageStatus>"
        f"<MessageStatusReason>{escape(n['reason'])}</MessageStatusReason><Recipients>"
        + "".join(f'<string xmlns="{SERIALIZED}">{escape(a)}</string>' for a in n["recipients"])
        + f"</Recipients><StatusCode>{escape(n['code'])}</StatusCode><StatusText>{escape(n['text'])}</StatusText>"
        f"<Sender>{escape(n['sender'])}</Sender><Type>{n['type']}</Type></Notification>"
        for number, n in page
    )
    return f"<HasMoreData>{'true' if more else 'false'}</HasMoreData><Notifications>{entries}</Notifications>"


@operation
def confirm_notification_list(call):
    numbers = [e.text for e in call.request.input.iterfind("uui:NotificationIds/*", NS)]
    unknown = [n for n in numbers if call.store.get("vus.notice", n) is None]
    for number in set(numbers) - set(unknown):
        call.store.delete("vus.notice", number)
    if unknown:
        raise Fault("BL.PSS.032", "Nepareizs paziņojuma identifikators", unknown)
    return ""


@operation
def validate_eaddress(call):
    codes = [e.text or "" for e in call.request.input.iterfind("uui:EAddresses/*", NS)]
    if call.text("Type") not in ("PhysicalPerson", "RegistryRegisteredPerson"):
        raise Fault("BL.KOP.011", "Lauka formāts nav pareizs", ["Type"])
    results = ""
    for code in codes:
        address = f"_PRIVATE@{code}"
        active = re.fullmatch(r"\d{11}", code) and post.script_of(call.store, address)["script"] != "no_account"
        results += (
            f"<ValidateEAddressResult><EAddress>{escape(address)}</EAddress>"
            f"<IsValid>{'true' if active else 'false'}</IsValid></ValidateEAddressResult>"
        )
    return f"<Results>{results}</Results>"


# --- shared -----------------------------------------------------------------------------------------------------------


def _envelope(call):
    envelope = envelopes.cut_out(call.request.data, "Envelope")
    checked = envelopes.check_sent(envelope, call.ca)
    _check_sender(call, checked.sender)
    if checked.kind not in envelopes.KINDS:
        raise Fault("BL.PSS.040", "Nezināms dokumenta veids", [checked.kind])
    wrong = [a for a in checked.recipients if not envelopes.ADDRESS.fullmatch(a)]
    if wrong:
        raise Fault("BL.PSS.021", "E-adreses formāts nav pareizs", wrong)
    if call.store.setting("vus.sender_full", False):
        raise Fault("BL.PSS.058", "Sūtītāja pastkaste ir pilna")
    return envelope, checked


def _check_sender(call, address):
    """The sender must be an address of the institution whose certificate signed the call."""
    if not envelopes.ADDRESS.fullmatch(address):
        raise Fault("BL.PSS.005", "Sūtītāja adrese nav pareiza", [address])
    owners = call.request.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    if address.split("@")[1] not in {o.value.removeprefix("NTRLV-") for o in owners}:
        raise Fault("BL.PSS.007", "Pieslēgums nedrīkst sūtīt no šīs adreses", [address])


def _attachments(call):
    """{content id: bytes, or None when only listed}."""
    found = {}
    for item in call.request.input.iterfind("uui:AttachmentsInput/uui:AttachmentInput", NS):
        cid, contents = item.findtext("uui:ContentId", "", NS), item.find("uui:Contents", NS)
        if cid in found or not cid:
            raise Fault("BL.PSS.042", "Satura norāde nav pareiza", [cid])
        found[cid] = None if contents is None else _decoded(contents.text or "")
    return found


def _upload(call, message_id):
    upload = call.store.get("vus.upload", message_id)
    if upload is None:
        raise Fault("BL.PSS.030", "Ziņojums nav atrasts")
    return upload


def _inbox(call, message_id):
    message = call.store.get("vus.inbox", message_id)
    if message is None:
        raise Fault("BL.PSS.030", "Ziņojums nav atrasts")
    return message


def _delivered(call, message):
    """The signed envelope, made at the first reading and kept: confirmations sign these very bytes."""
    with post.lock:
        kept = call.store.get("vus.inbox", message["message_id"])
        if not kept.get("envelope"):
            kept["envelope"] = call.store.blob_put(envelopes.delivered(kept, call.pki))
            call.store.put("vus.inbox", kept["message_id"], kept)
        message["envelope"] = kept["envelope"]
        return call.store.blob_get(kept["envelope"])


def _file(call, file):
    data = call.store.blob_get(file["sha"])
    if "corrupt" in call.active_faults and data:
        data = data[:-1] + bytes([data[-1] ^ 1])
    return data


def _confirmation_name(message):
    return "C" + message["message_id"]


def _count(call):
    count = _whole(call.text("MaxResultCount"))
    if count < 1:
        raise Fault("BL.KOP.008", "Skaitam jābūt vismaz 1")
    return min(count, call.store.setting("vus.page", 100))


def _whole(text):
    if not text.isdigit():
        raise Fault("BL.KOP.011", "Nav vesels skaitlis", [text])
    return int(text)


def _decoded(text):
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise Fault("BL.KOP.011", "Saturs nav base64") from error
