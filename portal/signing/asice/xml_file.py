"""A signed XML file of its own (XAdES without a container). The signature lies inside what it signs (enveloped), around
it (enveloping) or beside it (detached; then the signed file must be at hand under its name).

What a person reads in the file must be what was signed: every part of it outside the signatures is covered, or the
signature is refused. That is what stops a signed part from being moved aside and another put into its place.
"""

import copy
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from lxml import etree

from portal.signing import algorithms
from portal.signing.asice.container import Limits
from portal.signing.asice.references import (
    Coverage,
    decoded,
    digest_of,
    references_of,
    signed_properties,
    transforms_of,
)
from portal.signing.asice.verify import Check
from portal.signing.asice.xml import DS, canonical, ds, parse, refuse_double_ids, xades
from portal.signing.report import FileResult, Reason, Refused, Report, SignatureResult
from portal.signing.trust import TrustStore

_IDS = ("Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id")
# name -> reads the bytes of a file that lies beside the signature
Beside = Mapping[str, Callable[[], bytes]]

_MOST_SIGNATURES = 20
# each reference may ask for the whole file once more; together they may ask for so many times the largest file
_MOST_TIMES = 16
_ENVELOPED = f"{DS}enveloped-signature"
_BASE64 = f"{DS}base64"
# what may stand on an element of which only the decoded text is signed
_BESIDE_BASE64 = {"Id", "ID", "MimeType", "Encoding"}
# the two usual ways of saying „all but the signatures”; no other expression is computed
_XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
_WITHOUT_SIGNATURES = {
    _XPATH: re.compile(r"not\(ancestor-or-self::(\w+):Signature\)"),
    "http://www.w3.org/2002/06/xmldsig-filter2": re.compile(r"/descendant::(\w+):Signature"),
}


def verify(
    data: bytes, name: str, roots: TrustStore, now: datetime, limits: Limits | None = None, beside: Beside | None = None
) -> Report:
    """Check every signature of an XML file. beside: what a detached signature may be about. Never raises."""
    most = (limits or Limits()).xml_bytes
    if len(data) > most:
        return Report(name, reasons=(Reason("xml_too_large", {"limit": str(most >> 20)}),))
    try:
        root = parse(data, name)
        refuse_double_ids(root)
        signatures = list(root.iter(ds("Signature")))
        if len(signatures) > _MOST_SIGNATURES:
            raise Refused("malformed", name=name)
    except Refused as refusal:
        unread = Reason("not_a_container") if b"Signature" not in data else refusal.reason
        return Report(name, reasons=(unread,))
    file = _File(root, name, beside or {}, len(data), _MOST_TIMES * most)
    results: list[SignatureResult] = []
    covered: list[set[str]] = []
    for signature in signatures:
        coverage = Coverage()
        if any(signature.iterancestors(ds("Signature"))):
            results.append(SignatureResult("", reasons=(Reason("signature_nested"),)))
        else:
            results.append(Check(signature, file.follow, roots, now).result(coverage))
        covered.append(coverage.files)
    about = [name] if file.holds_content else []
    sizes = {name: len(data), **{one: len(content) for one, content in file.read.items()}}
    files = tuple(
        FileResult(one, sizes[one], bool(covered) and all(one in some for some in covered))
        for one in [*about, *file.read]
    )
    return Report(name, tuple(results), files, () if signatures else (Reason("not_signed"),))


class _File:
    """The file under check. read: the files beside it that a signature is about; holds_content: it is not only
    signatures; left_bytes: how much may still be asked for."""

    def __init__(self, root: etree._Element, name: str, beside: Beside, size_bytes: int, left_bytes: int):
        self.size_bytes, self.left_bytes = size_bytes, left_bytes
        self.root = root
        self.name = name
        self.beside = {unicodedata.normalize("NFC", key): reader for key, reader in beside.items()}
        self.read: dict[str, bytes] = {}
        self.holds_content = _uncovered(root, []) is not None
        found = root.xpath("//*[@Id or @ID or @id or @xml:id]")
        self.ids = {element.get(key): element for element in found for key in _IDS if element.get(key)}

    def follow(self, signature: etree._Element) -> Coverage:
        """Compute every reference of the signature, and find what none of them covers."""
        coverage = Coverage()
        for element in signature.iter("{*}QualifyingProperties"):
            if element.tag != xades("QualifyingProperties"):
                raise Refused("algorithm_unknown", algorithm=etree.QName(element).namespace or "XAdES")
        if signature.find(f".//{ds('Manifest')}") is not None:  # its references would be followed by nobody
            raise Refused("algorithm_unknown", algorithm="Manifest")
        # a plain XML signature has no such properties: it cannot become valid, since it binds no certificate
        plain = signature.find(f"{ds('Object')}/{xades('QualifyingProperties')}") is None
        properties = None if plain else signed_properties(signature)
        parts: list[etree._Element] = []
        references = references_of(signature)
        for reference in references:
            uri = reference.get("URI")
            try:
                if uri is None or uri.startswith("#xpointer("):
                    raise Refused("algorithm_unknown", algorithm=uri or "Reference")
                if uri == "" or uri.startswith("#"):
                    self._follow_inside(reference, uri[1:], signature, properties, parts, coverage)
                else:
                    self._follow_beside(reference, uri, coverage)
            except Refused as refusal:
                coverage.reasons.append(refusal.reason)
        if not plain and coverage.properties is None:
            coverage.reasons.append(Reason("properties_not_signed"))
        around = [] if any(one.get("URI") == "" for one in references) else _instructions(self.root)
        for part in [self.root, *_objects(signature), *around]:
            if (left := _uncovered(part, parts)) is not None:
                self.holds_content = True
                coverage.reasons.append(Reason("part_not_covered", {"name": _named(left)}))
        content = [part for part in parts if part is not properties and part.tag != ds("KeyInfo")]
        if content:
            self.holds_content = True
            coverage.files.add(self.name)
        elif not coverage.files and not coverage.reasons:
            coverage.reasons.append(Reason("malformed", {"name": "Reference"}))
        return coverage

    def _follow_inside(self, reference, target_id, signature, properties, parts, coverage: Coverage) -> None:
        self.left_bytes -= self.size_bytes
        if self.left_bytes < 0:
            raise Refused("malformed", name="Reference")
        target = self.root
        if target_id:
            if target_id not in self.ids:
                raise Refused("file_changed", name=self.name)
            target = self.ids[target_id]
        if "SignedProperties" in (reference.get("Type") or "") and target is not properties:
            raise Refused("wrapped")
        parts.append(target)
        hash_name, wanted = digest_of(reference, coverage)
        data = _transformed(self.root, target, signature, transforms_of(reference), whole=not target_id)
        if target is properties:
            coverage.properties = properties
        if algorithms.digest(hash_name, data) != wanted:
            about_signature = target is properties or target.tag == ds("KeyInfo")
            raise Refused("properties_changed") if about_signature else Refused("file_changed", name=self.name)

    def _follow_beside(self, reference, uri: str, coverage: Coverage) -> None:
        """A file under its plain name; wherever the address leads, nothing is fetched."""
        name = unicodedata.normalize("NFC", PurePosixPath(unquote(urlsplit(uri).path)).name)
        if name not in self.beside:
            raise Refused("file_not_beside", name=name or uri)
        if name not in self.read:
            self.read[name] = self.beside[name]()
        data = self.read[name]
        coverage.files.add(name)
        for transform in transforms_of(reference):
            data = canonical(parse(data, name).getroottree(), transform)
        hash_name, wanted = digest_of(reference, coverage)
        if algorithms.digest(hash_name, data) != wanted:
            raise Refused("file_changed", name=name)


