"""Text files, HTML and XML."""

import re

from portal.storage.extract.limits import Unreadable

_SKIPPED = {"script", "style", "template", "noscript"}
_BLOCKS = {"p", "div", "br", "li", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "title", "section", "table"}
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_-]{2,30})""", re.IGNORECASE)
_HARMLESS_TYPE = "-//W3C//DTD "  # named by web pages and drawings, and never fetched


def read_text(file, budget, out):
    """A text file in UTF-8, UTF-16 or the old Baltic code page."""
    with file.open("rb") as stream:
        out.add(decode(stream.read(budget.limits.text_chars * 4)))


def decode(data):
    """Bytes of unknown encoding as text: what is not UTF-8 was written by an old Windows, in the Baltic code page."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if wide := wide_encoding(data):
        return data.decode(wide, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.end >= len(data) - 3 and error.reason == "unexpected end of data":  # cut by the limit
            return data[: error.start].decode("utf-8-sig", "replace")
        return data.decode("cp1257", "replace")


def wide_encoding(data):
    """The name of UTF-16 without a mark at its beginning: of Latvian letters every second byte is 0 or 1."""
    head = data[:2048]
    if len(head) < 8 or head.count(0) < len(head) // 4:
        return ""
    for encoding, high in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if sum(byte <= 1 or byte == 0x20 for byte in high) >= len(high) * 9 // 10:
            low = head[0::2] if high is not head[0::2] and encoding == "utf-16-le" else head[1::2]
            if low.count(0) <= len(low) // 20:
                return encoding
    return ""


def read_html(file, budget, out):
    """The words of a web page, without scripts and styles."""
    with file.open("rb") as stream:
        out.add(html_text(stream.read(budget.limits.text_chars * 8)))


def html_text(data):
    """The words of a web page given as bytes or text."""
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
    parser.feed(data if isinstance(data, str) else _decoded_page(data))
    parser.close()
    return "\n".join(line for raw in "".join(words).splitlines() if (line := " ".join(raw.split())))


def _decoded_page(data):
    said = _CHARSET.search(data[:2048])
    if said and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            return data.decode(said[1].decode(), "replace")
        except LookupError:  # a charset that nobody knows
            pass
    return decode(data)


def read_xml(file, budget, out):
    """The texts of all elements but scripts and styles."""
    skipping = 0
    for tag, text, _attributes in walk_xml(file.read_bytes(), budget):
        if tag in ("script", "style"):
            skipping += 1
        elif tag in ("/script", "/style"):
            skipping -= 1
        if text.strip() and not skipping:
            out.add(text.strip() + " ")


def walk_xml(data, budget):
    """Yield (local name, text that follows its start or end, attributes) in reading order, with nothing expanded or
    fetched. A closing tag comes as "/name". Raises Unreadable."""
    import io

    from lxml import etree

    check_xml(data, budget)
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
            if count == 0:
                check_type(element.getroottree().docinfo)
            if count % 4096 == 0:
                budget.check_time()
            tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
            if pending is not None:
                yield pending[0], _own_text(pending_element, pending[0]), pending[1]
            pending = (tag, dict(element.attrib)) if event == "start" else (f"/{tag}", {})
            pending_element = element
            if event == "end":
                _free(element)
        if pending is not None:
            yield pending[0], "", pending[1]
    except etree.XMLSyntaxError as error:
        raise Unreadable("xml") from error


def check_xml(data, budget):
    """Raises Unreadable for what is not even handed to a parser."""
    if len(data) > budget.limits.xml_bytes:
        raise Unreadable("inside")
    head = data[:65536]
    if head.count(b"\x00") > len(head) // 4:  # UTF-16 hides nothing
        head = head.replace(b"\x00", b"")
    if b"<!ENTITY" in head:
        raise Unreadable("entities")


def check_type(docinfo):
    """Raises Unreadable for a document type with content of its own."""
    if not docinfo.doctype:
        return
    own = docinfo.internalDTD
    if (own is not None and any(True for _ in own.iterentities())) or not (docinfo.public_id or "").startswith(
        _HARMLESS_TYPE
    ):
        raise Unreadable("entities")


def _own_text(element, tag):
    # lxml fills text and tail only when the next event comes, so the caller asks one event late
    return (element.tail if tag.startswith("/") else element.text) or ""


def _free(element):
    """Forget finished siblings, so that memory does not grow with the file."""
    previous = element.getprevious()
    while previous is not None and previous.getprevious() is not None:
        element.getparent().remove(previous.getprevious())
