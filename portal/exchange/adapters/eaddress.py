"""The e-address and DIV channel: VUS, one SOAP interface. This module translates and nothing else."""

import base64
import binascii
import re
import time
from dataclasses import dataclass
from xml.sax.saxutils import escape

from cryptography import x509
from lxml import etree

from portal.exchange.adapters import envelope as envelopes
from portal.exchange.adapters import mtom, wss
from portal.exchange.adapters.envelope import DIV
from portal.exchange.adapters.files import plain_bytes
from portal.exchange.ports import Call, ChannelRefused, Header, Incoming, IncomingFile, Notice, Outgoing, WrongContent
from portal.kernel import clock, http
from portal.kernel.config import settings
from portal.kernel.errors import ExternalUnavailable
from portal.kernel.i18n import _

UUI = "http://vraa.gov.lv/xmlschemas/div/uui/2011/11"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
ACTION = "http://vraa.gov.lv/div/uui/2011/11/UnifiedServiceInterface/"
SOAP = wss.SOAP
SECTION_BYTES = 4_194_304
TIMEOUT_S = (10, 120)
# the server lost or never had our half-sent files: begin again with the same envelope
SECTION_FAULTS = frozenset(f"PSS.{n:03d}" for n in range(51, 58)) - {"PSS.053"} | {"PSS.050"}
UPLOAD_RESTARTS = 2


@dataclass(frozen=True)
class Connection:
    """One connection (pieslēgums) to VUS."""

    url: str
    wsa_to: str
    address: str
    institution: str
    signer: envelopes.Signer
    trust: x509.Certificate
    signed_parts: tuple[str, ...] = wss.ALL_PARTS
    algorithm: str = "rsa-sha256"
    client_cert: tuple[str, str] | None = None

    @classmethod
    def from_settings(cls):
        """The current instance's connection."""
        s = settings()
        return cls(
            url=s.eaddress_url,
            wsa_to=s.eaddress_wsa_to or s.eaddress_url,
            address=s.eaddress_address,
            institution=s.municipality,
            signer=envelopes.Signer.load(s.eaddress_cert, s.eaddress_key),
            trust=x509.load_pem_x509_certificate(s.eaddress_trust.read_bytes()),
            signed_parts=tuple(s.eaddress_signed_parts),
            algorithm=s.eaddress_algorithm,
            client_cert=(str(s.eaddress_cert), str(s.eaddress_key)) if s.eaddress_url.startswith("https:") else None,
        )


