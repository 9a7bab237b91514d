"""The post office behind VUS: what waits for whom, what happens next and when. All state is in the sandbox's store.

Kinds of record: vus.sent (from the municipality), vus.inbox (to it), vus.ref (sender's own number -> first message),
vus.upload (half-sent files), vus.due (what happens at a moment), vus.notice (notification queue), vus.recipient
(scripts). Nothing runs by itself: each call first does what has fallen due.
"""

import base64
import gzip
import hashlib
import json
import threading
import time
from datetime import UTC, datetime, timedelta

from portal.sandbox.vus import envelopes
from portal.sandbox.vus.soap import Fault

SCRIPTS = ("accept", "refuse", "never", "no_account", "full")
LIMIT_BYTES = 4_194_304
# One sandbox is one process; its threads must not decide about the same number at once.
lock = threading.RLock()


# --- by hand and by tests ---------------------------------------------------------------------------------------------


def deliver(
    store,
    *,
    sender,
    sender_name,
    title,
    description="",
    files=(),
    kind="DOC_APPLICATION",
    service_code=None,
    personal=None,
    recipient=None,
    reply_to="",
    packed=False,
):
    """Put a message into the municipality's mailbox; returns its message id.

    files: (name, mime, bytes). personal: {"given_name", "surname"} when a person writes. packed: files travel as GZIP.
    """
    with lock:
        message_id = _next_id(store)
        store.put(
            "vus.inbox",
            message_id,
            {
                "message_id": message_id,
                "ref": f"smilskaste-{message_id}",
                "sender": sender,
                "sender_name": sender_name,
                "title": title,
                "description": description,
                "kind": kind,
                "service_code": service_code,
                "personal": personal,
                "reply_to": reply_to,
                "received_at": stamp(now(store)),
                "confirmed": None,
                "recipient": recipient or store.setting("vus.municipality", "_DEFAULT@90000000001"),
                "files": [_kept_file(store, name, mime, data, packed) for name, mime, data in files],
            },
        )
        return message_id


def script(store, address, what, *, code="", text=""):
    """How a recipient behaves from now on: one of SCRIPTS. code, text: what a refusal says."""
    if what not in SCRIPTS:
        raise ValueError(what)
    store.put("vus.recipient", address, {"script": what, "code": code, "text": text})


def sent(store):
    """Messages from the municipality, oldest first: [(message id, record)]."""
    return store.list("vus.sent")


def file_bytes(store, record):
    """{name: bytes} of a record's files."""
    return {f["name"]: store.blob_get(f["sha"]) for f in record["files"]}


def now(store):
    """The sandbox's time: the real one, moved as far as the instance's clock."""
    return datetime.fromtimestamp(time.time(), UTC) + timedelta(seconds=store.setting("clock_offset_s", 0))


def stamp(moment):
    """XML dateTime in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# --- sending ----------------------------------------------------------------------------------------------------------


def accept(store, envelope, checked, contents, *, message_id=None):
    """Take a checked message in, once per sender's number. Returns the message id (of the first, when repeated)."""
    with lock:
        fingerprint = hashlib.sha256(envelope).hexdigest()
        known = find_ref(store, checked.sender, checked.ref)
        if known:
            if known["fingerprint"] != fingerprint:
                raise Fault("BL.PSS.008", "Ar šādu numuru jau ir nosūtīts cits ziņojums", [checked.ref])
            return known["message_id"]
        envelopes.check_files(checked, contents)
        deliverable = [a for a in checked.recipients if script_of(store, a)["script"] != "no_account"]
        if not deliverable:
            raise Fault("BL.PSS.024", "Ziņojumu nav iespējams piegādāt nevienam adresātam.", checked.recipients)
        message_id = message_id or _next_id(store)
        store.put(
            "vus.sent",
            message_id,
            {
                "message_id": message_id,
                "ref": checked.ref,
                "sender": checked.sender,
                "title": checked.title,
                "kind": checked.kind,
                "recipients": list(checked.recipients),
                "notify": checked.notify,
                "state": "Sent",
                "received_at": stamp(now(store)),
                "envelope": store.blob_put(envelope),
                "outcome": {},
                "files": [
                    {"name": name, "mime": mime, "size": size, "sha": store.blob_put(contents[reference])}
                    for reference, name, mime, size, _algorithm, _digest in checked.files
                ],
            },
        )
        store.put("vus.ref", f"{checked.sender} {checked.ref}", {"message_id": message_id, "fingerprint": fingerprint})
        _plan(store, store.setting("vus.delay_s", 0.5), "process", message_id)
        return message_id


