"""The browser's way to a provider and back, signing out everywhere, and one's own links (1.4)."""

from flask import jsonify, make_response, redirect, request, session, url_for
from flask_login import current_user

from blueprints.federation import bp
from blueprints.identity.entrance import enter, own_page
from portal.identity.models import Purpose, RequestState
from portal.identity.service import federation
from portal.kernel.i18n import _
from portal.kernel.web import begin_writing, flash_done, go_to, public, render, signed_in

KEPT = "federation"  # where the browser's session keeps the secret of the journey under way


def offers():
    """What the sign-in page offers beside the password."""
    return federation.open_providers()


@bp.route("/federation/<key>/start")
@public
def start(key):
    """Off to the provider. A link and no form: the browser would not let a form lead to another site."""
    if current_user.is_authenticated:
        return go_to("workplace.home")
    federation.prepare(key)
    begin_writing()
    sent = federation.begin(current_user, key, _address(), own_page(request.args.get("next")))
    session[KEPT] = sent.secret
    return redirect(sent.url)


@bp.route("/federation/<key>/acs", methods=["POST"])
@public
def acs(key):
    """A SAML answer. It comes from the provider's page, so without our cookie: who began is asked on the next page."""
    federation.prepare(key)
    form = request.form
    federation.receive_saml(key, form.get("SAMLResponse", ""), form.get("RelayState", ""), _address())
    return redirect(url_for("federation.finish"), 303)


@bp.route("/federation/<key>/callback")
@public
def callback(key):
    """OpenID Connect's answer."""
    begin_writing()
    asked = request.args.get
    federation.receive_code(key, asked("state"), asked("code"), asked("iss"), asked("error"), _address())
    return redirect(url_for("federation.finish"), 303)


@bp.route("/federation/finish", methods=["GET", "POST"])
@public
def finish():
    """The last step, in the browser that began: signs in as soon as the answer is there; asks before linking."""
    secret = session.get(KEPT)
    if request.method == "GET":
        return render("federation/finish.html", journey=federation.look(secret))
    outcome = federation.finish(current_user, secret, _address(), request.user_agent.string)
    if outcome.state != RequestState.DONE:
        return render("federation/finish.html", journey=outcome)
    if outcome.purpose == Purpose.LINK:
        session.pop(KEPT, None)
        flash_done(_("The account is linked"))
        return go_to("federation.links")
    return enter(outcome.token, outcome.next)


# --- signing out ------------------------------------------------------------------------------------------------------


def leaving(url, name):
    """The page that leads on to the provider: it goes by itself."""
    return render("federation/leaving.html", url=url, name=name)


@bp.route("/federation/<key>/slo")
@public
def slo(key):
    """SAML's sign-out: the provider asks us to end sessions, or answers that it ended its own."""
    federation.prepare(key)
    begin_writing()
    query = request.query_string.decode("ascii", "replace")
    if "SAMLRequest" in request.args:
        return redirect(federation.end_for_saml(key, query, request.args.get("RelayState", ""), _address()))
    ended = federation.left(None, key, query, _address())
    return redirect(url_for("federation.left", all="yes" if ended else "no"))


@bp.route("/federation/left")
@public
def left():
    """Signed out there too, or not."""
    if request.args.get("state"):
        begin_writing()
        federation.left(request.args["state"], address=_address())
        return redirect(url_for("federation.left", all="yes"))
    return render("federation/left.html", everywhere=request.args.get("all") == "yes")


@bp.route("/federation/<key>/backchannel", methods=["POST"])
@public
def backchannel(key):
    """OpenID Connect's sign-out from the provider's server."""
    federation.end_for_oidc(key, request.form.get("logout_token", ""), _address())
    return "", 200


# --- what providers read ----------------------------------------------------------------------------------------------


@bp.route("/federation/<key>/metadata")
@public
def metadata(key):
    """Our SAML metadata."""
    _make_key()
    response = make_response(federation.our_metadata(key))
    response.content_type = "application/samlmetadata+xml"
    return response


@bp.route("/federation/keys.json")
@public
def keys():
    """Our public keys."""
    _make_key()
    return jsonify(federation.keys.published())


def _make_key():
    """The first time, our key is made: only then does reading it write."""
    if federation.keys.current_or_none() is None:
        begin_writing()


# --- one's own links --------------------------------------------------------------------------------------------------


@bp.route("/profile/federation")
@signed_in
def links():
    """Which outside identities are mine."""
    mine = federation.list_links(current_user, person_id=current_user.person_id)
    linked = {link.provider_id for link, _person in mine}
    offered = [provider for provider in federation.open_providers() if provider.id not in linked]
    return render("federation/links.html", links=[link for link, _person in mine], offered=offered)


@bp.route("/profile/federation/<key>/link", methods=["POST"])
@signed_in
def link(key):
    """Prove an outside identity, to sign in with it from now on."""
    sent = federation.begin(current_user, key, _address(), link=True)
    session[KEPT] = sent.secret
    return leaving(sent.url, federation.offered(key).name)


@bp.route("/profile/federation/<uuid:link_id>/unlink", methods=["POST"])
@signed_in
def unlink(link_id):
    """This identity is mine no longer."""
    federation.unlink(current_user, link_id)
    flash_done(_("The link is removed"))
    return go_to("federation.links")


def _address():
    return request.remote_addr or ""
