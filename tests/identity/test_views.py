"""Signing in and out over HTTP."""

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditRecord
from portal.identity import service as identity
from portal.identity.service import sessions, throttling
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from tests.conftest import PASSWORD


def sign_in(client, username="anna", password=PASSWORD, to=""):
    return client.post(f"/sign-in{to}", data={"username": username, "password": password})


def test_a_stranger_is_sent_to_sign_in_and_back_to_the_page_wanted(client, cast):
    response = client.get("/profile?x=1")
    assert response.status_code == 302
    assert response.location == "/sign-in?next=/profile?x%3D1"
    assert sign_in(client, to="?next=/profile?x%3D1").location == "/profile?x=1"
    assert "Anna Liepiņa" in client.get("/profile").get_data(as_text=True)


def test_signing_in_leads_nowhere_outside(client, cast):
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        assert sign_in(client, to=f"?next={target}").location == "/"
        client.post("/sign-out")


@pytest.mark.parametrize(("username", "password"), [("anna", "wrong"), ("nobody", PASSWORD), ("", ""), ("x" * 61, "y")])
def test_a_wrong_name_or_password_is_said_the_same_way(client, cast, username, password):
    response = sign_in(client, username, password)
    assert response.status_code == 422
    with client.session_transaction() as kept:
        assert "sid" not in kept


@pytest.mark.req("1.3")
def test_guessing_is_slowed_down_per_account(client, cast):
    for _try in range(5):
        assert sign_in(client, password="wrong").status_code == 422
    assert sign_in(client).status_code == 403
    assert sign_in(client, username="bruno").status_code == 303


@pytest.fixture
def while_hashing(monkeypatch):
    """`while_hashing(act)`: that happens once, while the next password is being checked."""

    def during(act):
        checked, acts = sessions.proven_by, [act]

        def slowly(person, password):
            if acts:
                acts.pop()()
            return checked(person, password)

        monkeypatch.setattr(sessions, "proven_by", slowly)

    return during


def test_a_right_password_among_many_guesses_made_at_once_is_throttled_too(client, cast, while_hashing):
    def others_guess():
        for _try in range(5):
            throttling.note_failure("account:anna", "192.0.2.1", "anna")

    while_hashing(others_guess)
    assert sign_in(client).status_code == 403


def test_a_person_suspended_while_the_password_is_checked_does_not_get_in(client, cast, while_hashing):
    def suspend():
        # past the session's own copy of her, as another process does it
        db.session.execute(sa.text("UPDATE person SET active = false WHERE username = 'anna'"))
        db.session.commit()

    while_hashing(suspend)
    assert sign_in(client).status_code == 422


def test_signing_in_and_failing_stand_in_the_audit_log(client, cast):
    sign_in(client, password="wrong")
    sign_in(client)
    actions = list(db.session.scalars(sa.select(AuditRecord.action).where(AuditRecord.action.like("sign_in%"))))
    assert sorted(actions) == ["sign_in.failed", "sign_in.succeeded"]


@pytest.mark.req("2.2")
def test_a_session_ended_elsewhere_is_a_strangers(as_client, anna):
    first, second = as_client("anna"), as_client("anna")
    older = identity.list_sessions(anna)[-1]
    assert second.post(f"/profile/sessions/{older.id}/end").status_code == 303
    assert first.get("/profile").status_code == 302
    assert second.get("/profile").status_code == 200


def test_nobody_ends_anothers_session(as_client, cast, anna):
    as_client("anna")
    theirs = identity.list_sessions(anna)[0]
    response = as_client("pauls").post(f"/profile/sessions/{theirs.id}/end")
    assert response.status_code == 403
    assert "Sesiju beidz tikai" in response.get_data(as_text=True)


@pytest.mark.req("1.1")
def test_a_suspended_person_is_out_at_once(as_client, cast):
    browser = as_client("pauls")
    assert as_client("edgars").post(f"/people/{cast.pauls.id}/suspend", data={"reason": "pārbaude"}).status_code == 303
    assert browser.get("/profile").status_code == 302
    assert sign_in(browser, "pauls").status_code == 422


@pytest.mark.req("2.2")
def test_changing_the_password_needs_the_old_one_and_ends_other_sessions(as_client, client):
    here, there = as_client("anna"), as_client("anna")
    wrong = here.post("/profile/password", data={"old_password": "no", "new_password": "long enough 1"})
    assert wrong.status_code == 422
    short = here.post("/profile/password", data={"old_password": PASSWORD, "new_password": "short"})
    assert short.status_code == 422
    assert (
        here.post("/profile/password", data={"old_password": PASSWORD, "new_password": "long enough 1"}).status_code
        == 303
    )
    assert there.get("/profile").status_code == 302
    assert sign_in(client, password="long enough 1").status_code == 303


def test_a_form_without_its_token_is_refused(make_app, tmp_path):
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = True
    with app.app_context():
        db.create_all()
        identity.install_roles()
        identity.add_person(SYSTEM, "A", "B", "a@b.example", "", None, "anna", PASSWORD)
        db.session.commit()
        response = app.test_client().post("/sign-in", data={"username": "anna", "password": PASSWORD})
    assert response.status_code == 400
    assert "Traceback" not in response.get_data(as_text=True)


def test_the_language_is_switched_and_kept(as_client):
    browser = as_client("anna")
    assert "Mans darbs" in browser.get("/").get_data(as_text=True)
    browser.post("/language/en?next=/")
    page = browser.get("/").get_data(as_text=True)
    assert "My work" in page and 'lang="en"' in page


def test_an_unknown_page_is_explained(as_client):
    response = as_client("anna").get("/no-such-page")
    assert response.status_code == 404
    assert "<h1>" in response.get_data(as_text=True)
