"""Every route says who may call it, and is closed to those who may not."""

import uuid

import pytest


def _routes(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            yield rule, app.view_functions[rule.endpoint]


def _address(app, rule):
    values = {}
    for name in rule.arguments:
        converter = rule._converters.get(name)
        kind = type(converter).__name__
        values[name] = (
            min(converter.items)
            if kind == "AnyConverter"
            else {"UUIDConverter": uuid.uuid4(), "IntegerConverter": 1}.get(kind, "x")
        )
    return rule.build(values, append_unknown=False)[1]


@pytest.mark.req("1.1")
def test_every_route_declares_who_may_use_it(app):
    assert [rule.rule for rule, view in _routes(app) if not getattr(view, "access", None)] == []


def test_public_routes_are_few_and_known(app):
    public = {rule.endpoint for rule, view in _routes(app) if view.access == "public"}
    assert public == {
        "api.openapi",
        "api.upload_options",
        "identity.sign_in",
        "identity.language",
        "identity.passkey",
        "identity.passkey_options",
        "identity.terms_page",
        "council.tablet_manifest",
        "council.tablet_worker",
        "control.feed",  # the address is the secret
        "directory.windows",
        "oparl.bodies",
        "oparl.body",
        "public.calendar",
        "public.decision",
        "public.decisions",
        "public.draft",
        "public.drafts",
        "public.file",
        "oparl.meetings_of",
        "oparl.objects",
        "oparl.one",
        "public.recording",
        "public.rss",
        "public.session",
        "live.public_stream",
        "public.sessions",
        "oparl.system",
        "federation.acs",
        "federation.backchannel",
        "federation.callback",
        "federation.finish",
        "federation.keys",
        "federation.left",
        "federation.metadata",
        "federation.slo",
        "federation.start",
        "public.live",
        "public.consultation",
        "public.regulation",
        "public.regulations",
        "workplace.help_page",
        "workplace.look_css",
        "workplace.logo",
        "workplace.script",
        "workplace.elements_css",
        "workplace.bar",
        "workplace.bar_stream",
        "workplace.sign_out",
        "audit.verifier_script",
        "audit.public_key",
        "sign_on.authorize",
        "sign_on.discovery",
        "sign_on.introspect",
        "sign_on.keys",
        "sign_on.logout",
        "sign_on.oauth_metadata",
        "sign_on.revoke",
        "sign_on.token",
    }


def test_a_stranger_gets_into_no_other_route(app, client, cast):
    open_to_strangers = []
    for rule, view in _routes(app):
        if view.access == "public" or view.access.startswith("token:"):
            continue
        method = "GET" if "GET" in rule.methods else "POST"
        response = client.open(_address(app, rule), method=method)
        if response.status_code != 302 or not response.location.startswith("/sign-in"):
            open_to_strangers.append((rule.rule, response.status_code))
    assert open_to_strangers == []


def test_a_signed_in_browser_gets_into_no_route_that_needs_a_token(app, as_client):
    browser = as_client("edgars")
    for rule, view in _routes(app):
        if view.access.startswith("token:"):
            method = next(one for one in ("GET", "POST", "PUT", "PATCH", "DELETE") if one in rule.methods)
            response = browser.open(_address(app, rule), method=method)
            assert response.status_code == 401 and response.headers["WWW-Authenticate"].startswith("Bearer"), rule.rule
            assert response.content_type == "application/problem+json"


def test_a_person_without_roles_gets_into_no_route_that_needs_one(app, cast):
    from portal.identity import service as identity
    from portal.kernel.access import SYSTEM
    from portal.kernel.db import db
    from tests.conftest import PASSWORD

    identity.add_person(SYSTEM, "Bez", "Lomas", "b@l.example", "", None, "bezlomas", PASSWORD)
    db.session.commit()
    browser = app.test_client()
    browser.post("/sign-in", data={"username": "bezlomas", "password": PASSWORD})
    wrongly = []
    for rule, view in _routes(app):
        if view.access in ("public", "signed_in") or view.access.startswith("token:"):
            continue
        method = "GET" if "GET" in rule.methods else "POST"
        response = browser.open(_address(app, rule), method=method)
        if response.status_code != 403:
            wrongly.append((rule.rule, response.status_code))
    assert wrongly == []


def test_no_state_changes_by_get(app):
    changing = ("delete", "remove", "suspend", "send", "sign-out", "vote", "open", "close", "resend")
    suspicious = [
        rule.rule for rule, _view in _routes(app) if "GET" in rule.methods and rule.rule.rsplit("/", 1)[-1] in changing
    ]
    assert suspicious == []
