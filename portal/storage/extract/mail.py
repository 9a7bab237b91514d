"""E-mail messages: headers and body as text, attachments as inner files."""

from portal.storage.extract import plain

_FIELDS = ("From", "To", "Cc", "Date", "Subject")


def read_mail(file, budget, out, shelf):
    """Headers and body as text, attachments on the shelf. Raises Unreadable when it breaks the limits."""
    from email import message_from_bytes, policy

    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    lines = [f"{field}: {value}" for field in _FIELDS if (value := _header(message, field))]
    out.add("\n".join(lines) + "\n")
    body = message.get_body(("plain", "html"))
    if body is not None:
        text = _decoded(body, body.get_payload(decode=True) or b"")
        out.add("\n" + (plain.html_text(text) if body.get_content_subtype() == "html" else text))
    for number, part in enumerate(message.iter_attachments(), start=1):
        budget.check_time()
        shelf.lay_bytes(_name(part, number), _content(part))


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
            text = plain.html_text(text)
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
