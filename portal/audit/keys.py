"""The keys of the log: the signing key of checkpoints and the key of the origin marks. Neither is in the database."""

import hmac
import os

from portal.audit.note import Signer, Verifier
from portal.kernel.config import settings


def signer() -> Signer:
    """The log's signing key, made the first time it is needed, in a file that only the owner can read."""
    path = settings().var / "audit-log.key"
    try:
        return Signer.parse(path.read_text())
    except FileNotFoundError:
        return _made(path)


def verifier() -> Verifier:
    """The public half, to check notes with."""
    return signer().verifier()


def origin_key() -> bytes:
    """The key of the origin marks, derived from the instance key."""
    return hmac.digest(settings().instance_key, b"audit-origin", "sha256")


def _made(path) -> Signer:
    signer = Signer.generate(f"pkip/{settings().registration_number}/audit")
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(signer.dump() + "\n")
    try:
        os.link(draft, path)  # fails when another process was quicker; its key is the one that counts
    except FileExistsError:
        return Signer.parse(path.read_text())
    finally:
        draft.unlink()
    return signer
