"""Documents for tests."""

import io
import zipfile

import pytest

from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.db import db


@pytest.fixture
def registers(app, cast):
    """The starting registers, by code."""
    documents.install_registers()
    db.session.commit()
    from portal.kernel.access import SYSTEM

    return {register.code: register for register in documents.list_registers(SYSTEM)}


@pytest.fixture
def make_document(registers, anna):
    """Registers a document as anna."""

    def make(title="Iesniegums par ceļa remontu", code="iesniegumi", files=(), **values):
        uploads = []
        if files:
            uploads, problems = documents.receive_uploads(anna, [(n, io.BytesIO(d)) for n, d in files])
            assert problems == []
        document = documents.register(
            anna, registers[code].id, title, values.pop("received_on", clock.today()), uploads=uploads, **values
        )
        db.session.commit()
        return document

    return make


def zip_of(entries, compression=zipfile.ZIP_DEFLATED):
    """Bytes of an archive: {name: content}."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def bomb():
    """An archive of 30 kB that unpacks to 30 MB."""
    return zip_of({"a.txt": b"0" * 30_000_000})
