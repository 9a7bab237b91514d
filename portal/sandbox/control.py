"""The sandbox's own page: what arrived, send something in, break a system on purpose, move the clock."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for

from portal.sandbox import csc, sign_on, vus
from portal.sandbox.store import store
from portal.sandbox.vus import post

bp = Blueprint("control", __name__)

RIGA = ZoneInfo("Europe/Riga")
SHOWN = 50
MODES = {
    "slow": "Atbild lēni",
    "down": "Nedarbojas (503)",
    "refuse": "Atsaka ar kodu",
    "lose_answer": "Paveic, bet atbilde pazūd",
    "repeat": "Atkārto ziņojumus un paziņojumus",
    "out_of_order": "Jauc secību",
    "garbage": "Atbild ar nesakarīgu saturu",
    "corrupt": "Sabojā datnes",
    "cut": "Pārtrauc savienojumu",
}
SCRIPTS = {
    "accept": "Pieņem",
    "refuse": "Noraida",
    "never": "Neatver",
    "no_account": "Nav konta",
    "full": "Pastkaste ir pilna",
}

_SECONDS = re.compile(r"\d{1,3}([.,]\d+)?")
_WHOLE = re.compile(r"\d{1,6}")


@dataclass(frozen=True)
class Field:
    """A switch beside the fault. setting: its name in the store; read: text to the value that is kept."""

    setting: str
    label: str
    default: str
    shape: re.Pattern
    read: Callable
    may_be_empty: bool = False


@dataclass(frozen=True)
class System:
    """What can be switched of a system. faults: value of the setting `<key>.fault` to its words."""

    name: str
    faults: dict[str, str]
    fields: tuple[Field, ...]


def _seconds(text):
    return float(text.replace(",", "."))


WORKS = {"": "Darbojas"}
BEHIND_GATEWAY = {
    **WORKS, "slow": "Atbild lēni", "down": "Nedarbojas (503)", "unauthorised": "Nepieņem pilnvaru (401)",
    "forbidden": "Nav abonementa (403)", "throttled": "Pārāk daudz pieprasījumu (429)",
    "garbage": "Atbild ar nesakarīgu saturu", "lost": "Paveic, bet atbilde pazūd (504)",
}  # fmt: skip
SYSTEMS = {
    "csc": System(
        "Parakstīšanas serviss",
        {**WORKS, "slow": "Atbild lēni", "down": "Nedarbojas (503)", "refuses": "Atsaka kontam",
         "garbage": "Atbild ar nederīgu parakstu"},
        (Field("csc.pin", "PIN visiem", "1234", re.compile(r"\d{4,12}"), str),
         Field("csc.slow_s", "Sekundes (ja atbild lēni)", "3", _SECONDS, _seconds)),
    ),
    "tsa": System(
        "Laika zīmogi",
        {**WORKS, "slow": "Atbild lēni", "down": "Nedarbojas (503)", "refuses": "Atsaka",
         "garbage": "Atbild ar nesakarīgu saturu", "wrong": "Apzīmogo citus datus"},
        (Field("tsa.slow_s", "Sekundes (ja atbild lēni)", "3", _SECONDS, _seconds),),
    ),
    "ocsp": System(
        "Sertifikātu stāvoklis (OCSP)",
        {**WORKS, "slow": "Atbild lēni", "down": "Nedarbojas (503)", "refuses": "Atsaka",
         "garbage": "Atbild ar nesakarīgu saturu", "unknown": "Nepazīst nevienu sertifikātu"},
        (Field("ocsp.slow_s", "Sekundes (ja atbild lēni)", "3", _SECONDS, _seconds),),
    ),
    "pspp": System(
        "PSPP",
        {**BEHIND_GATEWAY, "refuse": "Noraida ierakstu (422)"},
        (Field("pspp.fault_times", "Cik pieprasījumu (tukšs: līdz izslēgšanai)", "", _WHOLE, int, may_be_empty=True),
         Field("pspp.slow_s", "Sekundes (ja atbild lēni)", "2", _SECONDS, _seconds),
         Field("pspp.retry_after_s", "Pēc cik sekundēm mēģināt vēlreiz (429)", "7", _WHOLE, int)),
    ),
    "vpvkac": System(
        "VPVKAC IS",
        {**BEHIND_GATEWAY, "corrupt": "Sabojā datnes", "repeat": "Rāda saņemtos pieteikumus vēlreiz"},
        (Field("vpvkac.fault_times", "Cik pieprasījumu (tukšs: līdz izslēgšanai)", "", _WHOLE, int, may_be_empty=True),
         Field("vpvkac.slow_s", "Sekundes (ja atbild lēni)", "2", _SECONDS, _seconds)),
    ),
    "saml": System(
        "Pieslēgšanās ar latvija.lv (SAML)",
        {**WORKS, **sign_on.SAML_FAULTS},
        (Field("saml.level", "Identitātes pārbaudes līmenis (1–4)", "4", re.compile(r"[1-4]"), int),),
    ),
    "oidc": System(
        "Pieslēgšanās ar VPVKAC IS (OpenID Connect)",
        {**WORKS, **sign_on.OIDC_FAULTS},
        (Field("oidc.level", "Identitātes pārbaudes līmenis (1–4)", "4", re.compile(r"[1-4]"), int),),
    ),
    "gateway": System(
        "VISS vārteja",
        {**WORKS, "down": "Neizsniedz pilnvaras (503)"},
        (Field("gateway.token_life_s", "Pilnvaras mūžs sekundēs", "3600", _WHOLE, int),),
    ),
}  # fmt: skip


@bp.before_request
def same_origin():
    """Forms of other sites must not steer the sandbox."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin and origin != "null" and urlsplit(origin).netloc != request.host:
        abort(403)


