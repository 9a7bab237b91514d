"""Signatures inside PDF files (PAdES). pyhanko reads and computes; trust and time are judged as for containers.

pyhanko is heavy and is imported only when a PDF is really checked, which happens in jobs and on the command line.
"""

import io
from datetime import UTC, datetime

from cryptography import x509

from portal.signing import algorithms, cms_values, ocsp, timestamps, trust
from portal.signing.report import FileResult, Reason, Refused, Report, SignatureResult
from portal.signing.trust import TrustStore

_DOCUMENT_STAMP = "/ETSI.RFC3161"  # keeps a file provable for long; it is nobody's signature


def verify(data: bytes, name: str, roots: TrustStore, now: datetime) -> Report:
    """Check every signature of a PDF. Never raises for bad input."""
    try:
        signatures, reader = _signatures(data)
        results = [_Check(signature, reader, roots, now).result() for signature in signatures]
    except Refused as refusal:
        return Report(name, reasons=(refusal.reason,))
    reasons = () if results else (Reason("not_signed"),)
    covered = bool(results) and all(result.intact for result in results)
    return Report(name, tuple(results), (FileResult(name, len(data), covered),), reasons)


def _signatures(data: bytes):
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(io.BytesIO(data))
        if reader.encrypted:
            raise Refused("pdf_encrypted")
        signatures = [
            item for item in reader.embedded_signatures if item.sig_object.get("/SubFilter") != _DOCUMENT_STAMP
        ]
        return signatures, reader
    except Refused:
        raise
    except Exception as error:
        raise Refused("not_a_pdf") from error


class _Check:
    """One signature of a PDF under check."""

    def __init__(self, signature, reader, roots: TrustStore, now: datetime):
        self.signature = signature
        self.reader = reader
        self.roots = roots
        self.now = now
        self.reasons: list[Reason] = []

    def result(self) -> SignatureResult:
        try:
            return self._judge()
        except Refused as refusal:
            self.reasons.append(refusal.reason)
        except Exception:
            self.reasons.append(Reason("malformed", {"name": self.signature.field_name}))
        return SignatureResult("", reasons=tuple(self.reasons))

    def _judge(self) -> SignatureResult:
        certificate = x509.load_der_x509_certificate(self.signature.signer_cert.dump())
        others = [x509.load_der_x509_certificate(item.dump()) for item in self.signature.other_embedded_certs]
        self._check_integrity(certificate)
        owner = trust.owner_of(certificate)
        if not owner.may_sign:
            self.reasons.append(Reason("not_for_signing"))
        elif not owner.qualified:
            self.reasons.append(Reason("not_qualified"))
        if algorithms.is_weak_key(certificate):
            self.reasons.append(Reason("algorithm_weak", {"algorithm": f"{algorithms.key_bits(certificate)} b"}))
        stamped = self._stamp_time()
        if stamped is None:
            self.reasons.append(Reason("timestamp_missing"))
        more, answers = self._security_store()
        if why := self.roots.judge(certificate, [*others, *more], stamped or self.now):
            self.reasons.append(why)
        revocation = ocsp.state_of(certificate, answers, [*others, *more, *self.roots.roots], stamped)
        if revocation == "unknown":
            asked = self.roots.alive(certificate, [*others, *more], stamped or self.now)
            if asked == "unknown":
                self.reasons.append(Reason("revocation_unknown"))
            revocation = asked or revocation
        if revocation == "revoked":
            self.reasons.append(Reason("certificate_revoked"))
        claimed = self.signature.self_reported_timestamp
        return SignatureResult(
            signer=owner.name,
            identifier=owner.identifier,
            issuer=trust.common_name(certificate.issuer),
            kind=owner.kind,
            level=self._level(stamped, bool(answers)),
            time=stamped or (claimed and claimed.astimezone(UTC)),
            claimed_time=claimed and claimed.astimezone(UTC),
            time_stamped=stamped is not None,
            qualified=owner.qualified,
            revocation=revocation,
            reasons=tuple(self.reasons),
        )

    def _check_integrity(self, certificate: x509.Certificate) -> None:
        """Digest, signature value, and what was changed after signing.

        pyhanko finds the signed bytes and judges later changes; the value itself is checked as everywhere here, because
        it does not read some cards' keys.
        """
        from pyhanko.sign.diff_analysis import ModificationLevel
        from pyhanko.sign.validation.status import SignatureCoverageLevel

        signer = self.signature.signer_info
        hash_name = cms_values.digest_name(signer)
        if hash_name in algorithms.WEAK_HASHES:
            self.reasons.append(Reason("algorithm_weak", {"algorithm": hash_name.upper()}))
        self.signature.compute_integrity_info()
        digest = self.signature.compute_digest()
        named = next(
            item["values"][0].native for item in signer["signed_attrs"] if item["type"].native == "message_digest"
        )
        if named != digest:
            self.reasons.append(Reason("pdf_changed"))
        elif not cms_values.is_signed_by(signer, certificate, digest):
            self.reasons.append(Reason("signature_wrong"))
        summary = self.signature.summarise_integrity_info()
        if summary["coverage"] is SignatureCoverageLevel.ENTIRE_FILE:
            return
        # a suspicious change has no level
        level = getattr(summary["diff_result"], "modification_level", ModificationLevel.OTHER)
        if level is ModificationLevel.OTHER or not summary["docmdp_ok"]:
            self.reasons.append(Reason("pdf_changed_later"))

    def _stamp_time(self) -> datetime | None:
        attributes = self.signature.signer_info["unsigned_attrs"]
        for attribute in attributes or ():
            if attribute["type"].native != "signature_time_stamp_token":
                continue
            try:
                token = timestamps.read(attribute["values"][0].dump())
                value = self.signature.signer_info["signature"].native
                if token.hash_name not in algorithms.HASHES or not token.covers(value):
                    raise Refused("timestamp_wrong")
            except Refused as refusal:
                self.reasons.append(refusal.reason)
                return None
            if why := token.judge(self.roots):
                self.reasons.append(why)
            return token.made_at
        return None

    def _security_store(self) -> tuple[list[x509.Certificate], list[bytes]]:
        """Certificates and issuers' answers that the file carries for later checks (DSS)."""
        try:
            store = self.reader.root["/DSS"]
            certificates = [x509.load_der_x509_certificate(item.get_object().data) for item in store.get("/Certs", ())]
            return certificates, [item.get_object().data for item in store.get("/OCSPs", ())]
        except Exception:
            return [], []

    def _level(self, stamped: datetime | None, has_answers: bool) -> str:
        if stamped is None:
            return "B"
        stamps = [item.sig_object.get("/SubFilter") for item in self.reader.embedded_signatures]
        archived = _DOCUMENT_STAMP in stamps
        return "LTA" if archived and has_answers else "LT" if has_answers else "T"
