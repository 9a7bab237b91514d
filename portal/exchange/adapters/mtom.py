"""Reading SOAP answers, plain or packed as MTOM (multipart/related with XOP parts); cutting elements out of them."""

import base64
import re
from urllib.parse import unquote
from xml.parsers import expat

from lxml import etree

XOP_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"


class NotAnAnswer(ValueError):
    """The bytes are no SOAP answer at all (a proxy's page, a cut connection, garbage)."""


def read(content_type, data):
    """(root element, bytes of the root part) of an answer; included parts stand again as base64 text."""
    parts = {}
    if content_type.lower().startswith("multipart/related"):
        data, parts = _split(content_type, data)
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotAnAnswer(str(error)) from error
    for include in list(root.iter(XOP_INCLUDE)):
        name = unquote(include.get("href", "")).removeprefix("cid:")
        if name not in parts:
            raise NotAnAnswer(f"part {name} is missing")
        holder = include.getparent()
        holder.remove(include)
        holder.text = base64.b64encode(parts[name]).decode()
    return root, data


def cut(data, namespace, name):
    """The bytes of the first element {namespace}name in data, exactly as they stand; None when there is none."""
    found = {"depth": 0, "start": None, "end": None}
    parser = expat.ParserCreate(namespace_separator=" ")
    wanted = f"{namespace} {name}"

    def opened(tag, attributes):
        if tag == wanted and found["end"] is None:
            if found["start"] is None:
                found["start"] = parser.CurrentByteIndex
            found["depth"] += 1

    def closed(tag):
        if tag == wanted and found["depth"]:
            found["depth"] -= 1
            if not found["depth"] and found["end"] is None:
                found["end"] = data.index(b">", parser.CurrentByteIndex) + 1

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise NotAnAnswer(str(error)) from error
    return None if found["end"] is None else data[found["start"] : found["end"]]


def stand_alone(root, data, namespace, name):
    """The element {namespace}name as stand-alone bytes: as they stand, or, when it leans on a prefix that was declared
    around it, rewritten with the declarations it uses. None when there is none."""
    raw = cut(data, namespace, name)
    if raw is None:
        return None
    try:
        etree.fromstring(raw, _parser())
        return raw
    except etree.XMLSyntaxError:
        element = next(root.iter(f"{{{namespace}}}{name}"))
        return etree.tostring(element, method="c14n", exclusive=True, with_tail=False)


def _parser():
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)


def _split(content_type, data):
    """The root part and the others by Content-ID. Written for binary parts of megabytes: no line is ever decoded."""
    boundary = _parameter(content_type, "boundary")
    if not boundary:
        raise NotAnAnswer("multipart without a boundary")
    start = _parameter(content_type, "start")
    parts, first = {}, None
    for piece in (b"\r\n" + data).split(b"\r\n--" + boundary.encode())[1:]:
        if piece.startswith(b"--"):
            break
        head, found, content = piece.partition(b"\r\n\r\n")
        if not found:
            raise NotAnAnswer("a part without an end of its header")
        name = re.search(rb"(?im)^content-id:\s*<?([^>\r\n]*)>?", head)
        name = name.group(1).decode("utf-8", "replace").strip() if name else ""
        first = name if first is None else first
        parts[name] = content
    root = (start or "").strip("<>") or first
    if root not in parts:
        raise NotAnAnswer("no root part")
    return parts[root], parts


def _parameter(content_type, name):
    match = re.search(rf'(?i);\s*{name}="?([^";]+)"?', content_type)
    return match.group(1) if match else None
