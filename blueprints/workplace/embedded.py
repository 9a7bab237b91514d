"""The bar in other applications' pages: one script, one answer in JSON, sign-out; for registered origins only."""

import xml.etree.ElementTree as ET
from functools import lru_cache, wraps
from urllib.parse import urlsplit

from flask import jsonify, make_response, request, send_file, session, url_for
from flask_login import current_user

from blueprints.live import open_stream
from blueprints.workplace import bp
from blueprints.workplace.shell import Shell
from portal.identity import service as identity
from portal.kernel import look as kernel_look
from portal.kernel.access import NOBODY
from portal.kernel.config import settings
from portal.kernel.errors import Forbidden
from portal.kernel.i18n import LANGUAGES, _, date_short, in_language
from portal.kernel.web import public
from portal.workflow import service as workflow
from portal.workplace import service as workplace

_SHOWN_TASKS = 5
_SCRIPT = kernel_look.ROOT / "static" / "js" / "pkip-nav.js"
_ELEMENTS = ("vendor/tabler.min.css", "css/pkip.css")


def _for_origins(view):
    """Answer the portal's own pages and registered origins, with CORS and credentials; anyone else gets nothing."""

    @wraps(view)
    def answer(**values):
        origin = _asking_origin()
        if origin is None:
            response = make_response("", 403)
        elif request.method == "OPTIONS":
            response = make_response("", 204)
        else:
            response = make_response(view(**values))
        response.vary.add("Origin")
        response.headers["Cache-Control"] = "no-store"
        if origin:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Credentials"] = "true"
            response.headers["Access-Control-Allow-Methods"] = "GET, POST"
            response.headers["Access-Control-Allow-Headers"] = "Authorization"
            response.headers["Access-Control-Max-Age"] = "600"
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    answer.access = "public"
    answer.provide_automatic_options = False
    return answer


def _asking_origin():
    """The registered origin that asks, "" for the portal's own page, None for anyone else."""
    origin = request.headers.get("Origin")
    if origin is None:
        # a page's script always names its origin elsewhere; what a foreign page merely loads names its kind of site
        own = request.method == "GET" and request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
        return "" if own else None
    if origin == _portal_origin():
        return ""
    return origin if workplace.may_embed(origin) else None


def _portal_origin():
    parts = urlsplit(request.host_url)
    return f"{parts.scheme}://{parts.netloc}"


def _reader():
    """Whom the bar is for: by an access token, by the portal's cookie, or by the bar's own."""
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    address = request.remote_addr or ""
    if kind.lower() == "bearer":
        return _behind_token(token.strip(), address)
    if current_user.is_authenticated:
        return current_user._get_current_object()
    token = workplace.token_of_bar_cookie(request.cookies.get(workplace.bar_cookie_name()))
    return (identity.resume(token, address) if token else None) or NOBODY


def _behind_token(token, address):
    """The person who signed in to the application, if IT staff let it ask for the bar (scope `bar`)."""
    try:
        told = identity.actor_for_token(token, address=address)
    except Forbidden:
        return NOBODY
    if told.person_id is None or "scope:bar" not in told.keys:
        return NOBODY
    # which places there are is the person's own matter; the token itself opens none of them
    return identity.actor_for(told.person_id, client=told.client, address=address)


@bp.route("/nav/pkip-nav.js")
@public
def script():
    """The web component. It holds no data: what it shows it asks for, and only registered origins are answered."""
    answer = send_file(_SCRIPT, mimetype="text/javascript", conditional=True, max_age=300)
    return _shared(answer)


@bp.route("/nav/elements.css")
@public
def elements_css():
    """The style sheet of the shared elements with the municipality's colours, for other applications."""
    sheets = [(kernel_look.ROOT / "static" / name).read_text() for name in _ELEMENTS]
    answer = make_response("\n".join([*sheets, workplace.look().css()]))
    answer.mimetype = "text/css"
    answer.headers["Cache-Control"] = "public, max-age=60"
    answer.add_etag()
    return _shared(answer.make_conditional(request))