def find_ref(store, sender, ref):
    """What is kept about a sender's own number, or None."""
    return store.get("vus.ref", f"{sender} {ref}")


def script_of(store, address):
    """The recipient's script; everybody unknown has an account and accepts."""
    return store.get("vus.recipient", address) or {"script": "accept", "code": "", "text": ""}


def _plan(store, delay_s, step, message_id, address=""):
    number = store.counter("vus.due")
    store.put(
        "vus.due",
        str(number),
        {
            "at": (now(store) + timedelta(seconds=delay_s)).timestamp(),
            "step": step,
            "message_id": message_id,
            "address": address,
        },
    )


def advance(store):
    """Do what has fallen due, in order of time."""
    with lock:
        while True:
            moment = now(store).timestamp()
            due = sorted((d["at"], int(n), d) for n, d in store.list("vus.due") if d["at"] <= moment)
            if not due:
                return
            for _at, number, entry in due:
                store.delete("vus.due", str(number))
                {"process": _process, "answer": _answer, "deadline": _deadline}[entry["step"]](store, entry)


def _process(store, entry):
    message = store.get("vus.sent", entry["message_id"])
    full = [a for a in message["recipients"] if script_of(store, a)["script"] == "full"]
    if len(full) == len(message["recipients"]):
        message["state"] = "Rejected"
        _notify(store, message, "MessageProcessed", "Rejected", full, reason="KOP.002 Adresāta pastkaste ir pilna")
    else:
        message["state"] = "Accepted"
        _notify(store, message, "MessageProcessed", "Accepted", message["recipients"])
        for address in message["recipients"]:
            what = script_of(store, address)["script"]
            if what in ("no_account", "full"):
                reason = "KOP.002 Adresāta pastkaste ir pilna" if what == "full" else "PSS.024 Adresātam nav konta"
                _notify(store, message, "MessageProcessed", "Rejected", [address], reason=reason)
            elif what == "never":
                _plan(store, store.setting("vus.deadline_s", 5 * 86400), "deadline", message["message_id"], address)
            else:
                _plan(store, store.setting("vus.answer_s", 0), "answer", message["message_id"], address)
    store.put("vus.sent", message["message_id"], message)


def _answer(store, entry):
    message, recipient = store.get("vus.sent", entry["message_id"]), script_of(store, entry["address"])
    status = "RecipientRejected" if recipient["script"] == "refuse" else "RecipientAccepted"
    message["outcome"][entry["address"]] = status
    store.put("vus.sent", message["message_id"], message)
    if message["notify"]:
        _notify(
            store,
            message,
            "MessageDelivered",
            status,
            [entry["address"]],
            code=recipient["code"],
            text=recipient["text"],
        )


def _deadline(store, entry):
    message = store.get("vus.sent", entry["message_id"])
    message["outcome"][entry["address"]] = "DeliveryDelayed"
    store.put("vus.sent", message["message_id"], message)
    _notify(store, message, "MessageDelivered", "DeliveryDelayed", [entry["address"]])


def _notify(store, message, kind, status, recipients, *, reason="", code="", text=""):
    number = store.counter("vus.notice")
    store.put(
        "vus.notice",
        str(number),
        {
            "created": stamp(now(store)),
            "message_id": message["message_id"],
            "ref": message["ref"],
            "type": kind,
            "status": status,
            "reason": reason,
            "code": code,
            "text": text,
            "recipients": list(recipients),
            "sender": message["sender"],
        },
    )


def _kept_file(store, name, mime, data, packed):
    data = gzip.compress(data) if packed else data
    return {
        "name": name,
        "mime": mime,
        "size": len(data),
        "sha": store.blob_put(data),
        "gzip": packed,
        "sha512": base64.b64encode(hashlib.sha512(data).digest()).decode(),
    }


def _next_id(store):
    return str(1_000_000 + store.counter("vus.message"))


def as_text(record):
    """A record for the control page."""
    return json.dumps(record, ensure_ascii=False, indent=1)
