"""Text files, HTML and XML."""

from portal.kernel.i18n import _
from portal.storage.extract.limits import Unreadable

_SKIPPED = {"script", "style", "template", "noscript"}
_BLOCKS = {"p", "div", "br", "li", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "title", "section", "table"}


def text_of(data, budget):
    """A text file in UTF-8, UTF-16 or the old Baltic code page."""
    return decode(data[: budget.limits.text_chars * 4])


def decode(data):
    """Bytes of unknown encoding as text: what is not UTF-8 was written by an old Windows, in the Baltic code page."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.end >= len(data) - 3 and error.reason == "unexpected end of data":  # cut by the limit
            return data[: error.start].decode("utf-8-sig", "replace")
        return data.decode("cp1257", "replace")


def html_text(data, budget):
    """The words of a web page, without scripts and styles."""
    from html.parser import HTMLParser

    words, skipping = [], [0]

    class Words(HTMLParser):
        def handle_starttag(self, tag, attrs):
            skipping[0] += tag in _SKIPPED
            if tag in _BLOCKS:
                words.append("\n")

        def handle_endtag(self, tag):
            if tag in _SKIPPED and skipping[0]:
                skipping[0] -= 1

        def handle_data(self, text):
            if not skipping[0]:
                words.append(text)

    parser = Words()
    parser.feed(text_of(data, budget))
    parser.close()
    return "\n".join(line for raw in "".join(words).splitlines() if (line := " ".join(raw.split())))


def xml_text(data, budget):
    """The texts of all elements."""
    return " ".join(text for _tag, text in walk_xml(data, budget) if text)


def walk_xml(data, budget):
    """Yield (local name, text that follows its start or end) in reading order, with nothing expanded or fetched.
    A closing tag comes as "/name". Raises Unreadable."""
    import io

    from lxml import etree

    if len(data) > budget.limits.xml_bytes:
        raise Unreadable(_("The file is too large inside; its text was not read"))
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data[:65536]:
        raise Unreadable(_("The file declares XML entities; for safety its text was not read"))
    try:
        events = etree.iterparse(
            io.BytesIO(data),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        pending = pending_element = None
        for count, (event, element) in enumerate(events):
            if count % 4096 == 0:
                budget.check_time()
            tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
            if pending is not None:
                yield pending, _own_text(pending_element, pending)
            pending, pending_element = (tag if event == "start" else f"/{tag}"), element
            if event == "end":
                _free(element)
        if pending is not None:
            yield pending, ""
    except etree.XMLSyntaxError as error:
        raise Unreadable(_("The file is damaged: its XML cannot be read")) from error


def _own_text(element, tag):
    # lxml fills text and tail only when the next event comes, so the caller asks one event late
    return (element.tail if tag.startswith("/") else element.text) or ""


def _free(element):
    """Forget finished siblings, so that memory does not grow with the file."""
    previous = element.getprevious()
    while previous is not None and previous.getprevious() is not None:
        element.getparent().remove(previous.getprevious())
