"""Serves one instance (from the environment), or many by host name (PKIP_INSTANCES names a JSON file:
{"host": {"PKIP_INSTANCE": …, "PKIP_VAR": …}, …}). Each has its own app, so nothing leaks between municipalities."""

import json
import os
from pathlib import Path

from portal.app import create_app
from portal.kernel.config import ConfigError, Settings


def _by_host(path):
    apps = {host: create_app(Settings.from_env({**os.environ, **env}))
            for host, env in json.loads(Path(path).read_text()).items()}

    def dispatch(environ, start_response):
        host = environ.get("HTTP_HOST", "").split(":")[0].lower()
        if host not in apps:
            start_response("421 Misdirected Request", [("Content-Type", "text/plain; charset=utf-8")])
            return ["Šai adresei nav savas pašvaldības.\n".encode()]
        return apps[host](environ, start_response)

    return dispatch


try:
    app = _by_host(os.environ["PKIP_INSTANCES"]) if os.environ.get("PKIP_INSTANCES") else create_app()
except ConfigError as error:
    raise SystemExit(f"pkip: {error}") from None
