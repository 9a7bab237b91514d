"""The factory: settings, extensions, blueprints, jobs, wiring. The one file that knows everyone."""

import importlib
from pathlib import Path

import structlog
from apiflask import APIFlask
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from sqlalchemy.pool import NullPool

from portal.kernel import config, events, i18n, live, web
from portal.kernel.db import db

ROOT = Path(__file__).resolve().parent.parent
AREAS = (
    "identity",
    "audit",
    "storage",
    "search",
    "store",
    "documents",
    "workflow",
    "signing",
    "exchange",
    "cases",
    "council",
    "workplace",
    "admin",
)
BLUEPRINTS = (
    "errors",
    "live",
    "identity",
    "federation",
    "sign_on",
    "workplace",
    "documents",
    "archive",
    "search",
    "workflow",
    "flows",
    "control",
    "signing",
    "exchange",
    "cases",
    "council",
    "public",
    "oparl",
    "audit",
    "admin",
    "people",
    "directory",
    "storage",
    "docs",
    "store",
    "api",
)
JOB_MODULES = (
    "kernel",
    "identity",
    "directory",
    "storage",
    "store",
    "search",
    "documents",
    "exchange",
    "workflow",
    "control",
    "signing",
    "cases",
    "council",
    "audit",
    "workplace",
)


def create_app(settings=None):
    """One instance's application. settings: by default from the environment."""
    settings = settings or config.Settings.from_env()
    app = APIFlask(
        "pkip", docs_path=None, spec_path=None, root_path=str(ROOT), template_folder="templates", static_folder="static"
    )
    app.extensions["pkip.settings"] = settings
    app.extensions["pkip.clock"] = {}
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 30, "max_overflow": 30, "pool_timeout": 30},
        SQLALCHEMY_BINDS={"aside": {"url": settings.database_url, "poolclass": NullPool}},
        SESSION_COOKIE_NAME=f"pkip_{settings.name}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        MAX_CONTENT_LENGTH=settings.max_upload_bytes,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        TESTING=settings.testing,
        SEND_FILE_MAX_AGE_DEFAULT=31536000,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.json.sort_keys = False
    db.init_app(app)
    i18n.init_app(app, ROOT / "portal" / "translations")
    web.init_app(app)
    CSRFProtect(app)
    app.extensions["pkip.live"] = live.Broadcaster(app)
    _log_as_lines(settings)
    _load(app)
    return app


def _load(app):
    """Tables, routes, jobs and reactions, in this order."""
    for area in AREAS:
        importlib.import_module(f"portal.{area}.models")
    manager = LoginManager(app)
    from portal.identity import web_session

    web_session.init_app(app, manager)
    for name in BLUEPRINTS:
        module = importlib.import_module(f"blueprints.{name}")
        if hasattr(module, "bp"):
            app.register_blueprint(module.bp)
        if hasattr(module, "init_app"):
            module.init_app(app)
    for name in JOB_MODULES:
        importlib.import_module(f"jobs.{name}")
    from portal import wiring
    from portal.search import service as search

    events.wire(wiring.TOGETHER, wiring.LATER)
    search.follow(wiring.FOLLOWED, wiring.TOLD)
    search.wire(wiring.VEILS, wiring.CLOSED_LEVELS, wiring.FOUND_NAMES)


def _log_as_lines(settings):
    """One JSON line per record; readable lines while testing."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=False) if settings.testing else structlog.processors.JSONRenderer(),
        ]
    )
