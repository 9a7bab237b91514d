"""The one door to judging: a container, a PDF or signed XML, whatever its name says."""

from datetime import datetime
from typing import BinaryIO

from portal.signing import asice, pdf
from portal.signing.asice import Limits, xml_file
from portal.signing.asice.xml_file import Beside
from portal.signing.report import Reason, Report
from portal.signing.trust import TrustStore


def verify(
    data: bytes | BinaryIO,
    name: str,
    roots: TrustStore,
    now: datetime,
    limits: Limits | None = None,
    beside: Beside | None = None,
) -> Report:
    """Judge every signature of a file. data: its bytes, or an open seekable file. now: aware. beside: files that lie
    beside it, which only a detached XML signature asks for.

    Never raises for bad input: what cannot be read comes back as a report with a reason.
    """
    head = data[:1024] if isinstance(data, bytes) else _head(data)
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return asice.verify(data, name, roots, now, limits)
    if b"%PDF-" in head:
        return pdf.verify(data if isinstance(data, bytes) else data.read(), name, roots, now)
    if is_xml(head):
        whole = data if isinstance(data, bytes) else data.read((limits or Limits()).xml_bytes + 1)
        return xml_file.verify(whole, name, roots, now, limits, beside)
    claims_pdf = name.lower().endswith(".pdf")
    return Report(name, reasons=(Reason("not_a_pdf" if claims_pdf else "not_a_container"),))


def is_xml(head: bytes) -> bool:
    """Does it begin as XML does, in any encoding?"""
    return head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def _head(file: BinaryIO) -> bytes:
    head = file.read(1024)
    file.seek(0)
    return head
