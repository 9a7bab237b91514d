"""Minutes as paragraphs: for comparing versions, and for a Word file that is edited elsewhere and comes back.

What people typed stands under headings that name its section; everything else was taken from the desk, and a file that
changes it is refused."""

import re

from portal.kernel.i18n import _
from portal.kernel.i18n import moment as moment_words

_MARK = re.compile(r"\[(?:d-(\d+)|other)\]\s*$")


def paragraphs(body, times):
    """[(style, text, key)]: style "heading", "fact", "typed-heading" or "typed"; key of a typed section, "other" or
    "d-<n>", else None. times: a function that gives an ISO time in words."""
    place = body["place_time"]
    lines = [
        ("heading", _("1. Place and time of convening"), None),
        ("fact", f"{place['place']}, {times(place['planned_at'])}", None),
        ("heading", _("2. Opening and closing"), None),
        ("fact", f"{times(body['times']['opened_at'])} – {times(body['times']['closed_at'])}", None),
        ("heading", _("3. Agenda"), None),
        *(("fact", f"{one['n']}. {one['title']}", None) for one in body["agenda"]),
        ("heading", _("4. Chair and minute-taker"), None),
        *(("fact", f"{one['name']}, {one['office']}", None) for one in body["officers"].values() if one),
        ("heading", _("5. Members who took part and who were absent"), None),
        ("fact", ", ".join(one["name"] for one in body["attended"]) or "–", None),
        ("heading", _("6. Reasons of absence"), None),
        *(
            ("fact", f"{one['name']}: {one['reason'] or _('reason not given')}", None)
            for one in body["absent"]
        ),
    ]  # fmt: skip
    for one in body["matters"]:
        lines += _matter(one)
    lines += _typed("other", f"{_('13. Other data')} [other]", body["other"])
    return [(style, " ".join(text.split()) if style != "typed" else text, key) for style, text, key in lines]


def _matter(one):
    yield "heading", f"{one['n']}. {one['title']}", None
    for said in one.get("speakers") or []:
        yield "fact", ", ".join(part for part in (said["name"], said.get("office")) if part), None
    for said in [*one["proposals"], *one["motives"], *one["opinions"]]:
        yield "fact", f"{said['name']}: {said['text']}", None
    yield from _typed(f"d-{one['n']}", f"{_('Course of the discussion')} [d-{one['n']}]", one["discussion"])
    yield "heading", _("Votes on matter %(n)s", n=one["n"]), None
    for vote in one["ballots"]:
        yield "fact", f"{vote['question'] or _('The draft decision')}: {vote['line']}. {vote['why']}", None
        for word, names in (
            (_("For"), vote["names"]["par"]),
            (_("Against"), vote["names"]["pret"]),
            (_("Abstained"), vote["names"]["atturas"]),
            (_("Did not vote"), vote["not_voted"]),
        ):
            yield "fact", f"{word} ({len(names)}): {', '.join(names) or '–'}", None
        for option in vote.get("options") or []:
            yield "fact", f"{option['name']}: {option['votes']} ({', '.join(option['voters'])})", None
    if one["draft_text"] and one["outcome"]:
        yield "fact", f"{_('Draft decision')}: {one['draft_text']}", None


def _typed(key, heading, text):
    yield "typed-heading", heading, key
    for line in (text or "").splitlines() or [""]:
        yield "typed", line, key


def as_text(body):
    """The minutes as lines, to be compared."""
    return "\n".join(text for _style, text, _key in paragraphs(body, words_of_time))


def words_of_time(text):
    """An ISO time in words, or a dash."""
    from datetime import datetime

    return moment_words(datetime.fromisoformat(text)) if text else "–"


def split(lines):
    """What came back: ({key: typed text}, [facts]). lines: (is a heading, text) of the file's paragraphs in order.

    A typed section begins with its heading and ends with the next heading."""
    typed, facts, key = {}, [], None
    for is_heading, text in lines:
        mark = _MARK.search(text)
        if mark:
            key = f"d-{mark.group(1)}" if mark.group(1) else "other"
            typed[key] = []
        elif is_heading:
            key = None
            facts.append(" ".join(text.split()))
        elif key is not None:
            typed[key].append(text.strip())
        elif text.strip():
            facts.append(" ".join(text.split()))
    return {one: "\n".join(part).strip() for one, part in typed.items()}, facts


def facts_of(lines):
    """The facts among our own paragraphs, as `split` gives those of a file."""
    return [text for style, text, _key in lines if style in ("heading", "fact") and text]
