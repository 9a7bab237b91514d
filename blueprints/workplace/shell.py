"""The shell around every page, and the start page „Mans darbs”."""

from functools import cached_property

from flask import Response, request, session
from flask_login import current_user

from blueprints.workplace import bp
from portal.council import service as council
from portal.identity import service as identity
from portal.identity.web_session import COOKIE_KEY
from portal.kernel.config import settings
from portal.kernel.i18n import LANGUAGES, language
from portal.kernel.web import public, render, signed_in
from portal.workflow import service as workflow
from portal.workplace import service as workplace
from portal.workplace.models import Board


class Shell:
    """What stands around a page; each part is asked for only where it is shown."""

    def __init__(self, actor, language, fresh=False):
        self.actor, self.language, self.fresh = actor, language, fresh

    @cached_property
    def boards(self):
        return workplace.in_force(self.fresh)

    @cached_property
    def look(self):
        return workplace.look_of(self.boards[Board.LOOK])

    @cached_property
    def navigation(self):
        if not self.actor.is_authenticated:
            return []
        return workplace.navigation(self.actor, self.language, self.boards[Board.NAVIGATION].content)

    @cached_property
    def banners(self):
        return workplace.banners(self.actor, self.language, self.boards[Board.BANNERS].content)

    @cached_property
    def counts(self):
        return workplace.counts(self.actor, self.fresh)

    @cached_property
    def acting_for(self):
        """The name of the person for whom the actor acts."""
        return identity.names_of([self.actor.on_behalf_of_id]).get(self.actor.on_behalf_of_id, "")

    @property
    def topics(self):
        """What the bar listens to: its own changes, and what comes for this person."""
        return f"{workplace.TOPIC} person:{self.actor.person_id}"


@bp.route("/")
@signed_in
def home():
    """What waits for me, by urgency, and the coming sessions."""
    return render(
        "workplace/home.html",
        partial="workflow/_work.html",
        work=workflow.my_work(current_user),
        sessions=council.coming_sessions(current_user) if current_user.can("council.read") else [],
    )


@bp.route("/help")
@public
def help_page():
    """How to find one's way, keyboard included."""
    return render("workplace/help.html")


@bp.route("/shell")
@signed_in
def fresh():
    """The bar, the banners and the look anew, for a page that is open; `at`: the page's path."""
    shell = Shell(current_user, language(), fresh=True)
    return render("workplace/_fresh.html", here=request.args.get("at", ""), shell=shell)


@bp.route("/look/<int:number>.css")
@public
def look_css(number):
    """The colours of one version of the look; versions never change."""
    answer = Response(workplace.look_at(number).css(), mimetype="text/css")
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


@bp.app_context_processor
def around():
    """What the base template needs on every page."""
    return {
        "shell": Shell(current_user, language()),
        "actor": current_user,
        "own": settings(),
        "languages": LANGUAGES,
        "language": language(),
    }


@bp.after_app_request
def keep_bar_cookie(response):
    """Over https, whoever is signed in also gets the cookie by which the bar knows them in other sites' pages."""
    own = settings()
    if not own.secure_cookies or response.cache_control.public or response.status_code >= 400:
        return response  # what caches may keep depends on no cookie
    name, token = workplace.bar_cookie_name(), session.get(COOKIE_KEY)
    held = request.cookies.get(name)
    if token and workplace.token_of_bar_cookie(held) != token:
        response.set_cookie(name, workplace.bar_cookie(token), secure=True, httponly=True, samesite="None")
    elif held and request.endpoint in ("identity.sign_out", "workplace.sign_out"):
        response.delete_cookie(name, secure=True, httponly=True, samesite="None")
    return response
