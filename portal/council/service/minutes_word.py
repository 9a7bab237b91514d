"""Minutes as a Word file for editing elsewhere, and what comes back: typed parts are taken over, facts never."""

from portal.audit import service as audit
from portal.council import policy
from portal.council.models import PaperState
from portal.council.service.minutes import get_minutes
from portal.council.service.minutes_text import facts_of, paragraphs, split, words_of_time
from portal.documents import drafting
from portal.kernel.errors import Conflict, Invalid, ensure
from portal.kernel.i18n import _, in_language


def minutes_docx(actor, minutes_id):
    """(bytes of a DOCX of the minutes, their number for its name). Raises Forbidden, NotFound."""
    minutes = get_minutes(actor, minutes_id)
    ensure(policy.can_prepare(actor))
    data = drafting.make_docx([(style.endswith("heading"), text) for style, text, _key in _lines(minutes)])
    audit.record(actor, "council.minutes_taken_out", minutes)
    return data, minutes.number.replace("/", "-")


def read_back(actor, minutes_id, data):
    """What a DOCX that comes back has typed: the fields of `update_minutes`; nothing is stored yet.

    Raises Conflict when the minutes are final, Invalid("file") when the file is damaged, lacks a section or changes
    what was taken from the desk."""
    minutes = get_minutes(actor, minutes_id)
    ensure(policy.can_prepare(actor))
    if minutes.state != PaperState.DRAFT:
        raise Conflict(_("The minutes are final already."))
    try:
        typed, facts = split(drafting.lines_in(data))
    except drafting.DocxProblem as error:
        raise Invalid(str(error), field="file") from error
    lines = _lines(minutes)
    wanted = {key for style, _text, key in lines if style == "typed-heading"}
    if missing := wanted - set(typed):
        raise Invalid(_("The file lacks the section [%(name)s]", name=min(missing)), field="file")
    own = facts_of(lines)
    if facts != own:
        changed = next((there for here, there in zip(own, facts, strict=False) if here != there), (facts or own)[-1])
        raise Invalid(
            _(
                "The file changes what was taken from the desk: “%(words)s”. "
                "Votes, attendance and times are not edited in a file.",
                words=changed[:120],
            ),
            field="file",
        )
    discussion = {key.removeprefix("d-"): text for key, text in typed.items() if key in wanted and key != "other"}
    return {"other": typed["other"], "discussion": discussion}


def _lines(minutes):
    with in_language("lv"):
        return paragraphs(minutes.body, words_of_time)
