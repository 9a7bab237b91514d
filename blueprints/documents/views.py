"""Pages of the registry and of a document."""

import csv
import io
from uuid import UUID

from flask import Response, request, stream_with_context, url_for
from flask_login import current_user

from blueprints.control.looks import of_document
from blueprints.documents import bp, intake
from blueprints.documents.forms import FilesForm, FinishForm, RegisterForm, ShareForm, own_values, with_own_fields
from blueprints.documents.inside import look_inside
from blueprints.documents.intake import chosen_kind
from blueprints.documents.kept import keep_token, kept_uploads
from blueprints.documents.looks import DRAWN, RowLook
from blueprints.documents.purposes import answered_document, purpose_of
from blueprints.documents.sentences import history_lines, signature_lines
from portal.audit import service as audit
from portal.documents import policy
from portal.documents import service as documents
from portal.documents.models import Direction
from portal.documents.words import (
    CARRIERS,
    DIRECTIONS,
    DRAFT_STATES,
    GROUNDS,
    KINDS,
    RULES,
    STATE_SHAPES,
    STATES,
    WARNINGS,
)
from portal.exchange import service as exchange
from portal.exchange.sentences import DELIVERY_STATES
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _, ngettext
from portal.kernel.web import flash_done, go_to, is_htmx, needs, render
from portal.search.query import LONGEST_QUERY
from portal.signing.words import size as file_size


@bp.app_context_processor
def words():
    """Names of kinds and states for templates that show documents."""
    return {"document_kinds": KINDS, "document_states": STATES, "document_shapes": STATE_SHAPES}


bp.add_app_template_filter(file_size, "file_size")


@bp.route("/documents")
@needs("documents.read")
def list():
    """The registry: registers with counts, filters, documents (12.2)."""
    filters = documents.DocumentFilters.from_query(request.args)
    after = request.args.get("after")
    page = documents.list_documents(current_user, filters, after)
    names = identity.names_of(document.responsible_id for document in page)
    columns = documents.columns_of(filters.columns)
    own = [name for name in columns if name not in DRAWN]
    look = RowLook()
    context = {
        "page": page,
        "names": names,
        "filters": filters,
        "query": filters.to_query(),
        "look": look,
        "columns": columns,
        "cells": documents.Cells(current_user).of(page.rows, own) if own else None,
        "own_columns": own,
        "all_columns": look.words.columns,
    }
    if after and is_htmx():
        return render("documents/_rows.html", **context)
    return render("documents/list.html", partial="documents/_list.html", **context, **_around(filters))


def _around(filters):
    """What stands around the rows."""
    return {
        "around": documents.overview(current_user, filters),
        "can_register": current_user.can("documents.register"),
        "views": documents.list_views(current_user),
        "done": request.args.get("done", type=UUID),
        "dossier": documents.get_dossier(UUID(filters.dossier)) if filters.dossier else None,
    }


