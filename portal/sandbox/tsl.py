"""The sandbox's list of trusted services (ETSI TS 119 612), signed by its own scheme operator, and a list of lists that
names it and one of another country, which somebody else signs. Shares no code with the portal.

Setting `tsl.status`: the status of its issuer ("granted" or "withdrawn"); `tsl.fault`: "down", "changed" (a list whose
signature no longer holds), "stranger" (signed by somebody else), "elsewhere" (of another country).
"""

import base64
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from flask import Blueprint, Response, current_app, request
from lxml import etree
from signxml import XMLSigner, methods

from portal.sandbox.store import store
from portal.sandbox.tsa import now

bp = Blueprint("tsl", __name__)

_NS = "http://uri.etsi.org/02231/v2#"
_URI = "http://uri.etsi.org/TrstSvc/"
_LIST = """<TrustServiceStatusList xmlns="{ns}" TSLTag="http://uri.etsi.org/19612/TSLTag" Id="list"><SchemeInformation>
<TSLVersionIdentifier>5</TSLVersionIdentifier><TSLSequenceNumber>{number}</TSLSequenceNumber>
<TSLType>{uri}TrustedList/TSLType/EUgeneric</TSLType>
<SchemeOperatorName><Name xml:lang="lv">Smilškastes uzraugs</Name></SchemeOperatorName>
<SchemeName><Name xml:lang="lv">TIKAI IZMĒĢINĀŠANAI: smilškastes uzticamības saraksts</Name></SchemeName>
<SchemeTerritory>{territory}</SchemeTerritory><ListIssueDateTime>{issued}</ListIssueDateTime>
<NextUpdate><dateTime>{until}</dateTime></NextUpdate></SchemeInformation>
<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName><Name xml:lang="lv">PKIP smilškaste</Name>
</TSPName></TSPInformation><TSPServices>{services}</TSPServices></TrustServiceProvider></TrustServiceProviderList>
</TrustServiceStatusList>"""
_LISTS = """<TrustServiceStatusList xmlns="{ns}" TSLTag="http://uri.etsi.org/19612/TSLTag" Id="list"><SchemeInformation>
<TSLVersionIdentifier>5</TSLVersionIdentifier><TSLSequenceNumber>{number}</TSLSequenceNumber>
<TSLType>{uri}TrustedList/TSLType/EUlistofthelists</TSLType>
<SchemeOperatorName><Name xml:lang="lv">Smilškastes uzraugs</Name></SchemeOperatorName>
<SchemeName><Name xml:lang="lv">TIKAI IZMĒĢINĀŠANAI: smilškastes sarakstu saraksts</Name></SchemeName>
<SchemeTerritory>EU</SchemeTerritory><PointersToOtherTSL>{pointers}</PointersToOtherTSL>
<ListIssueDateTime>{issued}</ListIssueDateTime><NextUpdate><dateTime>{until}</dateTime></NextUpdate></SchemeInformation>
</TrustServiceStatusList>"""
_POINTER = """<OtherTSLPointer><ServiceDigitalIdentities><ServiceDigitalIdentity><DigitalId>
<X509Certificate>{certificate}</X509Certificate></DigitalId></ServiceDigitalIdentity></ServiceDigitalIdentities>
<TSLLocation>{url}</TSLLocation><AdditionalInformation><OtherInformation><SchemeTerritory>{territory}</SchemeTerritory>
</OtherInformation><OtherInformation><MimeType xmlns="http://uri.etsi.org/02231/v2/additionaltypes#">{mime}</MimeType></OtherInformation>
</AdditionalInformation></OtherTSLPointer>"""
_SERVICE = """<TSPService><ServiceInformation><ServiceTypeIdentifier>{uri}Svctype/{kind}</ServiceTypeIdentifier>
<ServiceName><Name xml:lang="lv">{name}</Name></ServiceName><ServiceDigitalIdentity><DigitalId>
<X509Certificate>{certificate}</X509Certificate></DigitalId></ServiceDigitalIdentity>
<ServiceStatus>{uri}TrustedList/Svcstatus/{status}</ServiceStatus>
<StatusStartingTime>{since}</StatusStartingTime></ServiceInformation>{history}</TSPService>"""
_HISTORY = """<ServiceHistory><ServiceHistoryInstance><ServiceTypeIdentifier>{uri}Svctype/{kind}</ServiceTypeIdentifier>
<ServiceStatus>{uri}TrustedList/Svcstatus/granted</ServiceStatus>
<StatusStartingTime>2016-07-01T00:00:00Z</StatusStartingTime></ServiceHistoryInstance></ServiceHistory>"""


