"""Lists of trusted services (ETSI TS 119 612): reading one, and whether its scheme operator has signed it.

A list says which service issued certificates, time stamps or answers, with what status, since when. A list of lists
says where the lists of countries are published and who signs each. Pure: bytes in.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from portal.signing.asice.xml import DS, parse
from portal.signing.trust import ISSUER, STAMPS, Service

TSL = "http://uri.etsi.org/02231/v2#"
_MORE = "http://uri.etsi.org/02231/v2/additionaltypes#"
_XML = "application/vnd.etsi.tsl+xml"
_TYPE = "http://uri.etsi.org/TrstSvc/Svctype/"
_STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
# „granted” since eIDAS; the others are those of the time before it, when they meant the same
_GRANTED = {"granted", "undersupervision", "accredited", "supervisionincessation", "recognisedatnationallevel"}


class ListRefused(Exception):
    """The list cannot be believed. code: unreadable, not_signed, stranger (signed by somebody else), changed; and, said
    by whoever keeps lists, older, elsewhere (of another country than its pointer says)."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Pointer:
    """What a list of lists says of another list: of which country it is, where it lies, who signs it."""

    territory: str
    url: str
    signers: tuple[x509.Certificate, ...]


@dataclass(frozen=True)
class ReadList:
    """A list whose signature holds. pointers: only those of a list of lists, to lists in XML."""

    name: str
    operator: str
    territory: str
    sequence: int
    issued_at: datetime | None
    next_update: datetime | None
    services: tuple[Service, ...]
    pointers: tuple[Pointer, ...] = ()


def read(xml: bytes, signers: Iterable[x509.Certificate]) -> ReadList:
    """The list, if one of the signers has signed it. Only what is signed is read. Raises ListRefused."""
    try:
        root = parse(xml, "TSL")
    except Exception as error:
        raise ListRefused("unreadable") from error
    if root.tag != _t("TrustServiceStatusList"):
        raise ListRefused("unreadable")
    try:
        return _content(_signed_part(root, xml, list(signers)))
    except (ValueError, TypeError, AttributeError) as error:
        raise ListRefused("unreadable") from error


def believed(xml: bytes) -> ReadList:
    """A list that `read` has believed before, from where it was kept."""
    return _content(parse(xml, "TSL"))


