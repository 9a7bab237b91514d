"""Reading XML that a stranger wrote: no document type, no entity, no network; and canonical bytes of a part of it."""

from lxml import etree

from portal.signing.report import Refused

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
XADES141 = "http://uri.etsi.org/01903/v1.4.1#"
ASIC = "http://uri.etsi.org/02918/v1.2.1#"
MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
SIGNED_PROPERTIES_TYPE = "http://uri.etsi.org/01903#SignedProperties"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"

# URI -> (exclusive, with comments). 1.1 differs from 1.0 only where xml: attributes are inherited; see canonical().
_CANONICAL = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": (False, False),
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments": (False, True),
    "http://www.w3.org/2006/12/xml-c14n11": (False, False),
    "http://www.w3.org/2006/12/xml-c14n11#WithComments": (False, True),
    EXCLUSIVE: (True, False),
    f"{EXCLUSIVE}WithComments": (True, True),
}
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


def ds(name: str) -> str:
    return f"{{{DS}}}{name}"


def xades(name: str) -> str:
    return f"{{{XADES}}}{name}"


def parse(data: bytes, name: str) -> etree._Element:
    """The root element. Raises Refused("malformed") for broken XML and for any document type."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused("malformed", name=name) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused("malformed", name=name)
    return root


def canonical(
    element: etree._Element | etree._ElementTree, method: etree._Element | None, comments: bool = True
) -> bytes:
    """Canonical bytes of an element or a whole document as `method` (a CanonicalizationMethod or Transform) says.

    comments: False drops them, whatever the method says, as a reference within a document must. Without a method:
    inclusive C14N 1.0, the standard's default. Raises Refused("algorithm_unknown").
    """
    uri = INCLUSIVE if method is None else method.get("Algorithm", "")
    if uri not in _CANONICAL:
        raise Refused("algorithm_unknown", algorithm=uri)
    exclusive, with_comments = _CANONICAL[uri]
    if "xml-c14n11" in uri and element.xpath("boolean(ancestor-or-self::*/@xml:*)"):
        raise Refused("algorithm_unknown", algorithm=uri)
    prefixes = None
    if exclusive and method is not None:
        listed = method.find(f"{{{EXCLUSIVE}}}InclusiveNamespaces")
        prefixes = None if listed is None else listed.get("PrefixList", "").split()
    return etree.tostring(
        element,
        method="c14n",
        exclusive=exclusive,
        with_comments=with_comments and comments,
        inclusive_ns_prefixes=prefixes,
        with_tail=False,
    )


def only(parent: etree._Element, path: str, code: str = "malformed", **params: str) -> etree._Element:
    """The one element at `path`; two of what there must be one of is how signatures get wrapped."""
    found = parent.findall(path)
    if len(found) != 1:
        raise Refused(code, **params)
    return found[0]


def refuse_double_ids(root: etree._Element) -> None:
    """Each Id once, or a reference could be read in two ways."""
    seen: set[str] = set()
    for value in root.xpath("//@Id | //@ID | //@id | //@xml:id"):
        if value in seen:
            raise Refused("wrapped")
        seen.add(value)
