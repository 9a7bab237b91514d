"""Electronic invoices (UBL 2.1, EN 16931), written out as people read them."""

import base64
import io

from portal.storage.extract.limits import Unreadable
from portal.storage.extract.plain import check_type, check_xml

_UBL = ("urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
        "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2")  # fmt: skip
MARK = b"urn:oasis:names:specification:ubl:schema:xsd:"
_MOST_BYTES = 16 * 1024 * 1024
_ATTACHED = "cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject"
_NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


def is_invoice(file):
    """Does the beginning of this XML file name UBL's invoice or credit note?"""
    with file.open("rb") as stream:
        head = stream.read(4096)
    return any(name.encode() in head for name in _UBL)


def read_invoice(file, budget, out, shelf, words):
    """Number, day, seller, buyer, lines and sums; what is attached goes on the shelf. words: how the parts are called.
    Raises Unreadable."""
    from lxml import etree

    data = file.read_bytes()
    check_xml(data[:_MOST_BYTES], budget)
    if len(data) > _MOST_BYTES:
        raise Unreadable("inside")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.parse(io.BytesIO(data), parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable("xml") from error
    check_type(tree.docinfo)
    root = tree.getroot()
    credit = root.tag.endswith("}CreditNote")
    out.add(f"{words['credit_note' if credit else 'invoice']} {_one(root, 'cbc:ID')}\n")
    _line(out, words["issued"], _one(root, "cbc:IssueDate"))
    _line(out, words["due"], _one(root, "cbc:DueDate") or _one(root, "cac:PaymentMeans/cbc:PaymentDueDate"))
    _line(out, words["reference"], _one(root, "cbc:BuyerReference"), _one(root, "cac:OrderReference/cbc:ID"),
          _one(root, "cac:ContractDocumentReference/cbc:ID"))  # fmt: skip
    for party, word in (("cac:AccountingSupplierParty", "seller"), ("cac:AccountingCustomerParty", "buyer")):
        for node in root.findall(f"{party}/cac:Party", _NS):
            _line(out, words[word], *_party(node))
    for note in root.findall("cbc:Note", _NS):
        _line(out, "", note.text)
    for number, node in enumerate(root.findall("cac:CreditNoteLine" if credit else "cac:InvoiceLine", _NS), start=1):
        if number % 500 == 0:
            budget.check_time()
        quantity = node.find("cbc:CreditedQuantity" if credit else "cbc:InvoicedQuantity", _NS)
        unit = quantity.get("unitCode", "") if quantity is not None else ""
        out.add(
            " ".join(
                filter(
                    None,
                    (
                        f"{_one(node, 'cbc:ID')}.", _one(node, "cac:Item/cbc:Name"),
                        _one(node, "cac:Item/cbc:Description"), _one(node, "cbc:Note"),
                        f"{quantity.text} {unit}" if quantity is not None and quantity.text else "",
                        f"× {price}" if (price := _one(node, "cac:Price/cbc:PriceAmount")) else "",
                        f"= {sum_}" if (sum_ := _one(node, "cbc:LineExtensionAmount")) else "",
                    ),
                )
            )
            + "\n"
        )  # fmt: skip
    currency = _one(root, "cbc:DocumentCurrencyCode")
    total = root.find("cac:LegalMonetaryTotal", _NS)
    if total is not None:
        for tag, word in (("TaxExclusiveAmount", "net"), ("TaxInclusiveAmount", "gross"), ("PayableAmount", "payable")):
            _line(out, words[word], f"{value} {currency}" if (value := _one(total, f"cbc:{tag}")) else "")
    _line(out, words["tax"], _one(root, "cac:TaxTotal/cbc:TaxAmount"))
    _line(out, words["account"], _one(root, "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"))
    for place, node in enumerate(root.iterfind(_ATTACHED, _NS), start=1):
        shelf.lay_bytes(node.get("filename") or str(place), base64.b64decode(node.text or "", validate=False))


def _party(node):
    return (
        _one(node, "cac:PartyLegalEntity/cbc:RegistrationName") or _one(node, "cac:PartyName/cbc:Name"),
        _one(node, "cac:PartyLegalEntity/cbc:CompanyID"),
        _one(node, "cac:PartyTaxScheme/cbc:CompanyID"),
        _one(node, "cac:PostalAddress/cbc:StreetName"),
        _one(node, "cac:PostalAddress/cbc:CityName"),
        _one(node, "cac:PostalAddress/cbc:PostalZone"),
    )


def _one(node, path):
    found = node.find(path, _NS)
    return " ".join((found.text or "").split()) if found is not None else ""


def _line(out, word, *values):
    known = ", ".join(dict.fromkeys(value for value in values if value))
    if known:
        out.add(f"{word}: {known}\n" if word else f"{known}\n")