@bp.route("/nav/logo/<sha256>.png")
@public
def logo(sha256):
    """The municipality's logo; the address names the content."""
    answer = make_response(workplace.logo_png(sha256))
    answer.mimetype = "image/png"
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return _shared(answer)


def _shared(answer):
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@bp.route("/nav/bar", methods=["GET", "OPTIONS"])
@_for_origins
def bar():
    """Everything the bar shows, for the person who looks at it."""
    actor = _reader()
    language = request.args.get("lang") or actor.language
    language = language if language in LANGUAGES else "lv"
    with in_language(language):
        return jsonify(_bar(Shell(actor, language, fresh=True), actor))


@bp.route("/live/bar", methods=["GET", "OPTIONS"])
@_for_origins
def bar_stream():
    """What changes of the bar: the same stream as pages have, for registered origins."""
    actor = _reader()
    if not actor.is_authenticated:
        return "", 204  # tells the browser not to try again
    return open_stream([workplace.TOPIC, f"person:{actor.person_id}"], request.args.get("since", ""))


@bp.route("/nav/sign-out", methods=["POST", "OPTIONS"])
@_for_origins
def sign_out():
    """End the person's session from another application's page."""
    actor = _reader()
    if actor.session_id:
        identity.sign_out(actor)
    session.clear()
    return jsonify(location=url_for("identity.sign_in", _external=True))


def _bar(shell, actor):
    look = shell.look
    found = {
        "name": look.name or settings().municipality,
        "home": url_for("workplace.home", _external=True),
        "logo": url_for("workplace.logo", sha256=look.logo, _external=True)
        if look.logo
        else url_for("static", filename="img/icon.svg", _external=True),
        "colours": look.colours,
        "language": shell.language,
        "banners": [{"text": one.text, "level": one.level, "words": str(one.level_words)} for one in shell.banners],
        "person": None,
        "madeAt": kernel_look.made_at(),
        "signIn": url_for("identity.sign_in", _external=True),
        "words": {
            "menu": _("Menu"),
            "bar": _("Main menu"),
            "work": _("My work"),
            "nothing": _("Nothing waits for you."),
            "late": _("late"),
            "all": _("All my work"),
            "search": _("Search"),
            "signIn": _("Sign in"),
            "signOut": _("Sign out"),
            "profile": _("Profile"),
        },
        "icons": {name: _shapes(name) for name in ("menu-2", "bell", "search", "user-circle", "login")},
    }
    if not actor.is_authenticated:
        return found
    work = workflow.my_work(actor)
    urgent = [*work.late, *work.today, *work.week, *work.later]
    counts = {"work": work.total, "late": len(work.late)}
    return found | {
        "person": actor.name,
        "items": [
            {
                "label": item.label,
                "href": url_for(item.endpoint, _external=True) if item.endpoint else item.url,
                "icon": _shapes(item.icon),
                "count": counts.get(item.badge, 0),
                "note": item.note,
            }
            for item in shell.navigation
        ],
        "work": {
            **counts,
            "href": url_for("workplace.home", _external=True),
            "tasks": [
                {
                    "title": task.title,
                    "kind": str(task.kind_name),
                    "due": date_short(task.due_on),
                    "late": task in work.late,
                    "href": url_for("workflow.task", task_id=task.id, _external=True),
                }
                for task in urgent[:_SHOWN_TASKS]
            ],
        },
        "search": url_for("search.results", _external=True) if actor.can("search.use") else None,
        "profile": url_for("identity.profile", _external=True),
        "signOut": url_for("workplace.sign_out", _external=True),
        "stream": url_for("workplace.bar_stream", _external=True),
    }


@lru_cache
def _shapes(name):
    """An icon as [[element, attributes]]: the script builds it without reading markup."""
    return [[child.tag.rpartition("}")[2], dict(child.attrib)] for child in ET.fromstring(str(kernel_look.icon(name)))]  # noqa: S314 - our own icons
