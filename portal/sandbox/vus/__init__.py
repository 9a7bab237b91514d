"""Sandbox of VUS, the one SOAP interface of DIV and the e-address: the other side of portal.exchange's adapter.

It checks everything the way the published instruction says and refuses with its codes. `deliver` sends something in,
`script` tells a recipient how to behave, `switch_fault` breaks the service on purpose.
"""

import socket
import time

from cryptography import x509
from flask import Blueprint, Response, current_app, request

from portal.sandbox.store import store as the_store
from portal.sandbox.vus import operations, post, soap
from portal.sandbox.vus.post import SCRIPTS, deliver, file_bytes, script, sent

__all__ = ["bp", "deliver", "script", "sent", "file_bytes", "switch_fault", "clear_faults", "SCRIPTS", "FAULTS"]

bp = Blueprint("vus", __name__)
ENDPOINT = "/div/UnifiedService.svc"
FAULTS = ("slow", "down", "refuse", "lose_answer", "repeat", "out_of_order", "garbage", "corrupt", "cut")


def switch_fault(
    store,
    mode,
    *,
    operation=None,
    times=None,
    seconds=2.0,
    code="BL.PSS.060",
    text="Pieslēgums pieņem tikai e-rēķinus",
    receiver=False,
):
    """Break the service: `mode` of FAULTS, for one operation or all, for so many calls or until cleared."""
    if mode not in FAULTS:
        raise ValueError(mode)
    faults = store.setting("vus.faults", [])
    store.set_setting(
        "vus.faults",
        [
            *faults,
            {
                "mode": mode,
                "operation": operation,
                "times": times,
                "seconds": seconds,
                "code": code,
                "text": text,
                "receiver": receiver,
            },
        ],
    )


def clear_faults(store):
    """The service works again."""
    store.set_setting("vus.faults", [])


@bp.post(ENDPOINT)
def unified_service():
    """Every operation comes here; what is asked stands in the body."""
    store = the_store()
    post.advance(store)
    answer = soap.Answer("", "", bool(store.setting("vus.mtom", False)))
    pki = current_app.extensions["sandbox.pki"]
    ca = x509.load_pem_x509_certificate(pki.ca.read_bytes())
    started, name, code = time.monotonic(), "?", "ok"
    try:
        call_request = soap.read(request.content_type or "", request.get_data(), endpoint=request.base_url, ca=ca)
        name = answer.operation = call_request.operation
        answer.relates_to = call_request.message_id
        if name not in operations.OPERATIONS:
            raise soap.Fault("a:ActionNotSupported", "Nezināma darbība")
        faults = _take_faults(store, name)
        broken = _break_before(faults)
        if broken is not None:
            code = next(iter(faults))
            return broken
        inner = operations.OPERATIONS[name](operations.Call(store, call_request, answer, pki, ca, frozenset(faults)))
        if "lose_answer" in faults:
            code = "lose_answer"
            return _no_answer()
        kind, body, status = answer.output(inner)
    except soap.Fault as fault:
        code = fault.code
        kind, body, status = answer.fault(fault)
    finally:
        _log(store, name, code, started)
    return Response(body, status, content_type=kind)


def _take_faults(store, name):
    """{mode: fault} of those switched on for this operation; counts them down."""
    with post.lock:
        faults = store.setting("vus.faults", [])
        active = {f["mode"]: f for f in faults if f["operation"] in (None, "", name)}
        if any(f["times"] for f in active.values()):
            for fault in active.values():
                if fault["times"]:
                    fault["times"] -= 1
            store.set_setting("vus.faults", [f for f in faults if f["times"] is None or f["times"] > 0])
        return active


def _break_before(faults):
    """The answer when the service is broken before it has done anything, else None."""
    if "slow" in faults:
        time.sleep(faults["slow"]["seconds"])
    if "down" in faults:
        return Response("Service Unavailable", 503, content_type="text/plain")
    if "cut" in faults:
        return _no_answer()
    if "garbage" in faults:
        return Response(b"<html><p>\xff\x00 starpniekserveris", 200, content_type="text/html")
    if "refuse" in faults:
        fault = faults["refuse"]
        raise soap.Fault(fault["code"], fault["text"], receiver=fault["receiver"])
    return None


def _no_answer():
    """Cut the connection without a word; a server that does not let us says 504."""
    connection = request.environ.get("werkzeug.socket") or request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return Response("Gateway Timeout", 504, content_type="text/plain")


def _log(store, name, code, started):
    number = store.counter("vus.call")
    store.put(
        "vus.call",
        str(number),
        {
            "operation": name,
            "code": code,
            "ms": round((time.monotonic() - started) * 1000),
            "at": post.stamp(post.now(store)),
        },
    )
    if number > 500:
        store.delete("vus.call", str(number - 500))