@bp.get("/tsl.xml")
def trusted():
    """The list as it is now."""
    fault = store().setting("tsl.fault", "")
    if fault == "down":
        return Response("the list is not to be had", 503)
    made = current_app.extensions["sandbox.pki"]
    data = signed(made, store().setting("tsl.status", "granted"), stranger=fault == "stranger",
                  territory="EE" if fault == "elsewhere" else "LV")  # fmt: skip
    if fault == "changed":
        data = data.replace(b"withdrawn", b"granted").replace(b"PKIP smil", b"PK1P smil")
    return Response(data, mimetype="application/vnd.etsi.tsl+xml")


@bp.get("/tsl-ee.xml")
def of_another_country():
    """A list that only the list of lists vouches for."""
    data = signed(current_app.extensions["sandbox.pki"], stranger=True, territory="EE")
    return Response(data, mimetype="application/vnd.etsi.tsl+xml")


@bp.get("/lotl.xml")
def list_of_lists():
    """Both lists, the first also as PDF, which nobody reads, and the list itself."""
    made = current_app.extensions["sandbox.pki"]
    here, xml = request.url_root, "application/vnd.etsi.tsl+xml"
    named = [
        ("tsl.xml", "LV", made.tsl_cert, xml),
        ("tsl.pdf", "LV", made.tsl_cert, "application/pdf"),
        ("tsl-ee.xml", "EE", made.vus_cert, xml),
        ("lotl.xml", "EU", made.tsl_cert, xml),
    ]
    pointers = "".join(
        _POINTER.format(certificate=_text(certificate), url=here + name, territory=territory, mime=mime)
        for name, territory, certificate, mime in named
    )
    moment = now().replace(microsecond=0)
    text = _LISTS.format(ns=_NS, uri=_URI, pointers=pointers, **_dates(moment))
    return Response(_with_signature(text, made.tsl_cert, made.tsl_key), mimetype=xml)


def signed(made, status="granted", stranger=False, territory="LV") -> bytes:
    """The list of the authority of this folder."""
    moment = now().replace(microsecond=0)
    since = "2016-07-01T00:00:00Z" if status == "granted" else f"{moment - timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"
    services = _service("CA/QC", "Smilškastes paraksti", made.ca, status, since)
    services += _service("TSA/QTST", "Smilškastes laika zīmogi", made.tsa_cert, "granted", "2016-07-01T00:00:00Z")
    text = _LIST.format(ns=_NS, uri=_URI, services=services, territory=territory, **_dates(moment))
    return _with_signature(text, *((made.vus_cert, made.vus_key) if stranger else (made.tsl_cert, made.tsl_key)))


def _dates(moment) -> dict:
    until = moment + timedelta(days=180)
    return {
        "number": moment.strftime("%Y%m%d"),
        "issued": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "until": f"{until:%Y-%m-%dT%H:%M:%SZ}",
    }


def _with_signature(text, certificate, key) -> bytes:
    signer = XMLSigner(method=methods.enveloped, signature_algorithm="rsa-sha256", digest_algorithm="sha256",
                       c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")  # fmt: skip
    root = signer.sign(etree.fromstring(text.encode()), key=key.read_bytes(), cert=certificate.read_text())
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _text(certificate) -> str:
    der = x509.load_pem_x509_certificate(certificate.read_bytes()).public_bytes(serialization.Encoding.DER)
    return base64.b64encode(der).decode()


def _service(kind, name, certificate, status, since) -> str:
    history = "" if status == "granted" else _HISTORY.format(uri=_URI, kind=kind)
    return _SERVICE.format(
        uri=_URI, kind=kind, name=name, certificate=_text(certificate), status=status, since=since,
        history=history,
    )  # fmt: skip
