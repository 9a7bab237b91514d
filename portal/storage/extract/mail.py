"""E-mail messages: headers and body as text, attachments as inner files."""

from portal.storage.extract import plain
from portal.storage.extract.containers import Budget
from portal.storage.extract.limits import LIMITS, Inner
from portal.storage.extract.sniffing import sniff

_FIELDS = ("From", "To", "Cc", "Date", "Subject")


def open_mail(data, budget):
    """(text, inner files) of a message. Raises Unreadable when it breaks the limits."""
    from email import message_from_bytes, policy

    message = message_from_bytes(data, policy=policy.default)
    lines = [f"{field}: {value}" for field in _FIELDS if (value := _header(message, field))]
    body = message.get_body(("plain", "html"))
    if body is not None:
        content = body.get_payload(decode=True) or b""
        text = _decoded(body, content)
        lines += ["", plain.html_text(text.encode(), budget) if body.get_content_subtype() == "html" else text]
    inner = []
    for part in message.iter_attachments():
        content = _content(part)
        budget.take_entries(1)
        budget.take_bytes(len(content))
        name = _name(part, len(inner) + 1)
        inner.append(Inner(name, sniff(content, name), content))
    return "\n".join(lines), inner


def letter_of(data):
    """(sender's name, sender's address, subject, date sent or None, text) of a message's beginning; what is broken is
    empty. For filling in a form: the files inside are opened elsewhere, within limits."""
    from email import message_from_bytes, policy

    message = message_from_bytes(data, policy=policy.default)
    name, address = "", _header(message, "From")
    try:
        first = message["From"].addresses[0]
        name, address = first.display_name, first.addr_spec
    except (AttributeError, IndexError, LookupError, TypeError, ValueError):
        pass
    try:
        sent_at = message["Date"].datetime
    except (AttributeError, LookupError, TypeError, ValueError):
        sent_at = None
    body = message.get_body(("plain", "html"))
    text = ""
    if body is not None:
        text = _decoded(body, body.get_payload(decode=True) or b"")
        if body.get_content_subtype() == "html":
            text = plain.html_text(text.encode(), Budget(LIMITS))
    return name, address, _header(message, "Subject"), sent_at, text


def _header(message, field):
    try:
        return str(message.get(field, ""))
    except (ValueError, LookupError, AttributeError, IndexError):  # the standard library trips over broken headers
        return ""


def _content(part):
    """Bytes of an attachment; a forwarded message is given back whole."""
    if part.get_content_maintype() == "message":
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner else b""
    return part.get_payload(decode=True) or b""


def _name(part, number):
    name = part.get_filename() or (f"{number}.eml" if part.get_content_maintype() == "message" else f"{number}")
    return name.replace("\\", "/").rsplit("/", 1)[-1][:255]


def _decoded(part, content):
    charset = part.get_content_charset()
    if charset:
        try:
            return content.decode(charset, "replace")
        except LookupError:  # a charset that nobody knows
            pass
    return plain.decode(content)
