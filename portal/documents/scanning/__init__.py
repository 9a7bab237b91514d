"""Strangers' pages, handled in processes of their own: a picture or a PDF can hang or bloat any library, and text
recognition takes minutes. Each child has limits that the system enforces, and a low priority."""

from portal.documents.scanning.children import Pages, ScanProblem, make_pages, recognise, separator_sheets, stamped

__all__ = ["Pages", "ScanProblem", "make_pages", "recognise", "separator_sheets", "stamped"]
