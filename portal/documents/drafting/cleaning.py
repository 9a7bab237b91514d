"""HTML of a stranger's document, with nothing in it but text, structure and pictures."""

import re
from html import escape
from html.parser import HTMLParser

# headings go two levels down: the page around has its own
_KEPT = {
    tag: tag
    for tag in [
        "p",
        "ul",
        "ol",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "strong",
        "em",
        "u",
        "s",
        "sup",
        "sub",
        "br",
        "hr",
    ]
} | {f"h{level}": f"h{min(level + 2, 6)}" for level in range(1, 7)}
_CELLS = {"td", "th"}
_DROPPED_WHOLE = {"script", "style", "title", "template", "iframe", "object", "svg", "math"}
_VOID = {"br", "hr", "img"}
_PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+")
_LINK = re.compile(r"(https?://|mailto:)[^\s\"'<>]+", re.IGNORECASE)


def clean(html):
    """Only what a printed page could show; whatever else the file held is left out."""
    reader = _Cleaner()
    reader.feed(html)
    reader.close()
    return "".join(reader.out) + "".join(f"</{tag}>" for tag in reversed(reader.open))


class _Cleaner(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.out, self.open, self.silent = [], [], 0

    def handle_starttag(self, tag, attrs):
        if tag in _DROPPED_WHOLE:
            self.silent += 1
        if self.silent:
            return
        values = dict(attrs)
        if tag in _KEPT:
            self._begin(_KEPT[tag])
        elif tag in _CELLS:
            spans = "".join(
                f' {name}="{values[name]}"' for name in ("colspan", "rowspan") if (values.get(name) or "").isdigit()
            )
            self._begin(tag, spans)
        elif tag == "a" and _LINK.fullmatch(values.get("href") or ""):
            self._begin("a", f' href="{escape(values["href"])}" rel="noopener noreferrer"')
        elif tag == "img" and _PICTURE.fullmatch(values.get("src") or ""):
            self.out.append(f'<img src="{values["src"]}" alt="{escape(values.get("alt") or "")}">')

    def _begin(self, tag, attributes=""):
        self.out.append(f"<{tag}{attributes}>")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in _DROPPED_WHOLE:
            self.silent = max(0, self.silent - 1)
            return
        tag = _KEPT.get(tag, tag)
        if not self.silent and tag in self.open:
            while True:
                last = self.open.pop()
                self.out.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data):
        if not self.silent:
            self.out.append(escape(data))
