"""The check of a container: archive, every signature, every file."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from portal.signing import algorithms, ocsp, timestamps, trust
from portal.signing.asice.container import MIMETYPES, Container, Limits
from portal.signing.asice.references import Coverage, decoded, follow
from portal.signing.asice.xml import MANIFEST, XADES, XADES141, canonical, ds, only, parse, refuse_double_ids, xades
from portal.signing.report import FileResult, Reason, Refused, Report, SignatureResult
from portal.signing.trust import TrustStore

_MOST_SIGNATURES = 200
Follow = Callable[[etree._Element], Coverage]
_UNSIGNED = "/".join(
    [ds("Object"), *map(xades, ("QualifyingProperties", "UnsignedProperties", "UnsignedSignatureProperties"))]
)


def verify(data: bytes | BinaryIO, name: str, roots: TrustStore, now: datetime, limits: Limits | None = None) -> Report:
    """Check a container. now: the moment that counts where no time stamp says another. Never raises for bad input."""
    try:
        container = Container(data, limits)
        reasons = _look_at_outside(container)
        found = _signatures(container)
    except Refused as refusal:
        return Report(name, reasons=(refusal.reason,))
    results: list[SignatureResult] = []
    covered: list[set[str]] = []
    for element, broken in found:
        if broken is not None:
            results.append(SignatureResult("", reasons=(broken,)))
            covered.append(set())
            continue
        coverage = Coverage()
        results.append(Check(element, partial(follow, container=container), roots, now).result(coverage))
        covered.append(coverage.files)
    if not found:
        reasons.append(Reason("not_signed"))
    files = tuple(
        FileResult(file, container.size(file), bool(covered) and all(file in one for one in covered))
        for file in container.data_files
    )
    return Report(name, tuple(results), files, tuple(reasons))


def _look_at_outside(container: Container) -> list[Reason]:
    reasons = []
    if container.mimetype() not in MIMETYPES:
        reasons.append(Reason("mimetype_differs"))
    manifest = container.manifest()
    if manifest is not None:
        rows = parse(manifest, "META-INF/manifest.xml").iter(f"{{{MANIFEST}}}file-entry")
        listed = {unicodedata.normalize("NFC", row.get(f"{{{MANIFEST}}}full-path", "")) for row in rows} - {"/"}
        present = {unicodedata.normalize("NFC", name) for name in container.data_files}
        # the manifest is not signed, so it decides nothing; a person should still know
        if different := sorted(listed ^ present):
            reasons.append(Reason("manifest_differs", {"name": ", ".join(different)}))
    return reasons


def _signatures(container: Container) -> list[tuple[etree._Element | None, Reason | None]]:
    """Every signature of the container, or the reason why its file cannot be read."""
    found: list[tuple[etree._Element | None, Reason | None]] = []
    for name in container.signature_files:
        try:
            root = parse(container.read(name), name)
            refuse_double_ids(root)
            elements = [root] if root.tag == ds("Signature") else root.findall(ds("Signature"))
            if not elements or len(root.xpath("//*[local-name()='Signature']")) != len(elements):
                raise Refused("wrapped" if elements else "malformed", name=name)
            found.extend((element, None) for element in elements)
        except Refused as refusal:
            found.append((None, refusal.reason))
    if len(found) > _MOST_SIGNATURES:
        raise Refused("container_too_many", count=str(len(found)), limit=str(_MOST_SIGNATURES))
    return found


class Check:
    """One signature under check: what is read once and asked for by several steps.

    follow: computes the references of the signature, which depends on what it lies in.
    """

    def __init__(self, signature: etree._Element, follow: Follow, roots: TrustStore, now: datetime):
        self.signature = signature
        self.follow = follow
        self.roots = roots
        self.now = now
        self.reasons: list[Reason] = []

    def result(self, coverage: Coverage) -> SignatureResult:
        try:
            return self._judge(coverage)
        except Refused as refusal:
            return SignatureResult(self._name_if_readable(), reasons=(*self.reasons, refusal.reason))
        except Exception:
            return SignatureResult("", reasons=(*self.reasons, Reason("malformed", {"name": "Signature"})))

    def _judge(self, coverage: Coverage) -> SignatureResult:
        self.signature_value = only(self.signature, ds("SignatureValue"))
        certificate, others = self._certificates()
        # what is covered first: a broken file must be named even when the signature value is broken too
        found = self.follow(self.signature)
        coverage.files |= found.files
        self.reasons.extend(found.reasons)
        self._check_value(certificate)
        self._check_binding(certificate, found.properties)
        owner = trust.owner_of(certificate)
        if not owner.may_sign:
            self.reasons.append(Reason("not_for_signing"))
        elif not owner.qualified:
            self.reasons.append(Reason("not_qualified"))
        if algorithms.is_weak_key(certificate):
            self.reasons.append(Reason("algorithm_weak", {"algorithm": f"{algorithms.key_bits(certificate)} b"}))
        time, level = self._trusted_time(certificate, others)
        if time is None:
            self.reasons.append(Reason("timestamp_missing"))
        revocation = self._revocation(certificate, others, time)
        if why := self.roots.judge(certificate, others, time or self.now):
            self.reasons.append(why)
        claimed = self._claimed_time(found.properties)
        return SignatureResult(
            signer=owner.name,
            identifier=owner.identifier,
            issuer=trust.common_name(certificate.issuer),
            kind=owner.kind,
            level=level,
            time=time or claimed,
            claimed_time=claimed,
            time_stamped=time is not None,
            qualified=owner.qualified,
            revocation=revocation,
            reasons=tuple(self.reasons),
        )

    def _name_if_readable(self) -> str:
        try:
            return trust.owner_of(self._certificates()[0]).name
        except Refused:
            return ""

    def _certificates(self) -> tuple[x509.Certificate, list[x509.Certificate]]:
        """The signer's certificate and whatever else lies beside it.

        Which one is the signer's is said by the signed binding; where there is none, the first counts and the verdict
        cannot become valid.
        """
        inside = self.signature.findall(f"{ds('KeyInfo')}/{ds('X509Data')}/{ds('X509Certificate')}")
        values = self.signature.findall(
            f"{_UNSIGNED}/{xades('CertificateValues')}/{xades('EncapsulatedX509Certificate')}"
        )
        found = [_certificate(element) for element in inside]
        if not found:
            raise Refused("malformed", name="X509Certificate")
        bound = self._bound_digests(self.signature)
        signer = next((item for item in found if any(_has_digest(item, *one) for one in bound)), found[0])
        more = [_certificate(element) for element in values]
        return signer, [item for item in [*found, *more] if item != signer]

    def _bound_digests(self, inside: etree._Element) -> list[tuple[str, bytes]]:
        bound = []
        for binding in ("SigningCertificate", "SigningCertificateV2"):
            for cert in inside.iter(xades(binding)):
                first = cert.find(f"{xades('Cert')}/{xades('CertDigest')}")
                if first is not None:
                    method = only(first, ds("DigestMethod")).get("Algorithm", "")
                    bound.append((algorithms.DIGESTS.get(method, ""), decoded(only(first, ds("DigestValue")))))
        return bound

    def _check_binding(self, certificate: x509.Certificate, properties: etree._Element | None) -> None:
        bound = self._bound_digests(properties) if properties is not None else []
        if not bound:
            self.reasons.append(Reason("certificate_not_bound"))
        elif not all(_has_digest(certificate, *one) for one in bound):
            self.reasons.append(Reason("certificate_mismatch"))

    def _check_value(self, certificate: x509.Certificate) -> None:
        signed_info = only(self.signature, ds("SignedInfo"))
        uri = only(signed_info, ds("SignatureMethod")).get("Algorithm", "")
        if uri not in algorithms.SIGNATURES:
            self.reasons.append(Reason("algorithm_unknown", {"algorithm": uri}))
            return
        family, hash_name = algorithms.SIGNATURES[uri]
        if hash_name in algorithms.WEAK_HASHES:
            self.reasons.append(Reason("algorithm_weak", {"algorithm": hash_name.upper()}))
        signed = canonical(signed_info, only(signed_info, ds("CanonicalizationMethod")))
        if not algorithms.check(
            algorithms.public_key_of(certificate), family, hash_name, decoded(self.signature_value), signed
        ):
            self.reasons.append(Reason("signature_wrong"))

    def _trusted_time(
        self, certificate: x509.Certificate, others: list[x509.Certificate]
    ) -> tuple[datetime | None, str]:
        """The earliest moment at which somebody else saw the signature, and the level that its evidence makes."""
        unsigned = self.signature.find(_UNSIGNED)
        if unsigned is None:
            return None, "B"
        times = [time for time in map(self._stamp_time, unsigned.findall(xades("SignatureTimeStamp"))) if time]
        has_values = unsigned.find(xades("RevocationValues")) is not None
        if times:
            archived = unsigned.find(f"{{{XADES141}}}ArchiveTimeStamp") is not None
            archived = archived or unsigned.find(f"{{{XADES}}}ArchiveTimeStamp") is not None
            return min(times), "LTA" if archived else "LT" if has_values else "T"
        mark = ocsp.time_mark(self._ocsp_values(), decoded(self.signature_value))
        if mark is not None:
            # a BDOC time mark: the issuer's answer names the signature. It counts when the issuer itself, or a
            # responder of its own, has signed it; whether the issuer is trusted is judged with the certificate
            if ocsp.state_of(certificate, [mark.answer], [*others, *self.roots.roots]) == "unknown":
                self.reasons.append(Reason("timestamp_not_trusted", {"issuer": mark.responder}))
            return mark.made_at, "TM"
        return None, "B"

    def _stamp_time(self, stamp: etree._Element) -> datetime | None:
        try:
            token = timestamps.read(decoded(only(stamp, xades("EncapsulatedTimeStamp"))))
            covered = canonical(self.signature_value, stamp.find(ds("CanonicalizationMethod")))
            if token.hash_name not in algorithms.HASHES or not token.covers(covered):
                raise Refused("timestamp_wrong")
        except Refused as refusal:
            self.reasons.append(refusal.reason)
            return None
        if why := token.judge(self.roots):
            self.reasons.append(why)
        return token.made_at

    def _ocsp_values(self) -> list[bytes]:
        path = f"{_UNSIGNED}/{xades('RevocationValues')}/{xades('OCSPValues')}/{xades('EncapsulatedOCSPValue')}"
        return [decoded(element) for element in self.signature.findall(path)]

    def _revocation(self, certificate: x509.Certificate, others: list[x509.Certificate], time: datetime | None) -> str:
        state = ocsp.state_of(certificate, self._ocsp_values(), [*others, *self.roots.roots], time)
        if state == "unknown":
            asked = self.roots.alive(certificate, others, time or self.now)
            if asked == "unknown":
                self.reasons.append(Reason("revocation_unknown"))
            state = asked or state
        if state == "revoked":
            self.reasons.append(Reason("certificate_revoked"))
        return state

    def _claimed_time(self, properties: etree._Element | None) -> datetime | None:
        element = properties.find(f".//{xades('SigningTime')}") if properties is not None else None
        try:
            moment = datetime.fromisoformat((element.text or "").strip()) if element is not None else None
        except ValueError:
            return None
        return moment and (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC))


def _certificate(element: etree._Element) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(decoded(element))
    except Exception as error:
        raise Refused("malformed", name="X509Certificate") from error
    return certificate


def _has_digest(certificate: x509.Certificate, hash_name: str, wanted: bytes) -> bool:
    return (
        hash_name in algorithms.HASHES
        and algorithms.digest(hash_name, certificate.public_bytes(Encoding.DER)) == wanted
    )
