"""How many people sign in by password in a second on one core, how many tokens applications get for themselves, and how
soon a suspended person's tokens open nothing.

Lines: name value unit ratio. Ratio: suspension against its budget (1 s), below 1 is within; the rest has no budget.
Per core: by processor time, whatever else the machine does. Argon2id at what OWASP asks (19 MiB, 2 passes) and at the
instance's own (RFC 9106).
Run: `python -m tests.bench.bench_sign_on`.
"""

import base64
import tempfile
import time
from pathlib import Path

from portal.app import create_app
from portal.identity import service as identity
from portal.identity.models import OAuthCode
from portal.identity.models.oauth import hash_of
from portal.identity.service import clients, tokens
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.config import Settings
from portal.kernel.db import db

OWASP = {"argon2_memory_kib": 19 * 1024, "argon2_passes": 2}
OWN = {"argon2_memory_kib": 64 * 1024, "argon2_passes": 3}
PASSWORD = "dzintarjūra-vakarvējš"
SECONDS = 3
GRANTS = 200


def measure_sign_on():
    """Lines of the measure over fresh instances."""
    for name, cost in (("owasp", OWASP), ("own", OWN)):
        with instance(**cost) as app:
            rate = per_second(lambda app=app: sign_in(app))
            yield f"sign_in_password_{name} {rate:.1f} per_s_per_core -"
    with instance(**OWASP) as app:
        client, secret = clients.register(
            SYSTEM, "bench", name="Bench", auth_method="client_secret_basic", grant_types=["client_credentials"],
            scopes=["documents.read"],
        )  # fmt: skip
        db.session.commit()
        proof = {"Authorization": "Basic " + base64.b64encode(f"bench:{secret}".encode()).decode()}
        rate = per_second(lambda: ask_token(app, proof))
        yield f"token_client_credentials {rate:.0f} per_s_per_core -"
        token = ask_token(app, proof)
        rate = per_second(lambda: identity.actor_for_token(token))
        yield f"token_checked {rate:.0f} per_s_per_core -"
        person_id, held = grants_of_one_person(client)
        db.session.remove()  # another request than the one that signed them in
        start = time.perf_counter()
        identity.suspend(SYSTEM, person_id, "bench")
        db.session.commit()
        assert tokens.introspection_of(held[0])[0] is None
        spent = time.perf_counter() - start
        assert all(tokens.introspection_of(one)[0] is None for one in held)
        yield f"suspension_ends_{GRANTS}_tokens {spent:.3f} s {spent:.2f}"


class instance:
    """A fresh instance with its tables and one person, its context open."""

    def __init__(self, **cost):
        self.folder = tempfile.TemporaryDirectory()
        self.app = create_app(Settings.for_tests(Path(self.folder.name), **cost))
        self.context = self.app.app_context()

    def __enter__(self):
        self.context.push()
        self.app.config["WTF_CSRF_ENABLED"] = False
        db.create_all()
        identity.install_roles()
        identity.add_person(SYSTEM, "Anna", "Liepiņa", "anna@ozolpils.example", "", None, "anna", PASSWORD)
        db.session.commit()
        return self.app

    def __exit__(self, *_error):
        db.session.remove()
        db.engine.dispose()
        self.context.pop()
        self.folder.cleanup()


def per_second(act):
    """How often the act is done in a second of processor time, over some seconds."""
    act()
    start, done = time.process_time(), 0
    while time.process_time() - start < SECONDS:
        act()
        done += 1
    return done / (time.process_time() - start)


def sign_in(app):
    answer = app.test_client().post("/sign-in", data={"username": "anna", "password": PASSWORD})
    assert answer.status_code == 303, answer.get_data(as_text=True)


def ask_token(app, proof):
    db.session.remove()
    answer = app.test_client().post("/oauth/token", data={"grant_type": "client_credentials"}, headers=proof)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json["access_token"]


def grants_of_one_person(client):
    """A person signed in to an application many times; their access tokens."""
    person = identity.add_person(SYSTEM, "Pauls", "Siliņš", "p@ozolpils.example", "", None, "pauls", PASSWORD)
    identity.sign_in("pauls", PASSWORD, "127.0.0.1", "bench")
    db.session.flush()
    actor = identity.actor_for(person.id)
    session = identity.list_sessions(actor)[0]
    held = []
    for number in range(GRANTS):
        code = OAuthCode(
            code_hash=hash_of(str(number)), client_id=client.id, person_id=person.id, session_id=session.id,
            redirect_uri="https://a.example/", scope="openid", audience=tokens.own_audience(), code_challenge="c",
            code_challenge_method="S256", signed_in_at=clock.real_now(), acr="", amr=[], expires_at=clock.real_now(),
        )  # fmt: skip
        db.session.add(code)
        db.session.flush()
        held.append(tokens.give_access(client, "openid", code.audience, tokens.begin_grant(code))[0])
    db.session.commit()
    return person.id, held


if __name__ == "__main__":
    for line in measure_sign_on():
        print(line, flush=True)
