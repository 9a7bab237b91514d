"""Two versions of a text, paragraph by paragraph and word by word. Pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|[^\W_]+|.", re.DOTALL)
MOST_PARAGRAPHS = 3000
_ALIKE = 0.4  # paragraphs less alike than this are one taken out and another put in


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of the comparison. pieces: (same | out | in, text) each."""

    state: str  # same, changed, out, in
    pieces: tuple


def compare(old, new):
    """Paragraphs of both texts in order; what was taken out stands before what was put in."""
    before, after = _paragraphs(old), _paragraphs(new)
    result = []
    for act, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if act == "equal":
            result += [Paragraph("same", (("same", text),)) for text in before[a:b]]
        else:
            result += _replaced(before[a:b], after[c:d])
    return result


def _paragraphs(text):
    return [line.strip() for line in text.splitlines() if line.strip()][:MOST_PARAGRAPHS]


def _replaced(before, after):
    """Pairs of paragraphs that resemble each other are shown as changed, in the order of the new text."""
    result, rest = [], list(before)
    for text in after:
        scores = [SequenceMatcher(None, one, text, autojunk=False).quick_ratio() for one in rest[:20]]
        best = max(range(len(scores)), key=scores.__getitem__, default=None)
        if best is None or scores[best] < _ALIKE:
            result.append(Paragraph("in", (("in", text),)))
            continue
        result += [Paragraph("out", (("out", one),)) for one in rest[:best]]
        result.append(Paragraph("changed", tuple(_words(rest[best], text))))
        rest = rest[best + 1 :]
    return result + [Paragraph("out", (("out", one),)) for one in rest]


def _words(old, new):
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    for act, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if act == "equal":
            yield "same", "".join(before[a:b])
            continue
        if a < b:
            yield "out", "".join(before[a:b])
        if c < d:
            yield "in", "".join(after[c:d])
