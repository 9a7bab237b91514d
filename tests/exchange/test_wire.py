"""The wire protocol: what we sign is checked by libraries that share nothing with our signing, and by the sandbox."""

from dataclasses import replace

import pytest
import xmlsec
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod
from signxml.verifier import SignatureConfiguration, XMLVerifier

from portal.exchange.adapters import envelope, mtom, wss
from portal.exchange.adapters.eaddress import EAddress
from portal.exchange.ports import ChannelRefused, Outgoing
from portal.kernel import clock
from portal.kernel.errors import ExternalUnavailable
from portal.sandbox import vus

pytestmark = pytest.mark.req("3.1", "3.3")


@pytest.fixture
def outgoing():
    return Outgoing(
        "pkip-1", "Atbilde „Nr. 1” <&>", "Rinda\n\x0botra", ("_PRIVATE@32000000001",), (), reply_to="1" * 70
    )


def test_the_envelope_signature_holds_for_an_independent_library(sandbox, outgoing):
    channel = EAddress()
    data = channel.prepare(outgoing)
    certificate = channel.connection.signer.certificate
    config = SignatureConfiguration(
        require_x509=True,
        expect_references=2,
        signature_methods=frozenset({SignatureMethod.RSA_SHA512}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA512}),
    )
    results = XMLVerifier().verify(data, x509_cert=certificate, expect_config=config, id_attribute="Id")
    assert b"SenderSection" in results[0].signed_data and b"SigningTime" in results[1].signed_data
    with pytest.raises(Exception, match="(?i)digest|signature"):
        XMLVerifier().verify(
            data.replace(b"Atbilde", b"Atteice"), x509_cert=certificate, expect_config=config, id_attribute="Id"
        )


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "rsa-sha1"])
def test_the_request_signature_holds_for_an_independent_library(sandbox, algorithm):
    signer = EAddress().connection.signer
    message = wss.secure(
        b'<X xmlns="urn:x"><y/></X>',
        action="urn:a",
        to="urn:to",
        certificate_der=signer.der,
        key=signer.key,
        now=clock.real_now(),
        algorithm=algorithm,
    )

    def verify(data):
        root = etree.fromstring(data)
        xmlsec.tree.add_ids(root, ["Id"])
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(signer.der, xmlsec.KeyFormat.CERT_DER)
        context.verify(root.find(f".//{{{wss.DS}}}Signature"))

    verify(message)
    for before, after in ((b"<y/>", b"<z/>"), (b">urn:to<", b">urn:other<")):
        with pytest.raises(xmlsec.Error):
            verify(message.replace(before, after))


@pytest.mark.parametrize(("algorithm", "parts"), [("rsa-sha1", ("Timestamp", "To")), ("rsa-sha256", wss.ALL_PARTS)])
def test_both_known_signature_profiles_are_accepted(sandbox, outgoing, algorithm, parts):
    channel = EAddress()
    channel.connection = replace(channel.connection, algorithm=algorithm, signed_parts=parts)
    assert channel.send(outgoing, channel.prepare(outgoing)).isdigit()


def test_the_other_side_refuses_what_is_not_signed_as_it_must_be(sandbox, outgoing):
    channel = EAddress()
    good = channel.prepare(outgoing)
    for change, code in (
        ((b"Atbilde", b"Atteice"), "PSS.001"),
        ((b'Id="SenderSignature"', b'Id="Cits"'), "PSS.044"),
        ((b"DOC_EMPTY", b""), "PSS.003"),
    ):
        with pytest.raises(ChannelRefused) as refusal:
            channel.send(outgoing, good.replace(*change))
        assert refusal.value.code == code
    with pytest.raises(ChannelRefused) as refusal:
        EAddress(replace(channel.connection, signed_parts=("Body", "To"))).waiting(1)
    assert refusal.value.code == "FailedCheck"
    with pytest.raises(ChannelRefused) as refusal:
        EAddress(replace(channel.connection, wsa_to="http://cits.example/")).waiting(1)
    assert refusal.value.code == "DestinationUnreachable"


def test_an_old_request_and_a_strangers_certificate_are_refused(sandbox, monkeypatch, tmp_path):
    from portal.sandbox import pki

    stranger = pki.ensure(tmp_path / "other")
    channel = EAddress()
    channel.connection = replace(
        channel.connection, signer=envelope.Signer.load(stranger.institution_cert, stranger.institution_key)
    )
    with pytest.raises(ChannelRefused) as refusal:
        channel.waiting(1)
    assert refusal.value.code == "AKL.PSL.013"
    old = clock.real_now() - clock.timedelta(seconds=500)
    monkeypatch.setattr(clock, "real_now", lambda: old)
    with pytest.raises(ChannelRefused) as refusal:
        EAddress().waiting(1)
    assert refusal.value.code == "MessageExpired"


def test_the_same_number_with_other_content_is_refused(sandbox, outgoing):
    channel = EAddress()
    first = channel.send(outgoing, channel.prepare(outgoing))
    other = replace(outgoing, title="Cits")
    with pytest.raises(ChannelRefused) as refusal:
        channel.send(other, channel.prepare(other))
    assert refusal.value.code == "PSS.008" and first


def test_a_receipt_is_not_ready_at_once(sandbox, outgoing):
    sandbox.store.set_setting("vus.delay_s", 30)
    channel = EAddress()
    number = channel.send(outgoing, channel.prepare(outgoing))
    assert channel.server_confirmation(number) is None


@pytest.mark.parametrize("mtom_answers", [False, True])
def test_faults_are_read_by_their_body_and_a_receiver_fault_may_pass(sandbox, mtom_answers):
    sandbox.store.set_setting("vus.mtom", mtom_answers)
    vus.switch_fault(sandbox.store, "refuse", times=1, code="PSS.058")
    with pytest.raises(ChannelRefused) as refusal:
        EAddress().waiting(1)
    assert refusal.value.code == "PSS.058"
    vus.switch_fault(sandbox.store, "refuse", times=1, receiver=True)
    with pytest.raises(ExternalUnavailable):
        EAddress().waiting(1)


def test_a_reply_names_its_message_within_fifty_characters_and_drops_what_xml_cannot_hold(sandbox, outgoing):
    read = envelope.read(EAddress().prepare(outgoing))
    assert read.reply_to == "1" * 50 and read.description == "Rinda\notra" and read.title == outgoing.title


def test_elements_are_cut_out_byte_for_byte():
    data = b"<a xmlns:p='urn:p'><Envelope  xmlns='urn:d'  x='1'><b>&lt;</b></Envelope ></a>"
    assert mtom.cut(data, "urn:d", "Envelope") == b"<Envelope  xmlns='urn:d'  x='1'><b>&lt;</b></Envelope >"
    assert mtom.cut(data, "urn:d", "Other") is None
    leaning = b"<s xmlns:p='urn:d'><p:Envelope><p:b/></p:Envelope></s>"
    assert mtom.stand_alone(etree.fromstring(leaning), leaning, "urn:d", "Envelope").startswith(b"<p:Envelope xmlns:p=")


def test_what_is_no_answer_is_said_to_be_none():
    for kind, data in (
        ("text/html", b"<html><p>"),
        ("multipart/related", b"x"),
        ('multipart/related; boundary="b"', b"--b\r\nContent-ID: <r>\r\n\r\n<a"),
    ):
        with pytest.raises(mtom.NotAnAnswer):
            mtom.read(kind, data)
