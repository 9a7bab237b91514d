"""Reports in plain words. Each code of `report.EFFECTS` has one sentence here, in the reader's language."""

import re

from portal.kernel.i18n import _, moment
from portal.signing.report import Reason, Report, SignatureResult, Verdict


def explain(reason: Reason) -> str:
    """The sentence of a reason."""
    given = reason.params
    name, algorithm, issuer = given.get("name", ""), given.get("algorithm", ""), given.get("issuer", "")
    limit = given.get("limit", "")
    return {
        "file_changed": lambda: _("The file “%(name)s” was changed after signing", name=name),
        "file_missing": lambda: _("The file “%(name)s” was signed but is not in the container", name=name),
        "file_damaged": lambda: _("The file “%(name)s” is damaged and cannot be read", name=name),
        "file_not_covered": lambda: _("The file “%(name)s” is not covered by the signature", name=name),
        "part_not_covered": lambda: _("A part of the file (“%(name)s”) is not covered by the signature", name=name),
        "file_not_beside": lambda: _(
            "The signature is about the file “%(name)s”, which does not lie beside it; put both into one document",
            name=name,
        ),
        "signature_nested": lambda: _("The file holds a signature within a signature, which cannot be judged here"),
        "properties_changed": lambda: _("The signed data about the signature were changed"),
        "properties_not_signed": lambda: _("The data about the signature are not signed"),
        "signature_wrong": lambda: _("The signature value does not belong to this certificate and content"),
        "wrapped": lambda: _("The signature's structure is forged: a reference can be read in two ways"),
        "malformed": lambda: _("The signature cannot be read (%(name)s)", name=name),
        "pdf_changed": lambda: _("The PDF was changed after signing"),
        "pdf_changed_later": lambda: _(
            "Something was added to the PDF after signing that the signature does not allow"
        ),
        "certificate_mismatch": lambda: _("The certificate is not the one that the signer named"),
        "certificate_out_of_time": lambda: _(
            "The certificate “%(subject)s” was not valid at the time of signing", subject=given.get("subject", "")
        ),
        "certificate_revoked": lambda: _("The certificate had been revoked"),
        "certificate_not_bound": lambda: _("The signature does not say which certificate was used"),
        "issuer_not_trusted": lambda: _("The certificate's issuer “%(issuer)s” is not trusted", issuer=issuer),
        "service_not_granted": lambda: _(
            "The trust list says that the service “%(issuer)s” was not granted at the time of signing", issuer=issuer
        ),
        "revocation_unknown": lambda: _(
            "The certificate's issuer did not say whether it was in force; check the file again later"
        ),
        "not_for_signing": lambda: _("The certificate is not meant for signing"),
        "not_qualified": lambda: _("The certificate is not qualified, so this is not a secure electronic signature"),
        "timestamp_wrong": lambda: _("The time stamp does not belong to this signature"),
        "timestamp_missing": lambda: _("There is no time stamp, so the time of signing is not proven"),
        "timestamp_not_trusted": lambda: _("The time-stamp authority “%(issuer)s” is not trusted", issuer=issuer),
        "algorithm_weak": lambda: _("A weak algorithm was used (%(algorithm)s)", algorithm=algorithm),
        "algorithm_unknown": lambda: _("The algorithm is not supported (%(algorithm)s)", algorithm=algorithm),
        "not_signed": lambda: _("The file has no signature"),
        "not_a_container": lambda: _("This is neither a signature container (ASiC-E, EDOC) nor a PDF nor signed XML"),
        "not_a_pdf": lambda: _("This is not a readable PDF"),
        "xml_too_large": lambda: _("The XML file is larger than %(limit)s MiB and was not checked", limit=limit),
        "pdf_encrypted": lambda: _("The PDF is protected with a password and cannot be checked"),
        "container_too_large": lambda: _(
            "The container unpacks to more than %(limit)s MiB; it was not opened", limit=limit
        ),
        "container_bomb": lambda: _(
            "“%(name)s” is packed so densely that it may be a trap (a zip bomb); the container was not opened",
            name=name,
        ),
        "container_too_many": lambda: _(
            "The container holds %(count)s entries, more than %(limit)s; it was not opened",
            count=given.get("count", ""),
            limit=limit,
        ),
        "container_unsafe_name": lambda: _("The container holds a file with an unsafe name; it was not opened"),
        "container_double_name": lambda: _("The container holds “%(name)s” twice; it was not opened", name=name),
        "container_encrypted": lambda: _(
            "“%(name)s” is protected with a password; the container was not opened", name=name
        ),
        "manifest_differs": lambda: _(
            "The container's list of contents does not match its files (%(name)s)", name=name
        ),
        "mimetype_differs": lambda: _("The container does not begin with its type mark"),
    }[reason.code]()


