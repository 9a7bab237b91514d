"""The mailbox of everyone: what the portal has sent while it is in trial mode."""

import base64
import email
import re
from email import policy

from flask import Blueprint, Response, abort, current_app, render_template

bp = Blueprint("mailbox", __name__)
SHOWN = 50


@bp.get("/pasts")
def page():
    """The latest letters, newest first."""
    files = sorted(_folder().glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)[:SHOWN]
    answer = Response(render_template("sandbox/mailbox.html", letters=[(file.stem, _read(file)) for file in files]))
    answer.headers["Content-Security-Policy"] = "default-src 'self'; img-src 'self' data:; base-uri 'none'"
    return answer


@bp.get("/pasts/<key>")
def letter(key):
    """A letter as its reader sees it; nothing in it may run or be fetched."""
    file = _folder() / f"{key}.eml"
    if not re.fullmatch(r"[0-9A-Za-z-]{1,64}", key) or not file.is_file():
        abort(404)
    message = _read(file)
    pictures = {
        part["Content-ID"].strip("<>"): base64.b64encode(part.get_content()).decode()
        for part in message.walk()
        if part.get_content_type() == "image/png" and part["Content-ID"]
    }
    html = message.get_body(("html",)).get_content()
    for name, data in pictures.items():
        html = html.replace(f"cid:{name}", f"data:image/png;base64,{data}")
    answer = Response(html)
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return answer


def _folder():
    instance = current_app.extensions["sandbox.instance"]
    if instance is None:
        abort(404)
    return instance.extensions["pkip.settings"].var / "outbox"


def _read(file):
    return email.message_from_bytes(file.read_bytes(), policy=policy.default)