def _signed_part(root: etree._Element, xml: bytes, signers: list[x509.Certificate]) -> etree._Element:
    from signxml import XMLVerifier
    from signxml.exceptions import InvalidInput, SignXMLException
    from signxml.verifier import SignatureConfiguration

    signatures = root.findall(f"{{{DS}}}Signature")
    if len(signatures) != 1:
        raise ListRefused("not_signed")
    # the list as it is kept must be the one that is signed: none within another, no reference to a part of it
    targets = {one.get("URI", "") for one in signatures[0].iterfind(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")}
    whole_list = targets & {"", f"#{root.get('Id')}"}
    if not whole_list or len(list(root.iter(root.tag))) != 1:
        raise ListRefused("changed")
    found = signatures[0].find(f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate")
    given = base64.b64decode("".join((found.text or "").split())) if found is not None else b""
    signer = next((one for one in signers if one.public_bytes(Encoding.DER) == given), None)
    if signer is None:
        raise ListRefused("stranger")
    try:
        results = XMLVerifier().verify(
            xml,
            x509_cert=signer,
            expect_config=SignatureConfiguration(require_x509=True, location="./", expect_references=True),
        )
    except (SignXMLException, InvalidInput, ValueError) as error:
        raise ListRefused("changed") from error
    found_parts = results if isinstance(results, list) else [results]
    whole = [one.signed_xml for one in found_parts if one.signed_xml is not None and one.signed_xml.tag == root.tag]
    if len(whole) != 1:
        raise ListRefused("changed")
    return whole[0]


def _content(root: etree._Element) -> ReadList:
    about = root.find(_t("SchemeInformation"))
    services = []
    for provider in root.iterfind(f"{_t('TrustServiceProviderList')}/{_t('TrustServiceProvider')}"):
        provider_name = _words(provider.find(f"{_t('TSPInformation')}/{_t('TSPName')}"))
        for entry in provider.iterfind(f"{_t('TSPServices')}/{_t('TSPService')}"):
            service = _service(entry, provider_name)
            if service is not None:
                services.append(service)
    return ReadList(
        name=_words(about.find(_t("SchemeName"))),
        operator=_words(about.find(_t("SchemeOperatorName"))),
        territory=(about.findtext(_t("SchemeTerritory")) or "").strip(),
        sequence=int(about.findtext(_t("TSLSequenceNumber")) or 0),
        issued_at=_time(about.findtext(_t("ListIssueDateTime"))),
        next_update=_time(about.findtext(f"{_t('NextUpdate')}/{_t('dateTime')}")),
        services=tuple(services),
        pointers=tuple(_pointers(about)),
    )


def _pointers(about: etree._Element) -> Iterable[Pointer]:
    if not (about.findtext(_t("TSLType")) or "").strip().lower().endswith("/eulistofthelists"):
        return  # a country's list points back to the list of lists, which is nothing to follow
    own = (about.findtext(_t("SchemeTerritory")) or "").strip()
    for entry in about.iterfind(f"{_t('PointersToOtherTSL')}/{_t('OtherTSLPointer')}"):
        territory = (entry.findtext(f".//{_t('SchemeTerritory')}") or "").strip()
        mime = (entry.findtext(f".//{{{_MORE}}}MimeType") or "").strip()
        url = (entry.findtext(_t("TSLLocation")) or "").strip()
        signers = _certificates(entry.iterfind(f".//{_t('ServiceDigitalIdentity')}/{_t('DigitalId')}"))
        if mime == _XML and territory != own and signers and url.startswith(("https://", "http://")):
            yield Pointer(territory, url, signers)


def _service(entry: etree._Element, provider: str) -> Service | None:
    now = entry.find(_t("ServiceInformation"))
    kind = (now.findtext(_t("ServiceTypeIdentifier")) or "").strip().removeprefix(_TYPE)
    if kind not in (ISSUER, STAMPS):
        return None
    certificates = _certificates(now.iterfind(f"{_t('ServiceDigitalIdentity')}/{_t('DigitalId')}"))
    past = entry.iterfind(f"{_t('ServiceHistory')}/{_t('ServiceHistoryInstance')}")
    history = [row for row in map(_status, [now, *past]) if row is not None]
    history.sort(key=lambda row: row[1], reverse=True)
    return Service(kind, _words(now.find(_t("ServiceName"))), provider, certificates, tuple(history))


def _certificates(identities: Iterable[etree._Element]) -> tuple[x509.Certificate, ...]:
    found = []
    for element in identities:
        text = element.findtext(_t("X509Certificate"))
        try:
            if text:
                found.append(x509.load_der_x509_certificate(base64.b64decode("".join(text.split()))))
        except ValueError:  # one certificate that nobody can read must not cost the whole list
            continue
    return tuple(found)


def _status(element: etree._Element) -> tuple[bool, datetime] | None:
    status = (element.findtext(_t("ServiceStatus")) or "").strip().removeprefix(_STATUS)
    since = _time(element.findtext(_t("StatusStartingTime")))
    return (status in _GRANTED, since) if since else None


def _words(element: etree._Element | None) -> str:
    """Latvian words where there are some, else English, else the first."""
    if element is None:
        return ""
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    found = {(one.get(lang) or "").lower(): (one.text or "").strip() for one in element.iterfind(_t("Name"))}
    return found.get("lv") or found.get("en") or next(iter(found.values()), "")


def _time(text: str | None) -> datetime | None:
    text = (text or "").strip()
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _t(name: str) -> str:
    return f"{{{TSL}}}{name}"