@bp.after_request
def headers(response):
    """As strict as the portal's own pages."""
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data:; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


@bp.get("/")
def home():
    """Everything on one page."""
    post.advance(store())
    return _page()


def _page(error="", status=200):
    s, instance = store(), current_app.extensions["sandbox.instance"]
    return render_template(
        "sandbox/control.html",
        error=error,
        typed=request.form,
        now=post.now(s),
        local=_local,
        modes=MODES,
        scripts=SCRIPTS,
        sent=list(reversed(post.sent(s)))[:SHOWN],
        inbox=list(reversed(s.list("vus.inbox")))[:SHOWN],
        notices=len(s.list("vus.notice")),
        calls=list(reversed(s.list("vus.call")))[:20],
        faults=s.setting("vus.faults", []),
        recipients=s.list("vus.recipient"),
        mtom=s.setting("vus.mtom", False),
        sender_full=s.setting("vus.sender_full", False),
        delay_s=s.setting("vus.delay_s", 0.5),
        pspp=list(reversed(s.list("pspp.instance")))[:SHOWN],
        offset_s=s.setting("clock_offset_s", 0),
        can_move=instance is not None,
        operations=sorted(vus.operations.OPERATIONS),
        systems=SYSTEMS,
        system_faults={key: s.setting(f"{key}.fault", "") for key in SYSTEMS},
        switch=lambda field: _shown(s.setting(field.setting, field.default)),
        sign_on_calls=list(reversed(s.list("sign_on.call")))[:20],
        outside_sessions=[(key, kept, "saml") for key, kept in s.list("sign_on.session")]
        + [(key, kept, "oidc") for key, kept in s.list("sign_on.oidc_session")],
        locked=[card for card, tries in s.list("csc.tries") if tries["wrong"] >= csc.MOST_TRIES],
    ), status


def _shown(value):
    return "" if value is None else str(value).removesuffix(".0").replace(".", ",")


def _local(text):
    """24.11.2026 10:15 in Riga, from the store's UTC text."""
    return datetime.fromisoformat(text).astimezone(RIGA).strftime("%d.%m.%Y %H:%M:%S")


def _done(message):
    flash(message)
    return redirect(url_for("control.home"), 303)


@bp.post("/send")
def send():
    """Send a message into the municipality."""
    form = request.form
    sender, title = form.get("sender", "").strip(), form.get("title", "").strip()
    if not re.fullmatch(r"[A-Za-z0-9._-]+@[A-Za-z0-9._-]+", sender):
        return _page("Sūtītāja e-adresei jāizskatās kā _PRIVATE@32000000001", 422)
    if not title:
        return _page("Ziņojumam vajadzīgs nosaukums", 422)
    files = [
        (f.filename, f.mimetype or "application/octet-stream", f.read())
        for f in request.files.getlist("files")
        if f.filename
    ]
    if any(not data for _name, _mime, data in files):
        return _page("Tukšas datnes e-adrese nepieņem", 422)
    name = form.get("sender_name", "").strip()
    given, _space, family = name.rpartition(" ")
    person = {"given_name": given, "surname": family} if sender.upper().startswith("_PRIVATE@") and given else None
    message_id = post.deliver(
        store(),
        sender=sender,
        sender_name=name,
        personal=person,
        title=title,
        files=files,
        description=form.get("description", "").strip(),
        service_code=form.get("service_code", "").strip() or None,
        kind="DOC_EMPTY" if form.get("kind") == "DOC_EMPTY" else "DOC_APPLICATION",
        reply_to=form.get("reply_to", "").strip(),
    )
    return _done(f"Ziņojums {message_id} gaida pašvaldības pastkastē")


