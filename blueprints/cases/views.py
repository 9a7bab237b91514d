"""The board of cases and the status page."""

import csv
import io
import uuid

from flask import Response, request
from flask_login import current_user

from blueprints.cases import bp
from blueprints.cases.forms import OpenForm
from blueprints.cases.page import page
from portal.cases import policy
from portal.cases import service as cases
from portal.cases.models import Status
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _, date_short
from portal.kernel.web import go_to, needs, render

FILTERS = ("show", "status", "service", "responsible")


@bp.app_context_processor
def words():
    """Names and shapes of statuses for templates that show cases."""
    return {"case_status_name": policy.status_name, "case_shapes": policy.SHAPES}


@bp.route("/cases")
@needs("cases.read")
def list():
    """All cases that the person may see, late ones first (7.3)."""
    filters = _filters()
    after = request.args.get("after")
    found = cases.list_cases(current_user, filters, after)
    names = identity.names_of({case.responsible_id for case in found if case.responsible_id})
    context = {
        "page": found,
        "names": names,
        "filters": filters,
        "next_steps": {case.id: cases.next_step(case, names) for case in found},
    }
    if after:
        return render("cases/list.html", partial="cases/_rows.html", **context, **_around(filters))
    return render("cases/list.html", partial="cases/_list.html", **context, **_around(filters))


def _around(filters):
    return {
        "number": cases.count_cases(current_user, filters),
        "services": cases.list_services(current_user),
        "statuses": [*Status],
        "may_see_shop": policy.can_see_shop(current_user),
    }


def _filters():
    return {name: request.args[name] for name in FILTERS if request.args.get(name)}


@bp.route("/cases/export.csv")
@needs("cases.read")
def export():
    """The filtered list as a table for spreadsheets."""
    head = [
        _("Case number"),
        _("Title"),
        _("Service"),
        _("Status"),
        _("Requested on"),
        _("Due on"),
        _("Done on"),
        _("Responsible"),
        _("Late"),
    ]
    rows = [
        [*row[:4], *(date_short(day) for day in row[4:7]), row[7], _("yes") if row[8] else _("no")]
        for row in cases.export_rows(current_user, _filters())
    ]
    body = "\ufeff" + "".join(_line(values) for values in [head, *rows])
    return Response(
        body,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="lietas-{clock.today():%Y-%m-%d}.csv"'},
    )


def _line(values):
    out = io.StringIO()
    # a cell that begins like a formula would be run by the spreadsheet
    safe = [f"'{value}" if str(value)[:1] in ("=", "+", "-", "@", "\t") else str(value) for value in values]
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(safe)
    return out.getvalue()


@bp.route("/cases/<uuid:case_id>")
@needs("cases.read")
def show(case_id):
    """The status page; HTMX gets the part that changes by itself."""
    return page(case_id)


@bp.route("/cases/new", methods=["GET", "POST"])
@needs("documents.register")
def new():
    """Open a case for a document that was registered by hand."""
    document = documents.get_document(current_user, _document_id())
    form = OpenForm()
    form.service_code.choices = [(service.code, service.name) for service in cases.list_services(current_user)]
    if form.validate_on_submit():
        try:
            case = cases.open_case(current_user, document.id, **form.values())
            return go_to("cases.show", case_id=case.id)
        except Invalid as error:
            form.attach(error)
    return render("cases/new.html", form=form, document=document, status=422 if form.errors else 200)


def _document_id():
    try:
        return uuid.UUID(request.args.get("document", ""))
    except ValueError as error:
        raise Invalid(_("Open a case from the page of a document")) from error