def verdict_word(verdict: Verdict) -> str:
    """Derīgs, Nevar noteikt, Nederīgs (LAW-140)."""
    return {
        Verdict.VALID: lambda: _("Valid"),
        Verdict.INDETERMINATE: lambda: _("Cannot be determined"),
        Verdict.INVALID: lambda: _("Invalid"),
    }[verdict]()


_CODE = re.compile(r"[\s,;]*\b(?:PNO[A-Z]{2}-)?(?:\d{6}-\d{5}|\d{11})\b")


def who(signature: SignatureResult) -> str:
    """The signer's name; without the personal code and the order „FAMILY,GIVEN” that some cards put into it."""
    return plain_name(signature.signer, signature.kind)


def plain_name(name: str, kind: str) -> str:
    """The name that a certificate carries, for people to read. kind: "personal" or "seal"."""
    if kind == "seal":
        return name
    family, comma, given = _CODE.sub("", name).strip(" ,;").partition(",")
    return f"{given.strip()} {family.strip()}" if comma else family


def masked(identifier: str) -> str:
    """PNOLV-320000-•••••: enough to tell people of one name apart; an organisation's number is public."""
    return re.sub(r"(?<=\d{6})(-?)\d{5}$", r"\1•••••", identifier) if identifier.startswith("PNO") else identifier


def line(signature: SignatureResult) -> str:
    """„Derīgs: A. Paraugs, 24.11.2026 10:15, laika zīmogs”."""
    name = who(signature) or _("unknown signer")
    word = verdict_word(signature.verdict)
    when = moment(signature.time)
    if signature.kind == "seal" and signature.time_stamped:
        return _("%(verdict)s: seal of %(who)s, %(when)s, time stamp", verdict=word, who=name, when=when)
    if signature.kind == "seal":
        return _("%(verdict)s: seal of %(who)s, %(when)s", verdict=word, who=name, when=when)
    if signature.time_stamped:
        return _("%(verdict)s: %(who)s, %(when)s, time stamp", verdict=word, who=name, when=when)
    if when:
        return _("%(verdict)s: %(who)s, %(when)s by the signer's own clock", verdict=word, who=name, when=when)
    return _("%(verdict)s: %(who)s", verdict=word, who=name)


def size(size_bytes: int) -> str:
    """14 B, 1,2 kB, 3,4 MB: a decimal comma and a non-breaking space, as Latvian writes them."""
    value, unit = float(size_bytes), "B"
    for larger in ("kB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    number = f"{size_bytes}" if unit == "B" else f"{value:.1f}".replace(".", ",")
    return f"{number}\u00a0{unit}"


def as_table(report: Report) -> dict:
    """The report as `pkip signature check` prints it."""
    return {
        "signatures": [
            {
                "signer": signature.signer,
                "time": signature.time and signature.time.isoformat(),
                "level": signature.level,
                "revocation": _revocation(signature),
                "verdict": signature.verdict.value,
                "reason": "; ".join(explain(reason) for reason in signature.reasons),
            }
            for signature in report.signatures
        ],
        "files": [{"name": file.name, "covered": file.covered} for file in report.files],
        "verdict": report.verdict.value,
        "reason": "; ".join(explain(reason) for reason in report.reasons),
    }


def _revocation(signature: SignatureResult) -> str:
    """good, revoked, unknown (the issuer gave no usable answer), not_asked (nobody was asked, and no answer lies in the
    file: an issuer whom nobody trusts is not asked either)."""
    asked = any(reason.code == "revocation_unknown" for reason in signature.reasons)
    return "not_asked" if signature.revocation == "unknown" and not asked else signature.revocation
