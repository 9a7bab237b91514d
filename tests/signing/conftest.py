"""Registers and documents, for signatures that arrive with one."""

from tests.documents.factories import make_document, registers

__all__ = ["make_document", "registers"]