@bp.route("/documents/export.csv")
@needs("documents.read")
def export():
    """The filtered list as a table for spreadsheets."""
    filters = documents.DocumentFilters.from_query(request.args)
    pages = documents.export_documents(current_user._get_current_object(), filters)
    name = f"dokumenti-{clock.today():%Y-%m-%d}.csv"
    return Response(
        stream_with_context(_csv(pages, documents.columns_of(filters.columns, export=True))),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _csv(pages, columns):
    yield "\ufeff" + _line([documents.COLUMNS[name] for name in columns])
    cells = documents.Cells(current_user._get_current_object())
    for page in pages:
        for row in cells.of(page, columns):
            yield _line(row)


def _line(values):
    out = io.StringIO()
    # a cell that begins like a formula would be run by the spreadsheet
    safe = [f"'{value}" if str(value)[:1] in ("=", "+", "-", "@", "\t") else str(value) for value in values]
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(safe)
    return out.getvalue()


@bp.route("/documents/register", methods=["GET", "POST"])
@needs("documents.register")
def register():
    """Register a document by hand, with its files (12.2)."""
    registers = documents.registers_open_to(current_user)
    kinds = [one for one in documents.list_kinds() if any(r.code in one.registers for r in registers)]
    kind = chosen_kind(kinds, registers)
    form = with_own_fields(RegisterForm, kind)(**_begun())
    form.offer(kinds, kind, registers, identity.list_units(current_user), identity.list_people(current_user))
    uploads = kept_uploads(form.kept.data)
    if not form.is_submitted():
        uploads += intake.from_scan(form, request.args.get("scan"))
    else:
        new, problems = documents.receive_uploads(current_user, _uploaded(form.files))
        uploads = intake.without_dropped(uploads) + new
        if intake.only_reads():
            form.suggest(documents.suggest(uploads))
        elif form.validate() and not problems:
            values = _to_register(form)
            try:
                if form.each.data and len(uploads) > 1:
                    made = documents.register_each(current_user, uploads=uploads, **values)
                    flash_done(ngettext("%(num)s document registered", "%(num)s documents registered", len(made)))
                    return go_to("documents.list", register=made[0].register.code)
                document = documents.register(current_user, uploads=uploads, **values)
                if form.scan.data:
                    documents.attach_scan(current_user, form.scan.data, document)
                flash_done(_("Registered with number %(number)s", number=document.number))
                return go_to("documents.show", document_id=document.id)
            except Invalid as error:
                form.attach(error)
        form.files.errors = [*form.files.errors, *problems]
    form.kept.data = keep_token(uploads)
    return render(
        "documents/register.html",
        partial="documents/_register_form.html",
        form=form,
        uploads=uploads,
        registers=registers,
        answered=answered_document(form.answers_id.data),
        status=422 if form.errors else 200,
    )


def _begun():
    """What the link to the form has filled in: an answer goes back to whom it answers."""
    begun = {"received_on": clock.today()}
    begun |= {name: request.args[name] for name in ("register_id", "reserved") if request.args.get(name)}
    answered = answered_document(request.args.get("answers"))
    if answered is not None:
        begun |= {"answers_id": str(answered.id), "addressee": answered.author, "title": answered.title}
    return begun


def _to_register(form):
    """What the form holds, as `documents.register` takes it."""
    names = ("title", "author", "author_number", "author_date", "addressee", "received_on", "summary", "carrier",
             "register_id", "unit_id", "responsible_id")  # fmt: skip
    values = {name: form[name].data for name in names}
    values["late_reason"] = form.late_reason.data or ""
    year, dash, seq = (form.reserved.data or "").partition("-")
    values["reserved"] = (int(year), int(seq)) if dash and year.isdecimal() and seq.isdecimal() else None
    return values | {
        "registration": form.registration.data or None,
        "extra": own_values(form),
        "answers_id": form.answers_id.data or None,
    }


def _uploaded(field):
    return [(item.filename, item.stream) for item in field.data or () if getattr(item, "filename", "")]


@bp.route("/documents/<uuid:document_id>")
@needs("documents.read")
def show(document_id):
    """The document's card and files."""
    document = documents.open_document(current_user, document_id, purpose_of(document_id))
    files = documents.files_of(document.id)
    look = look_inside(files, request.args.get("find", "").strip()[:LONGEST_QUERY], request.args.get("file"))
    kind = documents.kind_of(document)
    context = _header(document) | {
        "kind": kind,
        "own_lines": documents.extra_lines(kind, document.extra),
        "late_said": documents.late_said(document),
        "carrier": CARRIERS[document.carrier],
        "answers": documents.answers_to(current_user, document),
        "stampable": documents.can_stamp(current_user, document, files),
        "files": files,
        **look,
        "without_text": documents.without_text(files),
        "files_form": FilesForm(),
        "warning": WARNINGS.get(document.warning),
        "rule": RULES.get(document.due_rule),
        "related": _related(document),
        "signature_lines": signature_lines,
    }
    return render("documents/show.html", partial="documents/_files.html", **context)


def _header(document):
    """What the head and the acts of a document's pages need."""
    annulment = documents.annulment_of(document)
    names = identity.names_of(
        [document.responsible_id, document.registered_by_id, annulment.annulled_by_id if annulment else None]
    )
    return of_document(current_user, document) | {
        "document": document,
        "names": names,
        "directions": DIRECTIONS,
        "unit": identity.get_unit(document.unit_id) if document.unit_id else None,
        "can_draft_answer": document.direction == Direction.INCOMING
        and document.is_open
        and policy.can_draft(current_user),
        "can_edit": policy.can_edit(current_user, document),
        "can_finish": policy.can_finish(current_user, document),
        "can_annul": policy.can_annul(current_user, document),
        **_sending(document),
        "can_share": policy.can_share(current_user, document),
        "can_answer": policy.can_answer(current_user, document),
        "finish_form": FinishForm(),
        "annulment": annulment,
    }


def _sending(document):
    """Whether and to whom the document can be sent, and what became of it when it was."""
    if document.direction != Direction.OUTGOING:
        return {"can_send_out": False, "deliveries": []}
    deliveries = exchange.deliveries_of(document.id)
    can = policy.can_send_out(current_user, document, documents.signed_file(document.id), deliveries)
    return {
        "can_send_out": can,
        "addressee": documents.addressee_of(document) if can else None,
        "deliveries": deliveries,
        "delivery_states": DELIVERY_STATES,
    }


def _related(document):
    """Links to what the document belongs to, where the reader's role opens it."""
    links = []
    if document.case_id and current_user.can("cases.read"):
        links.append(
            {
                "url": url_for("cases.show", case_id=document.case_id),
                "icon": "briefcase",
                "words": _("Case of this document"),
            }
        )
    if (
        not document.case_id
        and document.is_open
        and document.direction == Direction.INCOMING
        and current_user.can("documents.register")
    ):
        links.append(
            {
                "url": url_for("cases.new", document=document.id),
                "icon": "folder-plus",
                "words": _("Open a case for this document"),
            }
        )
    if document.message_id and current_user.can("exchange.read"):
        links.append(
            {
                "url": url_for("exchange.message", message_id=document.message_id),
                "icon": "mail",
                "words": _("E-address message"),
            }
        )
    for draft in documents.drafts_answering(current_user, document.id):
        links.append(
            {
                "url": url_for("documents.draft", draft_id=draft.id),
                "icon": "file-pencil",
                "words": _("Draft answer: %(state)s", state=DRAFT_STATES[draft.state]),
            }
        )
    if document.answers_id:
        links.append(
            {
                "url": url_for("documents.show", document_id=document.answers_id),
                "icon": "arrow-back-up",
                "words": _("Answers this document"),
            }
        )
    return links


@bp.route("/documents/<uuid:document_id>/history")
@needs("documents.read")
def history(document_id):
    """What happened to the document, as sentences."""
    document = documents.open_document(current_user, document_id, purpose_of(document_id))
    records = audit.list_for(current_user, "document", document.id)
    return render("documents/history.html", lines=history_lines(records), **_header(document))


@bp.route("/documents/<uuid:document_id>/access", methods=["GET", "POST"])
@needs("documents.read")
def access(document_id):
    """Who may see the document, and why; let others see it."""
    document = documents.get_document(current_user, document_id)
    form = ShareForm().offer(identity.list_units(current_user), identity.list_people(current_user))
    if form.validate_on_submit():
        try:
            documents.share_with(current_user, document_id, form.key.data, form.until.data, form.admit.data)
            flash_done(_("The document is now open to them too"))
            return go_to("documents.access", document_id=document_id)
        except Invalid as error:
            form.attach(error)
    return render(
        "documents/access.html",
        readers=documents.readers_of(current_user, document),
        can_restrict=policy.can_restrict(current_user, document),
        grounds=GROUNDS,
        form=form,
        status=422 if form.errors else 200,
        **_header(document),
    )
