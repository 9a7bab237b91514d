"""The protocol's endpoints: what applications and the browsers they send call (1.3)."""

import json
import time
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from flask import Response, jsonify, make_response, redirect, render_template, request, session, url_for
from flask_login import current_user

from blueprints.sign_on import bp
from portal.identity import service as identity
from portal.identity.service import clients, grants, keys, tokens
from portal.identity.service.leaving import look_at
from portal.kernel.config import settings
from portal.kernel.i18n import _
from portal.kernel.web import begin_writing, flash_done, public, render, signed_in, token_needs


@bp.route("/.well-known/openid-configuration")
@bp.route("/.well-known/oauth-authorization-server", endpoint="oauth_metadata")
@public
def discovery():
    """What this server can do, for applications to find by themselves."""
    return _open_to_all(grants.discovery())


@bp.after_request
def let_programmes_in_browsers_read(response):
    """An application without a secret runs in a browser, at an origin of its own: it may read what it is answered."""
    origin = request.headers.get("Origin")
    called = request.endpoint in ("sign_on.token", "sign_on.revoke", "sign_on.userinfo")
    if origin and called and clients.is_origin_of_public(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.vary.add("Origin")
    return response


@bp.route("/oauth/jwks", endpoint="keys")
@public
def published_keys():
    """The public keys that tokens are checked with."""
    return _open_to_all(keys.published())


@bp.route("/oauth/authorize", methods=["GET", "POST"])
@public
def authorize():
    """An application sends somebody to sign in; back with a code."""
    if request.method == "POST":  # a form of another site brings no cookie of ours: ask again by GET, which does
        return redirect(f"{request.path}?{urlencode(list(request.form.items(multi=True)))}", 303)
    asked = _asked(request.args)
    try:
        client, redirect_uri, scope = grants.ask(asked)
        _ensure_can_be_silent(client, redirect_uri, scope)
    except OAuth2Error as error:
        return _refuse(asked, error)
    if not current_user.is_authenticated:
        return redirect(url_for("identity.sign_in", next=request.full_path))
    if not _proven_late_enough():
        return redirect(url_for("identity.confirm", next=_way_back()))
    if _asks_consent(client, scope):
        return _ask_consent(client, scope)
    begin_writing()
    return _lead_to(grants.authorize(current_user, asked, client, redirect_uri, scope))


@bp.route("/oauth/consent", methods=["POST"])
@signed_in
def consent():
    """The person's answer, to the question that `authorize` put; its address carries the same parameters."""
    asked = _asked(request.args)
    try:
        client, redirect_uri, scope = grants.ask(asked)
        if request.form.get("answer") != "allow":
            raise _error("access_denied", redirect_uri)
    except OAuth2Error as error:
        return _refuse(asked, error)
    tokens.consent(current_user, client, scope)
    return _lead_to(grants.authorize(current_user, asked, client, redirect_uri, scope))


@bp.route("/oauth/token", methods=["POST"])
@public
def token():
    """Codes, refresh tokens and proofs of applications against tokens."""
    return _json(grants.token(_asked(request.form)))


@bp.route("/oauth/introspect", methods=["POST"])
@public
def introspect():
    """Does this token hold, and for whom?"""
    return _json(grants.introspect(_asked(request.form)))


@bp.route("/oauth/revoke", methods=["POST"])
@public
def revoke():
    """End a token."""
    return _json(grants.revoke(_asked(request.form)))


@bp.route("/oauth/userinfo", methods=["GET", "POST"])
@token_needs("openid", audience=lambda: settings().base_url)
def userinfo(actor):
    """What the application may know about the person who signed in."""
    return jsonify(clients.tell(actor))


@bp.route("/oauth/logout", methods=["GET", "POST"])
@public
def logout():
    """An application's sign-out ends the sign-in here too: at once when it proves whose, else after a question."""
    leaving = _leaving()
    if not current_user.is_authenticated:
        return _lead_to(leaving.return_to or url_for("identity.sign_in"))
    if leaving.session_id == str(current_user.session_id):
        begin_writing()
        return _leave(leaving)
    return render("sign_on/sign_out.html", client=leaving.client, fields=request.values)


@bp.route("/oauth/logout/confirmed", methods=["POST"])
@signed_in
def logout_confirmed():
    """The person wants to sign out."""
    return _leave(_leaving())


def _leave(leaving):
    identity.sign_out(current_user)
    session.clear()
    flash_done(_("You are signed out"))
    return _lead_to(leaving.return_to or url_for("identity.sign_in"))


def _leaving():
    fields = request.values
    return look_at(
        hint=fields.get("id_token_hint", ""),
        client_id=fields.get("client_id", ""),
        return_to=fields.get("post_logout_redirect_uri", ""),
        state=fields.get("state", ""),
    )


# --- authorize, in parts ---------------------------------------------------------------------------------------------


def _asked(fields):
    return grants.SignOnRequest(request.method, request.path, request.headers, fields, request.remote_addr or "")


def _ensure_can_be_silent(client, redirect_uri, scope):
    """prompt=none: the application wants an answer without the person seeing a page."""
    if "none" not in _prompts():
        return
    if len(_prompts()) > 1:
        raise _error("invalid_request", redirect_uri)
    if not current_user.is_authenticated or not _proven_late_enough():
        raise _error("login_required", redirect_uri)
    if _asks_consent(client, scope):
        raise _error("consent_required", redirect_uri)


def _prompts():
    return request.args.get("prompt", "").split()


def _error(code, redirect_uri):
    return OAuth2Error(error=code, redirect_uri=redirect_uri, state=request.args.get("state"))


def _asks_consent(client, scope):
    return "consent" in _prompts() or (client.asks_consent and not tokens.consents_to(current_user, client, scope))


def _ask_consent(client, scope):
    person = identity.get_person(current_user, current_user.person_id)
    told = clients.claims_about(client, person, scope)
    rights = [clients.scope_words(one) for one in scope.split() if one not in clients.SCOPES]
    offline = "offline_access" in scope.split()
    return render("sign_on/consent.html", client=client, told=told, rights=rights, offline=offline,
                  words=clients.CLAIM_WORDS)  # fmt: skip


def _proven_late_enough():
    """prompt=login, max_age: who the person is must have been proven as lately as the application wishes."""
    proven = tokens.open_session_of(current_user)
    at = max(proven.started_at, proven.strong_at or proven.started_at).timestamp()
    since, limit = request.args.get("proven_since", ""), request.args.get("max_age", "")
    if since.isdigit():  # back from proving it: what was wished then counts
        return at >= int(since)
    return "login" not in _prompts() and (not limit.isdigit() or time.time() - at <= int(limit))


def _way_back():
    """This page, for once the person has proven again who they are."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "proven_since"]
    return f"{request.path}?{urlencode([*kept, ('proven_since', int(time.time()))])}"


def _refuse(asked, error):
    grants.refuse(current_user._get_current_object() if current_user.is_authenticated else None, asked, error)
    if error.redirect_uri:
        return _lead_to(grants.refusal_address(error))
    page = render_template("sign_on/refused.html", reason=error.description or error.error)
    return make_response(page, 400)


# --- answers ---------------------------------------------------------------------------------------------------------


def _lead_to(address):
    """On to the application. A browser that comes from one of our own forms may not be redirected off the portal
    (Content-Security-Policy, form-action), so it gets a page that leads on."""
    if request.headers.get("Sec-Fetch-Site") == "same-origin" and not address.startswith("/"):
        return render("sign_on/onward.html", address=address)
    return redirect(address, 303)


def _json(answer):
    status, body, headers = answer
    return Response(json.dumps(body) if isinstance(body, dict) else body, status, headers)


def _open_to_all(body):
    """Public data, for programmes in any browser too."""
    response = jsonify(body)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
