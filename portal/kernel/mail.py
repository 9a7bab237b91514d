"""Mail: one message over SMTP, or into a folder while the sandbox stands in for outside systems. Jobs only."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.errors import ExternalRefused, ExternalUnavailable, Invalid
from portal.kernel.i18n import _

_TIMEOUT_S = 20


@dataclass(frozen=True)
class Mail:
    """A message. key: names it for good, so that a second try is recognised as the same message.
    pictures: {content id: PNG} that the HTML refers to as `cid:…`. calendar: an iCalendar text that comes with it."""

    key: str
    to_name: str
    to_address: str
    subject: str
    text: str
    html: str
    pictures: dict[str, bytes] = field(default_factory=dict)
    calendar: str = ""


def send(mail: Mail):
    """Hand the message to the mail server. Raises ExternalUnavailable (try later), ExternalRefused (a person must
    look), Invalid for an address that is none."""
    message = _message(mail)
    own = settings()
    if own.mail_url:
        _over_smtp(own, message)
    elif own.sandbox:
        folder = own.var / "outbox"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{mail.key}.eml").write_bytes(message.as_bytes())
    else:
        raise ExternalRefused(_("Mail is not set up: IT staff set PKIP_MAIL_URL and PKIP_MAIL_FROM"))


def _message(mail):
    own = settings()
    message = EmailMessage()
    try:
        message["To"] = Address(mail.to_name, addr_spec=mail.to_address)
        message["From"] = Address(own.municipality, addr_spec=own.mail_from)
    except (ValueError, IndexError) as error:  # what the standard library raises for half an address
        raise Invalid(_("This is no mail address: %(address)s", address=mail.to_address)) from error
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{mail.key}@{own.mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    html = message.get_payload()[1]
    for content_id, picture in mail.pictures.items():
        html.add_related(picture, "image", "png", cid=f"<{content_id}>", disposition="inline")
    if mail.calendar:
        message.add_attachment(mail.calendar, subtype="calendar", filename="sede.ics")
    return message


def _over_smtp(own, message):
    parts = urlsplit(own.mail_url)
    secure = ssl.create_default_context()
    try:
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(parts.hostname, parts.port or 465, timeout=_TIMEOUT_S, context=secure)
        else:
            server = smtplib.SMTP(parts.hostname, parts.port or 587, timeout=_TIMEOUT_S)
        with server:
            if parts.scheme == "smtp+starttls":
                server.starttls(context=secure)
            if parts.username:
                server.login(unquote(parts.username), own.mail_password)
            server.send_message(message)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        # one recipient: the worst of the answers is the only one
        code = max((answer[0] for answer in getattr(error, "recipients", {}).values()), default=0) or getattr(
            error, "smtp_code", 0
        )
        if code >= 500:
            raise ExternalRefused(_("The mail server refused the message"), code=str(code)) from error
        raise ExternalUnavailable(_("The mail server does not take the message now")) from error
    except (smtplib.SMTPException, OSError) as error:
        raise ExternalUnavailable(_("The mail server does not answer")) from error
