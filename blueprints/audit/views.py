"""The log as sentences, its seal, its verification, its proofs (6.1)."""

import csv
import io
import json
import uuid
from pathlib import Path

from flask import Response, request, send_file, stream_with_context
from flask_login import current_user

from blueprints.audit import bp
from blueprints.audit.forms import RESULTS, EraseForm, FilterForm
from portal.audit import keys, policy, sentences, verify_proof
from portal.audit import service as audit
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _, ngettext
from portal.kernel.web import flash_done, go_to, is_htmx, needs, public, render


@bp.context_processor
def words():
    """What the templates of this area share."""
    return {"sentences": sentences, "results": RESULTS, "counted": _counted}


@bp.route("")
@needs("audit.read")
def index():
    """Sentences, newest first, with filters from the URL; HTMX asks for the rows after a cursor."""
    form = FilterForm(request.args)
    filters = form.filters() if form.validate() else None
    page = audit.list_records(current_user, filters, request.args.get("after"))
    names = _names(page.rows)
    chosen = {name: value for name, value in request.args.items() if name != "after" and value}
    context = {"page": page, "names": names, "chosen": chosen}
    if is_htmx() and request.args.get("after"):
        return render("audit/_rows.html", **context)
    return render("audit/list.html", form=form, state=audit.state(current_user), findings=_findings(limit=20),
                  **context)  # fmt: skip


@bp.route("/seal")
@needs("audit.read")
def seal():
    """The seal of the log in words; fetched again while a verification runs."""
    return render("audit/seal.html", partial="audit/_seal.html", state=audit.state(current_user),
                  findings=_findings(limit=20))  # fmt: skip


@bp.route("/verify", methods=["POST"])
@needs("audit.read")
def verify():
    """Begin a verification; its progress shows on the page."""
    audit.request_verification(current_user)
    if is_htmx():
        return render("audit/_seal.html", state=audit.state(current_user), findings=[])
    return go_to("audit.index")


@bp.route("/verifications/<uuid:verification_id>")
@needs("audit.read")
def verification(verification_id):
    """All that one verification found, by name."""
    run = audit.get_verification(current_user, verification_id)
    return render("audit/verification.html", run=run, findings=[audit.Finding.load(kept) for kept in run.findings])


@bp.route("/records/<uuid:record_id>")
@needs("audit.read")
def show(record_id):
    """One record: its sentence, who, from where, old and new values, proof."""
    return _record_page(record_id, EraseForm())


@bp.route("/records/<uuid:record_id>/erase", methods=["POST"])
@needs("audit.read")
def erase(record_id):
    """Erase the personal data of the record; what proves it stays."""
    form = EraseForm()
    if form.validate_on_submit():
        try:
            audit.erase_personal(current_user, record_id, form.reason.data)
            flash_done(_("The personal data are erased; the record can still be proven"))
            return go_to("audit.show", record_id=record_id)
        except Invalid as error:
            form.attach(error)
    return _record_page(record_id, form, status=422)


@bp.route("/records/<uuid:record_id>/proof")
@needs("audit.read")
def proof(record_id):
    """The proof file of one record."""
    return _proof_file(audit.proof(current_user, record_id), str(record_id))


@bp.route("/proof")
@needs("audit.read")
def object_proof():
    """The proof file of everything about one object."""
    kind, object_id = request.args.get("object_kind", ""), request.args.get("object_id", "")
    return _proof_file(audit.proof_for(current_user, kind, object_id), "".join(
        letter for letter in f"{kind}-{object_id}" if letter.isalnum() or letter in "-_"))  # fmt: skip


@bp.route("/export.csv")
@needs("audit.read")
def export():
    """The filtered list as CSV, streamed (LAW-148)."""
    form = FilterForm(request.args)
    if not form.validate():
        raise Invalid(_("Correct the filters first"))
    rows = audit.iter_records(current_user, form.filters())
    response = Response(stream_with_context(_csv(rows)), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="audits-{clock.today():%Y-%m-%d}.csv"'
    return response


@bp.route("/verify_proof.py")
@public
def verifier_script():
    """The script with which an outsider checks a proof file."""
    return send_file(Path(verify_proof.__file__), mimetype="text/x-python", as_attachment=True,
                     download_name="verify_proof.py")  # fmt: skip


@bp.route("/key")
@public
def public_key():
    """The public key of the log, for outsiders."""
    return Response(f"{keys.verifier()}\n", mimetype="text/plain; charset=utf-8")


def _record_page(record_id, form, status=200):
    row = audit.get_record(current_user, record_id)
    return render("audit/show.html", status=status, row=row, names=_names([row]), form=form,
                  may_erase=bool(policy.can_erase(current_user)) and row.personal is not None)  # fmt: skip


def _counted(number):
    """12 480 records, with a space that does not break the line."""
    return ngettext("%(count)s record", "%(count)s records", number, count=f"{number:,}".replace(",", "\u00a0"))


def _names(rows):
    ids = {uuid.UUID(row.on_behalf_of_id) for row in rows if row.on_behalf_of_id}
    return {str(key): name for key, name in identity.names_of(ids).items()} if ids else {}


def _findings(limit):
    run = audit.latest_verification()
    return [audit.Finding.load(kept) for kept in run.findings[:limit]] if run else []


def _proof_file(content, name):
    response = Response(json.dumps(content, ensure_ascii=False, indent=1), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="proof-{name}.json"'
    return response


def _csv(rows):
    """Lines of the export: semicolons, as Latvian office programs expect, and a mark that says UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")
    yield "\ufeff"
    writer.writerow(["number", "at", "sentence", "action", "person", "on_behalf_of", "client", "address", "object_kind",
                     "object_id", "label", "old", "new", "purpose", "legal_basis", "result", "reason",
                     "id"])  # fmt: skip
    for row in rows:
        writer.writerow([_safe(value) for value in (
            row.number or "", f"{clock.local(row.at):%Y-%m-%d %H:%M:%S}", sentences.sentence(row), row.action,
            row.person_name, row.on_behalf_of_id, row.client, row.address, row.object_kind, row.object_id, row.label,
            row.old_json, row.new_json, row.purpose, row.legal_basis, row.result, row.reason, row.id,
        )])  # fmt: skip
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _safe(value):
    """A cell that a spreadsheet does not take for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
