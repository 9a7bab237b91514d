"""Two systems of the municipality, with tokens, and calls of the API on their behalf."""

import base64
import io
import json

import pytest

from portal.identity.service import clients, tokens
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.store import service as store

SCOPES = ["store:read", "store:write", "search:read"]


class Caller:
    """An application that calls by itself. `ask(method, path, json=…)` gives the answer, checked for its status."""

    def __init__(self, app, client_id, name, scopes=SCOPES):
        self.http = app.test_client()
        self.id, self.key = client_id, f"client:{client_id}"
        client, secret = clients.register(
            SYSTEM,
            client_id,
            name=name,
            auth_method="client_secret_basic",
            grant_types=["client_credentials"],
            scopes=scopes,
        )
        self.client_id = client.id
        db.session.commit()
        proof = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        form = {"grant_type": "client_credentials", "scope": " ".join(scopes)}
        answer = self.http.post("/oauth/token", data=form, headers={"Authorization": f"Basic {proof}"})
        self.token = answer.json["access_token"]

    @property
    def actor(self):
        return tokens.actor_for_token(self.token)

    def ask(self, method, path, status=200, headers=None, **kwargs):
        told = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        answer = self.http.open(f"/api/v1{path}", method=method, headers=told, **kwargs)
        assert answer.status_code == status, (answer.status_code, answer.get_data(as_text=True))
        if status >= 400 and method != "HEAD":
            assert answer.content_type == "application/problem+json"
        return answer

    def keep(self, title="Līgums par ceļu", files=(), status=201, headers=None, **item):
        """Keep an item with files (name, bytes); returns it as the API tells it."""
        item = {"metadata": {"title": title, **item.pop("metadata", {})}, **item}
        form = {"item": json.dumps(item), "files": [(io.BytesIO(data), name) for name, data in files]}
        return self.ask("POST", "/items", status, headers, data=form, content_type="multipart/form-data").json


@pytest.fixture
def system(app):
    """`system("gis")`: a registered application with a token."""
    return lambda client_id, name=None: Caller(app, client_id, name or client_id.upper())


@pytest.fixture
def a(system):
    return system("lietvediba", "Lietvedība")


@pytest.fixture
def b(system):
    return system("pirkumi", "Iepirkumi")


@pytest.fixture
def contracts(app):
    store.save_class(SYSTEM, "contract", "Līgumi")
    store.save_class(SYSTEM, "invoice", "Rēķini")
    db.session.commit()
