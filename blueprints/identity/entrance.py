"""What the views of signing in share: the cookie, the way back, and who stands in the doorway."""

from functools import wraps
from urllib.parse import urlsplit

from flask import redirect, request, session, url_for
from flask_login import current_user

from portal.identity import service as identity
from portal.identity.service import factors
from portal.identity.web_session import COOKIE_KEY
from portal.kernel import clock
from portal.kernel.i18n import _, date_short
from portal.kernel.web import flash_done, go_to

KEPT = ("language", "look")  # what outlives signing in and out: nothing else from before is trusted


def enter(token, target):
    """Put the new session into the cookie and go where the person wanted, or to the step that is missing."""
    kept = {name: session[name] for name in KEPT if name in session}
    session.clear()
    session[COOKIE_KEY] = token
    session.update(kept)
    return go_on(target)


def go_on(target):
    """To the next step of signing in, or in; who will have to have a second factor soon is told so."""
    if waiting():
        return go_to("identity.step", next=target or None)
    actor = identity.resume(session.get(COOKIE_KEY) or "", request.remote_addr or "")
    if actor is not None and not factors.holds_factor(actor.person_id):
        due = factors.required_from(actor.person_id, actor.address)
        if due and due > clock.today():
            flash_done(
                _(
                    "From %(day)s your role signs in with a second factor: set it up in your profile",
                    day=date_short(due),
                )
            )
    return redirect(own_page(target), 303)


def waiting():
    """(actor, session) of a sign-in that has steps to do, or None."""
    token = session.get(COOKIE_KEY)
    return identity.waiting(token, request.remote_addr or "") if token else None


def entering(*steps):
    """The view is for whoever waits at one of these steps, and gets (actor, session). "inside" among them lets in those
    who are signed in too; their session is None."""

    def decorate(view):
        @wraps(view)
        def wrapper(**kwargs):
            if "inside" in steps and current_user.is_authenticated:
                return view(current_user._get_current_object(), None, **kwargs)
            found = waiting()
            if found is None:
                return redirect(url_for("identity.sign_in"))
            if found[1].waits_for not in steps:
                return go_to("identity.step", next=request.args.get("next"))
            return view(*found, **kwargs)

        wrapper.access = "signed_in"
        return wrapper

    return decorate


def origin() -> str:
    """The origin that the browser shows, which passkeys are tied to."""
    return request.host_url.rstrip("/")


def own_page(target):
    """Only a path of this portal: a link must not lead away after signing in."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or urlsplit(target).netloc:
        return url_for("workplace.home")
    return target
