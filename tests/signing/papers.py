"""Signed papers made for tests, without the portal's outside systems: a root, people, a stamp authority, containers."""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from flask import Flask

from portal.sandbox import ocsp as sandbox_ocsp
from portal.sandbox import pki as sandbox_pki
from portal.sandbox import tsa
from portal.sandbox.store import Store
from portal.signing import algorithms, asice, ocsp, timestamps
from portal.signing.asice.build import value_bytes
from portal.signing.trust import TrustStore

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
FILES = {"Lēmums Nr. 12.txt": "Dome nolemj: apstiprināt.".encode() * 20, "pielikums & tāme.txt": b"1;2;3\n" * 50}


@dataclass
class Office:
    """Everything needed to sign papers by hand."""

    pki: sandbox_pki.Pki
    stamps: Flask

    @classmethod
    def open(cls, folder):
        made = sandbox_pki.ensure(folder / "pki")
        app = Flask("stamps")
        app.extensions["sandbox.store"] = Store(folder)
        app.extensions["sandbox.pki"] = made
        app.register_blueprint(tsa.bp)
        app.register_blueprint(sandbox_ocsp.bp)
        return cls(made, app)

    @property
    def roots(self) -> TrustStore:
        return TrustStore.from_pem(self.pki.ca.read_bytes())

    def person(self, given="Anna", family="Paraugs"):
        certificate, key = sandbox_pki.person_credential(self.pki, given, family, "321234-12345")
        return x509.load_pem_x509_certificate(certificate), serialization.load_pem_private_key(key, None)

    def stamp(self, data: bytes) -> bytes:
        query = timestamps.query(algorithms.digest("sha256", data), 7)
        answer = self.stamps.test_client().post("/tsa", data=query, content_type="application/timestamp-query")
        return timestamps.token_of(answer.data)

    def signature(self, files=FILES, who=None, stamped=True, moment=NOW) -> bytes:
        """A signature file over `files`, by `who` (certificate, key)."""
        certificate, key = who or self.person()
        described = [asice.DataFile(name, "text/plain", hashlib.sha256(data).digest()) for name, data in files.items()]
        prepared = asice.prepare(described, certificate, [], moment)
        value = algorithms.raw_signature(certificate.public_key(), signed_by(key, prepared.digest))
        token = self.stamp(value_bytes(prepared.xml, value)) if stamped else None
        return asice.complete(prepared.xml, value, token)

    def lasting(self, files=FILES) -> bytes:
        """A signature file with the path to the root and the issuer's answer (XAdES-LT)."""
        path = [self.person()[0], x509.load_pem_x509_certificate(self.pki.ca.read_bytes())]
        asked = ocsp.question(*path)[0]
        return asice.lasting(self.signature(files), path, [self.stamps.test_client().post("/ocsp", data=asked).data])

    def container(self, files=FILES, signatures=None) -> bytes:
        target = io.BytesIO()
        listed = [(name, "text/plain", io.BytesIO(data)) for name, data in files.items()]
        asice.write(target, listed, signatures or [self.signature(files)], NOW)
        return target.getvalue()


def signed_by(key, digest: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))
    from cryptography.hazmat.primitives.asymmetric import padding

    return key.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))


def repacked(container: bytes, changes=None, drop=(), more=()) -> bytes:
    """The container with entries replaced ({name: bytes or function of bytes}), dropped or added [(name, bytes)]."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(container)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename in drop:
                continue
            data = old.read(entry)
            change = (changes or {}).get(entry.filename)
            if change is not None:
                data = change(data) if callable(change) else change
            new.writestr(entry, data)
        for name, data in more:
            new.writestr(name, data)
    return target.getvalue()


def codes(report) -> set[str]:
    found = [reason.code for reason in report.reasons]
    return {*found, *(reason.code for signature in report.signatures for reason in signature.reasons)}
