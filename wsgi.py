"""Serves one instance (from the environment), or many by host name (PKIP_INSTANCES names a JSON file:
{"host": {"PKIP_INSTANCE": …, "PKIP_VAR": …}, …}). Each has its own app, so nothing leaks between municipalities."""

import json
import os
from pathlib import Path

from whitenoise import WhiteNoise

from portal.app import ROOT, create_app
from portal.kernel import queue
from portal.kernel.config import ConfigError, Settings


def _served(settings):
    """The instance's app with its queue and its static files, which browsers may keep for a year."""
    app = create_app(settings)
    queue.connect(app)
    app.wsgi_app = WhiteNoise(app.wsgi_app, root=str(ROOT / "static"), prefix="static/", max_age=31536000)
    return app


def _by_host(path):
    apps = {
        host: _served(Settings.from_env({**os.environ, **env}))
        for host, env in json.loads(Path(path).read_text()).items()
    }

    def dispatch(environ, start_response):
        host = environ.get("HTTP_HOST", "").split(":")[0].lower()
        if host not in apps:
            start_response("421 Misdirected Request", [("Content-Type", "text/plain; charset=utf-8")])
            return ["Šai adresei nav savas pašvaldības.\n".encode()]
        return apps[host](environ, start_response)

    return dispatch


try:
    app = _by_host(os.environ["PKIP_INSTANCES"]) if os.environ.get("PKIP_INSTANCES") else _served(Settings.from_env())
except ConfigError as error:
    raise SystemExit(f"pkip: {error}") from None
