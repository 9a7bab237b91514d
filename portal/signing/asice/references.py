"""What one signature covers: each reference is followed to the actual thing, and its digest computed."""

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import unquote

from lxml import etree

from portal.signing import algorithms
from portal.signing.asice.container import Container
from portal.signing.asice.xml import canonical, ds, only, xades
from portal.signing.report import Reason, Refused

_MOST_REFERENCES = 2000


@dataclass
class Coverage:
    """files: names of the data files that the signature covers, changed or not; reasons: what is wrong."""

    files: set[str] = field(default_factory=set)
    properties: etree._Element | None = None
    reasons: list[Reason] = field(default_factory=list)


def signed_properties(signature: etree._Element) -> etree._Element:
    """The properties at the only place where they may stand: found by structure, never by an Id alone."""
    path = f"{ds('Object')}/{xades('QualifyingProperties')}"
    qualifying = only(signature, path, "properties_not_signed")
    if qualifying.get("Target") != f"#{signature.get('Id')}":
        raise Refused("wrapped")
    return only(qualifying, xades("SignedProperties"), "properties_not_signed")


def references_of(signature: etree._Element) -> list[etree._Element]:
    """At least one reference, and no more than anybody needs."""
    references = only(signature, ds("SignedInfo")).findall(ds("Reference"))
    if not references or len(references) > _MOST_REFERENCES:
        raise Refused("malformed", name="Reference")
    return references


def follow(signature: etree._Element, container: Container) -> Coverage:
    """Compute every reference of the signature."""
    coverage = Coverage()
    properties = signed_properties(signature)
    for reference in references_of(signature):
        uri = reference.get("URI", "")
        try:
            if uri.startswith("#"):
                _follow_inside(reference, uri[1:], signature, properties, coverage)
            else:
                _follow_file(reference, uri, container, coverage)
        except Refused as refusal:
            coverage.reasons.append(refusal.reason)
    if coverage.properties is None:
        coverage.reasons.append(Reason("properties_not_signed"))
    for name in container.data_files:
        if name not in coverage.files:
            coverage.reasons.append(Reason("file_not_covered", {"name": name}))
    return coverage


def _follow_inside(reference, target_id: str, signature, properties, coverage: Coverage) -> None:
    """A reference to a part of the signature itself: the element must be unique and inside this signature."""
    found = [element for element in signature.iter(etree.Element) if element.get("Id") == target_id]
    if len(found) != 1:
        raise Refused("wrapped")
    element = found[0]
    if "SignedProperties" in (reference.get("Type") or "") and element is not properties:
        raise Refused("wrapped")
    transforms = transforms_of(reference)
    if len(transforms) > 1:
        raise Refused("algorithm_unknown", algorithm=transforms[1].get("Algorithm", ""))
    data = canonical(element, transforms[0] if transforms else None)
    hash_name, wanted = digest_of(reference, coverage)
    if element is properties:
        coverage.properties = properties
    if algorithms.digest(hash_name, data) != wanted:
        raise Refused("properties_changed")


def _follow_file(reference, uri: str, container: Container, coverage: Coverage) -> None:
    name = _entry_name(uri, container)
    if name is None:
        raise Refused("file_missing", name=unquote(uri) or "?")
    coverage.files.add(name)
    transforms = transforms_of(reference)
    if transforms:
        raise Refused("algorithm_unknown", algorithm=transforms[0].get("Algorithm", ""))
    hash_name, wanted = digest_of(reference, coverage)
    if container.digest(name, hash_name) != wanted:
        raise Refused("file_changed", name=name)


def _entry_name(uri: str, container: Container) -> str | None:
    """The entry that a URI means. Only an entry of this container will do: nothing is fetched."""
    names = set(container.names)
    plain = unquote(uri)
    for candidate in (plain, plain.removeprefix("/"), plain.removeprefix("./"), uri):
        if candidate in names and candidate != "mimetype":
            return candidate
    return None


def transforms_of(reference) -> list[etree._Element]:
    """What the signer did to the bytes before computing their digest."""
    holder = reference.findall(ds("Transforms"))
    if len(holder) > 1:
        raise Refused("malformed", name="Transforms")
    return holder[0].findall(ds("Transform")) if holder else []


def digest_of(reference, coverage: Coverage) -> tuple[str, bytes]:
    """(name of the hash, digest) that the reference states; a weak hash is noted in the coverage."""
    uri = only(reference, ds("DigestMethod")).get("Algorithm", "")
    hash_name = algorithms.DIGESTS.get(uri)
    if hash_name is None:
        raise Refused("algorithm_unknown", algorithm=uri)
    weak = Reason("algorithm_weak", {"algorithm": hash_name.upper()})
    if hash_name in algorithms.WEAK_HASHES and weak not in coverage.reasons:
        coverage.reasons.append(weak)
    return hash_name, decoded(only(reference, ds("DigestValue")))


def decoded(element: etree._Element) -> bytes:
    """The base64 text of an element. Raises Refused("malformed")."""
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("malformed", name=etree.QName(element).localname) from error