def _named(node: etree._Element) -> str:
    return node.target if node.tag is etree.ProcessingInstruction else etree.QName(node).localname


def _objects(signature: etree._Element) -> list[etree._Element]:
    """What the signature holds besides statements about itself."""
    found = signature.findall(ds("Object"))
    about = [one for one in found if one.find(xades("QualifyingProperties")) is not None]
    beside = [child for one in about for child in one.iterchildren("*") if child.tag != xades("QualifyingProperties")]
    return [*(one for one in found if one not in about), *beside]


def _uncovered(element: etree._Element, parts: list[etree._Element], wraps: bool = True) -> etree._Element | None:
    """The first node that is neither signed, nor a signature, nor the bare element around them all."""
    if element in parts or element.tag == ds("Signature"):
        return None
    nodes = [node for node in element if node.tag is not etree.Comment]
    said = any(one and one.strip() for one in [element.text, *(node.tail for node in element)])
    if not wraps or not nodes or said or set(element.keys()) - {"Id"}:
        return element
    return next((left for node in nodes if (left := _uncovered(node, parts, False)) is not None), None)


def _instructions(root: etree._Element) -> list[etree._Element]:
    """Processing instructions around the document: a style sheet named there changes what a person sees."""
    around = [*root.itersiblings(preceding=True), *root.itersiblings()]
    return [node for node in around if node.tag is etree.ProcessingInstruction]


def _transformed(root, target, signature, transforms: list[etree._Element], whole: bool) -> bytes:
    """The bytes of which the digest is taken. Raises Refused("algorithm_unknown") for what is not understood.
    whole: of the document with what stands around its root."""
    filters = [one for one in transforms if one.get("Algorithm") == _ENVELOPED or _leaves_out_signatures(one)]
    rest = [one for one in transforms if one not in filters]
    if len(rest) > 1 or transforms != [*filters, *rest]:
        raise Refused("algorithm_unknown", algorithm=transforms[-1].get("Algorithm", ""))
    if filters:
        inside = target in signature.iterancestors()
        copied = copy.deepcopy(root.getroottree()).getroot()
        target, signature = _same_in(copied, target), _same_in(copied, signature)
        for one in filters:
            if one.get("Algorithm") != _ENVELOPED:
                for other in list(target.iterdescendants(ds("Signature"))):
                    _take_out(other)
            elif not inside:
                raise Refused("wrapped")
            else:
                _take_out(signature)
    method = rest[0] if rest else None
    if method is not None and method.get("Algorithm") == _BASE64:
        if len(target) or set(target.keys()) - _BESIDE_BASE64:
            raise Refused("algorithm_unknown", algorithm=_BASE64)
        return decoded(target)
    return canonical(target.getroottree() if whole else target, method, comments=False)


def _same_in(copied: etree._Element, element: etree._Element) -> etree._Element:
    """The element of the copy that stands where this one stands."""
    parent = element.getparent()
    return copied if parent is None else _same_in(copied, parent)[parent.index(element)]


def _leaves_out_signatures(transform: etree._Element) -> bool:
    expected = _WITHOUT_SIGNATURES.get(transform.get("Algorithm", ""))
    expressions = list(transform)
    if expected is None or len(expressions) != 1 or expressions[0].get("Filter", "subtract") != "subtract":
        return False
    said = expected.fullmatch("".join((expressions[0].text or "").split()))
    return said is not None and expressions[0].nsmap.get(said[1]) == DS


def _take_out(element: etree._Element) -> None:
    """Remove an element and keep the text behind it."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    element.tail = None
    parent.remove(element)