@bp.post("/fault")
def fault():
    """Switch a fault of the e-address on."""
    form = request.form
    if form.get("mode") not in MODES:
        return _page("Izvēlieties traucējumu", 422)
    times = form.get("times", "").strip()
    seconds = form.get("seconds", "").strip().replace(",", ".") or "2"
    if (times and not times.isdigit()) or not re.fullmatch(r"\d{1,3}(\.\d+)?", seconds):
        return _page("Reižu skaitam un sekundēm jābūt skaitļiem", 422)
    vus.switch_fault(
        store(),
        form["mode"],
        operation=form.get("operation") or None,
        times=int(times) if times else None,
        seconds=float(seconds),
        code=form.get("code", "").strip() or "BL.PSS.060",
        receiver="receiver" in form,
    )
    return _done(f"Ieslēgts traucējums: {MODES[form['mode']]}")


@bp.post("/fault/clear")
def clear_faults():
    """Everything works again."""
    vus.clear_faults(store())
    return _done("Traucējumi izslēgti")


@bp.post("/systems/<key>")
def system(key):
    """Break or mend signing, time stamps, PSPP or the gateway, and set how they behave."""
    chosen = SYSTEMS.get(key) or abort(404)
    fault, values = request.form.get("fault", ""), {}
    if fault not in chosen.faults:
        return _page("Izvēlieties traucējumu", 422)
    for field in chosen.fields:
        text = request.form.get(field.setting, "").strip()
        if not text and field.may_be_empty:
            values[field.setting] = None
        elif field.shape.fullmatch(text):
            values[field.setting] = field.read(text)
        else:
            return _page(f"{chosen.name}: nederīga vērtība laukā „{field.label}”", 422)
    for name, value in values.items():
        store().set_setting(name, value)
    store().set_setting(f"{key}.fault", fault)
    return _done(f"{chosen.name}: {chosen.faults[fault]}")


@bp.post("/unlock")
def unlock():
    """Cards locked by wrong PINs can sign again."""
    csc.unlock(store())
    return _done("Kartes ir atbloķētas")


@bp.post("/recipient")
def recipient():
    """How a recipient behaves from now on."""
    form = request.form
    address = form.get("address", "").strip()
    if "@" not in address or form.get("script") not in SCRIPTS:
        return _page("Norādiet e-adresi un tās rīcību", 422)
    post.script(store(), address, form["script"], code=form.get("code", "").strip(), text=form.get("text", "").strip())
    return _done(f"{address}: {SCRIPTS[form['script']]}")


@bp.post("/options")
def options():
    """How the e-address answers in general."""
    delay = request.form.get("delay_s", "").strip().replace(",", ".")
    if not re.fullmatch(r"\d{1,5}(\.\d+)?", delay):
        return _page("Aizkavei jābūt skaitlim", 422)
    store().set_setting("vus.delay_s", float(delay))
    store().set_setting("vus.mtom", "mtom" in request.form)
    store().set_setting("vus.sender_full", "sender_full" in request.form)
    return _done("Iestatījumi saglabāti")


@bp.post("/clock")
def clock():
    """Move the instance's clock, and the sandbox's with it, to so many days and hours from the real time."""
    from portal.kernel import clock as portal_clock

    instance = current_app.extensions["sandbox.instance"]
    if instance is None:
        return _page("Šai videi nav piesaistītas instances, kuras pulksteni bīdīt", 422)
    days, hours = (request.form.get(name, "").strip() or "0" for name in ("days", "hours"))
    if not all(re.fullmatch(r"-?\d{1,4}", value) for value in (days, hours)):
        return _page("Dienām un stundām jābūt veseliem skaitļiem", 422)
    seconds = int(days) * 86400 + int(hours) * 3600
    with instance.app_context():
        portal_clock.set_offset(seconds)
    store().set_setting("clock_offset_s", seconds)
    return _done("Pulkstenis pārbīdīts" if seconds else "Pulkstenis rāda īsto laiku")


@bp.get("/vus/<message_id>/files/<int:n>")
def file(message_id, n):
    """A file of a message that arrived from or waits for the municipality."""
    record = store().get("vus.sent", message_id) or store().get("vus.inbox", message_id)
    if record is None or n >= len(record["files"]):
        abort(404)
    entry = record["files"][n]
    response = Response(store().blob_get(entry["sha"]), content_type="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=entry["name"])
    return response
