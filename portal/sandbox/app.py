"""The sandbox's own Flask app: all outside systems, and the pages that control them."""

import importlib
import secrets
from pathlib import Path

from flask import Flask

from portal.sandbox import pki
from portal.sandbox.store import Store

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = ("vus", "csc", "tsa", "ocsp", "tsl", "gateway", "pspp", "vpvkac", "sign_on", "rooms", "mailbox", "control")


def create_sandbox(folder, instance=None):
    """folder: where the sandbox keeps what it remembers and its certificates.
    instance: the portal's app whose clock the control page moves, or None."""
    app = Flask("sandbox", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.config.update(
        SECRET_KEY=secrets.token_hex(16),
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
        SESSION_COOKIE_NAME="pkip_sandbox",
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.extensions["sandbox.store"] = Store(folder)
    app.extensions["sandbox.pki"] = pki.ensure(Path(folder) / "pki")
    app.extensions["sandbox.instance"] = instance
    for name in SYSTEMS:
        app.register_blueprint(importlib.import_module(f"portal.sandbox.{name}").bp)
    return app
