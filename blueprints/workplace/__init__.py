"""The shell around every page, and the start page „Mans darbs”."""

from flask import Blueprint
from flask_login import current_user

from portal.council import service as council
from portal.kernel.config import settings
from portal.kernel.i18n import LANGUAGES, language
from portal.kernel.web import public, render, signed_in
from portal.workflow import service as workflow
from portal.workplace import service as workplace

bp = Blueprint("workplace", __name__)


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


@bp.app_context_processor
def shell():
    """What the base template needs on every page."""
    return {
        "navigation": workplace.navigation(current_user) if current_user.is_authenticated else [],
        "actor": current_user,
        "own": settings(),
        "languages": LANGUAGES,
        "language": language(),
    }
