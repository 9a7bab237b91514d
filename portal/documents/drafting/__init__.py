"""Word files of drafts: filled in and shown by a process of its own, compared in plain Python."""

from portal.documents.drafting.children import DocxProblem, as_html, fields_in, fill_in, lines_in, make_docx
from portal.documents.drafting.comparing import compare

__all__ = ["DocxProblem", "as_html", "compare", "fields_in", "fill_in", "lines_in", "make_docx"]
