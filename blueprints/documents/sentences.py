"""What a document's page says in sentences: verdicts on signatures, and history."""

from dataclasses import dataclass
from datetime import datetime

from portal.audit.sentences import as_html
from portal.kernel.i18n import _, _l
from portal.signing import words as signing_words
from portal.signing.report import Report

_SHAPES = {"valid": "ok", "indeterminate": "warn", "invalid": "late"}
# what happened to this very document; acts not named here are told by the audit log's own sentence
_HISTORY = {
    "document.registered": _l("registered the document"),
    "document.corrected": _l("corrected the registration data"),
    "document.assigned": _l("named the person responsible"),
    "document.done": _l("marked the document as done"),
    "document.annulled": _l("annulled the document"),
    "document.shared": _l("opened the document to others"),
    "document.joined_case": _l("put the document into a case"),
    "document.file_added": _l("added a file"),
    "document.signatures_checked": _l("checked the signatures"),
    "document.file_read": _l("opened a file"),
    "document.read": _l("read the document"),
    "document.refused": _l("was refused the document"),
}


@dataclass(frozen=True)
class VerdictLine:
    """One line under a file: the verdict's word with its shape, and who signed when, or why not."""

    word: str
    shape: str
    text: str


def signature_lines(file):
    """The verdict on each signature of a file in plain words (LAW-140); none when it was not checked."""
    if not file.signatures:
        return []
    report = Report.from_json(file.signatures)
    lines = []
    for signature in report.signatures:
        word = signing_words.verdict_word(signature.verdict)
        said = signing_words.line(signature).removeprefix(f"{word}: ")  # the word stands before it with its shape
        lines.append(
            VerdictLine(
                word, _SHAPES[signature.verdict], ". ".join([said, *map(signing_words.explain, signature.reasons)])
            )
        )
    lines += [
        VerdictLine(signing_words.verdict_word(reason.effect), _SHAPES[reason.effect], signing_words.explain(reason))
        for reason in report.reasons
    ]
    return lines


@dataclass(frozen=True)
class HistoryLine:
    """One act: when, who, what, and why if a reason was given."""

    at: datetime
    who: str
    text: str
    reason: str


def history_lines(records):
    """Records of the audit log, newest first, as sentences about the document at hand."""
    return [
        HistoryLine(
            row.at,
            "" if row.action not in _HISTORY else row.person_name or _("The system"),
            _told(row),
            row.reason or "",
        )
        for row in reversed(records)
    ]


def _told(row):
    if row.action not in _HISTORY:
        return as_html(row)
    changed = _changes(row)
    return f"{_HISTORY[row.action]}: {changed}" if changed else str(_HISTORY[row.action])


def _changes(row):
    """The values of a record that people want to read."""
    new, old = row.new or {}, row.old or {}
    if row.action in ("document.file_added", "document.signatures_checked"):
        return f"„{new.get('file', '')}”"
    if row.action == "document.registered":
        return new.get("number", "")
    if row.action == "document.assigned":
        return new.get("responsible") or ""
    if row.action == "document.corrected":
        return "; ".join(f"„{old.get(name) or '–'}” → „{new.get(name) or '–'}”" for name in new)
    return ""
