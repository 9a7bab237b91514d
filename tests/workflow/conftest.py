"""Documents for the tests of resolutions."""

from tests.documents.factories import make_document, registers

__all__ = ["make_document", "registers"]