class EAddress:
    """Implements ports.Channel. on_call: told about each finished call (ports.Call)."""

    def __init__(self, connection=None, on_call=lambda call: None):
        self.connection = connection or Connection.from_settings()
        self.on_call = on_call

    # --- sending ------------------------------------------------------------------------------------------------------

    def prepare(self, outgoing: Outgoing) -> bytes:
        """See ports.Channel."""
        c = self.connection
        return envelopes.build(
            outgoing,
            institution=c.institution,
            sender=c.address,
            today=clock.today(),
            signing_time=clock.now(),
            signer=c.signer,
        )

    def send(self, outgoing: Outgoing, envelope: bytes) -> str:
        """See ports.Channel. Above 4 MB in total the files travel in sections."""
        if sum(file.size_bytes for file in outgoing.files) > SECTION_BYTES:
            return self._send_in_sections(outgoing, envelope)
        attachments = b"".join(
            b"<AttachmentInput><ContentId>%d</ContentId><Contents>%s</Contents></AttachmentInput>"
            % (n, base64.b64encode(file.read()))
            for n, file in enumerate(outgoing.files)
        )
        root, _data = self._call("SendMessage", self._attachments(attachments) + envelope, ref=outgoing.ref_number)
        return self._message_id(root)

    def _send_in_sections(self, outgoing, envelope):
        for restart in range(UPLOAD_RESTARTS + 1):
            try:
                return self._upload(outgoing, envelope)
            except ChannelRefused as error:
                if error.code not in SECTION_FAULTS or restart == UPLOAD_RESTARTS:
                    raise
        raise AssertionError("unreachable")

    def _upload(self, outgoing, envelope):
        c, ref = self.connection, outgoing.ref_number
        listed = b"".join(
            b"<AttachmentInput><ContentId>%d</ContentId></AttachmentInput>" % n for n in range(len(outgoing.files))
        )
        root, _data = self._call(
            "InitSendMessage",
            self._attachments(listed) + _element("SenderEAddress", c.address) + _element("MessageClientId", ref),
            ref=ref,
        )
        message_id = self._message_id(root)
        for n, file in enumerate(outgoing.files):
            data = file.read()
            # A section shorter than 4 MB ends the file, so a file of whole sections ends with an empty one.
            for index in range(len(data) // SECTION_BYTES + 1):
                section = data[index * SECTION_BYTES : (index + 1) * SECTION_BYTES]
                self._call(
                    "SendAttachmentSection",
                    _element("MessageId", message_id)
                    + _element("ContentId", str(n))
                    + _element("SectionIndex", str(index))
                    + b"<Contents>"
                    + base64.b64encode(section)
                    + b"</Contents>",
                    ref=ref,
                    message_id=message_id,
                )
        self._call("CompleteSendMessage", _element("MessageId", message_id) + envelope, ref=ref, message_id=message_id)
        return message_id

    def server_confirmation(self, external_id: str):
        """See ports.Channel."""
        try:
            root, data = self._call(
                "GetMessageServerConfirmation", _element("MessageId", external_id), message_id=external_id
            )
        except ChannelRefused as error:
            if error.code == "PSS.031":
                return None
            raise
        part = mtom.stand_alone(root, data, DIV, "ServerConfirmationPart")
        try:
            if part is None:
                raise envelopes.WrongEnvelope("no ServerConfirmationPart")
            envelopes.verify_server(part, self.connection.trust)
            received = envelopes.parse(part).findtext(f".//{{{DIV}}}ServerReceivedTime")
            return part, envelopes.instant(received or "")
        except envelopes.WrongEnvelope as error:
            raise WrongContent(str(error)) from error

    # --- receiving ----------------------------------------------------------------------------------------------------

    def waiting(self, limit: int):
        """See ports.Channel."""
        root, _data = self._call("GetMessageList", _element("MaxResultCount", str(limit)))
        headers = [Header(_said(e, "MessageId"), _said(e, "SenderEAddress")) for e in _all(root, "MessageHeader")]
        return headers, _said(root, "HasMoreData") == "true"

    def fetch(self, external_id: str) -> Incoming:
        """See ports.Channel."""
        root, data = self._call("GetMessage", _element("MessageId", external_id), message_id=external_id)
        envelope = mtom.stand_alone(root, data, DIV, "Envelope")
        try:
            if envelope is None:
                raise envelopes.WrongEnvelope("no Envelope")
            envelopes.verify_server(envelope, self.connection.trust)
            read = envelopes.read(envelope)
            contents = {_said(e, "ContentId"): e for e in _all(root, "AttachmentOutput")}
            if set(contents) != {entry.reference for entry in read.files}:
                raise envelopes.WrongEnvelope("the files differ from those listed")
            files = tuple(self._received(external_id, entry, contents[entry.reference]) for entry in read.files)
        except envelopes.WrongEnvelope as error:
            raise WrongContent(str(error)) from error
        recipients = next(
            (tuple(s.text or "" for s in e) for e in _all(root, "Recipients") if etree.QName(e).namespace == UUI), ()
        )
        return Incoming(
            external_id=external_id,
            sender=read.sender,
            sender_name=read.sender_name,
            title=read.title,
            description=read.description,
            kind_code=read.kind_code,
            kind_version=read.kind_version,
            service_code=read.service_code,
            reply_to=read.reply_to,
            sent_at=read.server_received_at,
            envelope=envelope,
            confirmation_name=_said(root, "ConfirmationName"),
            recipients=recipients,
            files=files,
        )

    def _received(self, external_id, entry, element):
        if _said(element, "IsSeparateCall") == "true":
            data = self._sections(external_id, entry.reference, int(_said(element, "SectionCount") or 0))
        else:
            data = _bytes(element)
        if len(data) != entry.size_bytes or not entry.matches(data):
            raise envelopes.WrongEnvelope(f"file {entry.name}: the digest or size differs")
        return IncomingFile(entry.name, entry.mime, plain_bytes(data, entry.compressed))

    def _sections(self, external_id, content_id, count):
        """All sections of a file. Without a count, a section below full size is the last."""
        sections = []
        while not count or len(sections) < count:
            root, _data = self._call(
                "GetAttachmentSection",
                _element("MessageId", external_id)
                + _element("ContentId", content_id)
                + _element("SectionIndex", str(len(sections))),
                message_id=external_id,
            )
            sections.append(_bytes(root))
            if not count and len(sections[-1]) < SECTION_BYTES:
                break
        return b"".join(sections)

    def prepare_confirmation(self, incoming: Incoming) -> bytes:
        """See ports.Channel."""
        return envelopes.build_confirmation(
            incoming.envelope,
            incoming.confirmation_name,
            incoming.recipients,
            accepted=True,
            code="",
            reason="",
            signer=self.connection.signer,
            signing_time=clock.now(),
        )

    def confirm(self, external_id: str, confirmation: bytes):
        """See ports.Channel. PSS.028 (already confirmed, otherwise) counts as confirmed."""
        try:
            self._call("ConfirmMessage", confirmation + _element("MessageId", external_id), message_id=external_id)
        except ChannelRefused as error:
            if error.code != "PSS.028":
                raise

    # --- notifications and catalogue ----------------------------------------------------------------------------------

    def notices(self, limit: int):
        """See ports.Channel."""
        root, _data = self._call("GetNotificationList", _element("MaxResultCount", str(limit)))
        return [_notice(e) for e in _all(root, "Notification")]

    def confirm_notices(self, numbers):
        """See ports.Channel. PSS.032 (no such notification) means that it is off the queue already."""
        ids = b"".join(b'<long xmlns="%s">%d</long>' % (ARRAYS.encode(), n) for n in numbers)
        try:
            self._call("ConfirmNotificationList", b"<NotificationIds>" + ids + b"</NotificationIds>")
        except ChannelRefused as error:
            if error.code != "PSS.032":
                raise

    def is_active(self, code: str) -> bool:
        """See ports.Channel. code: 11 digits; registration numbers begin with 4, 5 or 9."""
        kind = "RegistryRegisteredPerson" if code[0] in "459" else "PhysicalPerson"
        root, _data = self._call(
            "ValidateEAddress",
            b'<EAddresses><string xmlns="%s">%s</string></EAddresses>' % (ARRAYS.encode(), escape(code).encode())
            + _element("Type", kind),
        )
        return _said(root, "IsValid") == "true"

    # --- the call -----------------------------------------------------------------------------------------------------

    def _call(self, operation, body, *, ref="", message_id=""):
        """One signed call; returns the output element's tree and the answer's bytes."""
        started, code = time.monotonic(), "unavailable"
        try:
            root, data = self._exchange(operation, body)
            code = "ok"
            return root, data
        except ChannelRefused as error:
            code = error.code
            raise
        finally:
            self.on_call(Call(operation, message_id, ref, code, round((time.monotonic() - started) * 1000)))

    def _exchange(self, operation, body):
        c = self.connection
        message = wss.secure(
            f'<{operation}Input xmlns="{UUI}">'.encode() + body + f"</{operation}Input>".encode(),
            # the server compares this with its own clock, so the sandbox's moved one must not be used
            action=ACTION + operation,
            to=c.wsa_to,
            now=clock.real_now(),
            certificate_der=c.signer.der,
            key=c.signer.key,
            signed_parts=c.signed_parts,
            algorithm=c.algorithm,
        )
        response = http.request(
            "POST",
            c.url,
            data=message,
            timeout=TIMEOUT_S,
            cert=c.client_cert,
            headers={"Content-Type": f'application/soap+xml; charset=utf-8; action="{ACTION}{operation}"'},
        )
        try:
            root, data = mtom.read(response.headers.get("Content-Type", ""), response.content)
        except mtom.NotAnAnswer as error:
            raise ExternalUnavailable(_("The e-address system answered something unreadable")) from error
        fault = root.find(f"{{{SOAP}}}Body/{{{SOAP}}}Fault")
        if fault is not None:
            raise _fault(fault)
        output = root.find(f"{{{SOAP}}}Body/{{{UUI}}}{operation}Output")
        if output is None:
            raise ExternalUnavailable(_("The e-address system answered something unreadable"))
        return output, data

    @staticmethod
    def _attachments(items):
        return b"<AttachmentsInput>" + items + b"</AttachmentsInput>"

    @staticmethod
    def _message_id(output):
        # by path in the body: the SOAP header has a MessageID of its own
        found = _said(output, "MessageId")
        if not found:
            raise ExternalUnavailable(_("The e-address system answered something unreadable"))
        return found


def _fault(fault):
    """Their fault as our error, by the body alone. A Receiver fault without a known code may pass by itself."""
    values = [e.text or "" for e in _all(fault, "Value")]
    code = values[-1].split(":")[-1].removeprefix("BL.") if len(values) > 1 else ""
    said = " ".join(e.text or "" for e in _all(fault, "Text")).strip()
    params = tuple(e.text or "" for holder in _all(fault, "ErrorParams") for e in holder)
    if values and values[0].split(":")[-1] == "Receiver":
        return ExternalUnavailable(
            _("The e-address system has a fault of its own: %(text)s", text=said or code or "Receiver")
        )
    message = _("The e-address system refused: %(text)s", text=said or code)
    return ChannelRefused(message, code or "Sender", said, params)


def _notice(element):
    created = _said(element, "CreatedOn")
    return Notice(
        number=int(_said(element, "Id")),
        external_id=_said(element, "MessageId"),
        ref_number=_said(element, "MessageClientId"),
        kind=_said(element, "Type"),
        status=_said(element, "MessageStatus"),
        code=_said(element, "StatusCode"),
        text=_said(element, "StatusText") or _said(element, "MessageStatusReason"),
        recipients=tuple(s.text or "" for holder in _all(element, "Recipients") for s in holder),
        created_at=envelopes.instant(created) if created else None,
    )


def _bytes(element):
    holder = next(iter(_all(element, "Contents")), None)
    try:
        return base64.b64decode(re.sub(r"\s", "", holder.text or "")) if holder is not None else b""
    except binascii.Error as error:
        raise WrongContent("file contents are not base64") from error


def _element(name, text):
    return f"<{name}>{escape(text)}</{name}>".encode()


def _all(element, name):
    return [e for e in element.iter() if isinstance(e.tag, str) and etree.QName(e).localname == name]


def _said(element, name):
    found = next(iter(_all(element, name)), None)
    return (found.text or "").strip() if found is not None else ""
