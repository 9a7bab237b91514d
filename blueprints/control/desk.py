"""The radar of terms with its bulk acts, documents under control, and the card of control."""

import csv
import io
import uuid

from flask import Response, request, stream_with_context, url_for
from flask_login import current_user

from blueprints.control import bp
from blueprints.control.forms import BulkExtendForm, BulkGiveForm, BulkRemindForm, ControlForm, ReasonForm
from blueprints.control.looks import of_document
from portal.documents import service as documents
from portal.documents.words import DIRECTIONS, KINDS, RULES
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _, _l, ngettext
from portal.kernel.web import flash_done, go_to, is_htmx, needs, render
from portal.workflow import policy
from portal.workflow import service as workflow

SPANS = {"today": _l("Until today"), "week": _l("Within 7 days"), "month": _l("Within a month")}
BULK_FORMS = {"extend": BulkExtendForm, "reassign": BulkGiveForm, "remind": BulkRemindForm}


@bp.route("/control")
@needs("documents.read")
def radar():
    """Terms that are broken or soon will be, late first, by unit and person (12.5)."""
    filters = workflow.RadarFilters.from_query(request.args)
    after = request.args.get("after", "")
    lines, following = workflow.radar(current_user, filters, after)
    context = {"lines": lines, "next": following, "filters": filters, "query": filters.to_query()}
    if after and is_htmx():
        return render("control/_radar_rows.html", **context)
    return render(
        "control/radar.html",
        **context,
        people=workflow.radar_by_person(current_user, filters),
        units=identity.list_units(current_user),
        spans=SPANS,
        undo=workflow.last_bulk(current_user),
        can_set_rules=policy.can_set_rules(current_user),
    )


@bp.route("/control/export.csv")
@needs("documents.read")
def export():
    """The radar as a table for spreadsheets."""
    _title, heads, rows = workflow.radar_table(current_user._get_current_object(), request.args)
    name = f"termini-{clock.today():%Y-%m-%d}.csv"
    return Response(
        stream_with_context(_csv(heads, rows)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@bp.route("/control/export.xlsx", methods=["POST"])
@needs("documents.read")
def export_xlsx():
    """The radar as a workbook, made by a job."""
    filters = workflow.RadarFilters.from_query(request.args)
    name = f"termini-{clock.today():%Y-%m-%d}.xlsx"
    asked = documents.ask_file(current_user, "terms.xlsx", name, filters.to_query())
    return go_to("documents.ready", file_id=asked.id)


def _csv(heads, rows):
    yield "\ufeff" + _csv_line(heads)
    for row in rows:
        yield _csv_line(row)


def _csv_line(values):
    out = io.StringIO()
    # a cell that begins like a formula would be run by the spreadsheet; a number of days is no formula
    safe = [f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else str(value)
            for value in values]  # fmt: skip
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(safe)
    return out.getvalue()


@bp.route("/control/bulk", methods=["POST"])
@needs("documents.read")
def bulk():
    """Say how many tasks an act would change and which not; then (button `go`) do it."""
    act, ids = request.form.get("act", ""), _ids(request.form.getlist("task"))
    if act not in BULK_FORMS:
        raise Invalid(_("Choose from the list"))
    if not ids:
        flash_done(_("Tick the tasks first"))
        return go_to("control.radar", **workflow.RadarFilters.from_query(request.args).to_query())
    going = "go" in request.form
    form = BULK_FORMS[act](formdata=request.form if going else None)
    if act == "reassign":
        form.offer(workflow.executors_for(current_user))
    if going and form.validate():
        try:
            return _bulk_done(act, *_do(act, ids, form))
        except Invalid as error:
            form.attach(error)
    return render(
        "control/bulk.html",
        act=act,
        form=form,
        plan=workflow.plan_bulk(current_user, act, ids),
        query=request.args,
        status=422 if form.errors else 200,
    )


def _do(act, ids, form):
    if act == "extend":
        return workflow.extend_all(current_user, ids, form.reason.data, form.days.data, form.due_on.data)
    if act == "reassign":
        return workflow.reassign_all(current_user, ids, form.person_id.data, form.reason.data, form.admit.data)
    return workflow.remind_all(current_user, ids)


def _bulk_done(act, row, left):
    count = row.count if row else 0
    words = {
        "extend": ngettext("%(num)s term is extended", "%(num)s terms are extended", count),
        "reassign": ngettext("%(num)s task is given to another", "%(num)s tasks are given to another", count),
        "remind": ngettext("%(num)s reminder is sent", "%(num)s reminders are sent", count),
    }[act]
    if left:
        words += ". " + ngettext("%(num)s is left as it was", "%(num)s are left as they were", len(left))
        words += ": " + "; ".join(dict.fromkeys(reason for _task, reason in left))
    flash_done(words)
    return go_to("control.radar", **workflow.RadarFilters.from_query(request.args).to_query())


@bp.route("/control/bulk/<uuid:bulk_id>/undo", methods=["POST"])
@needs("documents.read")
def undo_bulk(bulk_id):
    """Put back what was changed."""
    count = workflow.undo_bulk(current_user, bulk_id)
    flash_done(ngettext("%(num)s change is undone", "%(num)s changes are undone", count))
    return go_to("control.radar")


def _ids(texts):
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


# --- a document under control ----------------------------------------------------------------------------------------


@bp.route("/documents/<uuid:document_id>/control")
@needs("documents.read")
def card(document_id):
    """The card of control (kontroles kartīte), to print: who carries it out, until when, and what was done."""
    document = documents.open_document(current_user, document_id)
    return _card(document)


def _card(document, form=None, status=200):
    context = of_document(current_user, document)
    marks = workflow.control_marks(document.id)
    others = [document.responsible_id, *(i for one in marks for i in (one.set_by_id, one.ended_by_id))]
    context["people"] = context["people"] | identity.names_of([i for i in others if i])
    mark = next((one for one in marks if one.ended_at is None), None)
    return render(
        "control/card.html",
        document=document,
        unit=identity.get_unit(document.unit_id) if document.unit_id else None,
        kind=KINDS[document.kind],
        direction=DIRECTIONS[document.direction],
        rule=RULES.get(document.due_rule),
        marks=marks,
        mark=mark,
        can_control=policy.can_control(current_user),
        form=form or (ReasonForm(formdata=None) if mark else ControlForm(formdata=None)),
        status=status,
        **context,
    )


@bp.route("/documents/<uuid:document_id>/control", methods=["POST"])
@needs("documents.read")
def set_control(document_id):
    """Put a document under control, or take it off with a reason."""
    document = documents.get_document(current_user, document_id)
    on = request.form.get("act") != "end"  # what the page offered, not what holds by now: a second click does nothing
    form = ControlForm() if on else ReasonForm()
    if form.validate_on_submit():
        act = workflow.put_under_control if on else workflow.end_control
        act(current_user, document_id, form.reason.data)
        flash_done(_("The document stands under control") if on else _("The document is taken off control"))
        return go_to("control.card", document_id=document_id)
    return _card(document, form, 422)


def link_of(line):
    """Where a line of the radar leads: the task's thing; for documents the document."""
    if line.document_id:
        return url_for("documents.show", document_id=line.document_id)
    return url_for("workflow.task", task_id=line.task_id)


bp.add_app_template_global(link_of, "radar_link")
