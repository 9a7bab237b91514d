"""Templates: Word files with fields, in versions; only one without unknown fields is published (12.1)."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.models import DocumentKind, Template, TemplateVersion
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db, released
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _, _l, date_long, date_short, in_language
from portal.storage import service as storage
from portal.storage.extract.sniffing import DOCX

# what a template may hold between double braces, and what it means
FIELDS = {
    "adresats": _l("Addressee"),
    "nosaukums": _l("Title"),
    "saturs": _l("Text of the letter"),
    "datums": _l("Today's date, 24.11.2026"),
    "datums_vardos": _l("Today's date in words"),
    "atbild_numurs": _l("Number of the letter that is answered"),
    "atbild_datums": _l("Date of the letter that is answered"),
    "atbild_nosaukums": _l("Title of the letter that is answered"),
    "mes_numurs": _l("Our number of the letter that is answered"),
    "sagatavotajs": _l("Who prepared it"),
    "sagatavotaja_amats": _l("Position of who prepared it"),
    "sagatavotaja_talrunis": _l("Telephone of who prepared it"),
    "sagatavotaja_epasts": _l("E-mail of who prepared it"),
    "struktura": _l("Unit"),
    "parakstitajs": _l("Who will sign"),
    "parakstitaja_amats": _l("Position of who will sign"),
    "iestade": _l("Name of the municipality"),
    "iestades_numurs": _l("Registration number of the municipality"),
}


def list_templates(actor, kind=None, for_answers=None):
    """Templates in use, those for answers first when asked so; all of them for who manages them (kind None)."""
    query = sa.select(Template)
    if kind is not None:
        query = query.where(Template.kind == kind, Template.published.is_not(None), Template.closed.is_(False))
    rows = list(db.session.scalars(query.order_by(Template.name, Template.id)))
    return sorted(rows, key=lambda row: row.for_answers != for_answers) if for_answers is not None else rows


def get_template(actor, template_id):
    """Raises NotFound."""
    found = db.session.get(Template, template_id)
    if found is None:
        raise NotFound(_("There is no such template"))
    return found


def add_template(actor, name, kind, for_answers, upload):
    """A new template with its first version, not yet published. Raises Forbidden, Invalid."""
    ensure(policy.can_manage_templates(actor))
    name = " ".join((name or "").split())
    if not name:
        raise Invalid(_("Fill in this field"), field="name")
    template = Template(name=name[:200], kind=DocumentKind(kind), for_answers=bool(for_answers))
    _checked(upload)
    db.session.add(template)
    db.session.flush()
    audit.record(actor, "template.added", template, new={"kind": template.kind.value})
    add_template_version(actor, template.id, upload)
    return template


def add_template_version(actor, template_id, upload):
    """One more version; its fields are looked for at once. Returns the TemplateVersion. Raises Forbidden, Invalid."""
    from portal.documents.drafting import DocxProblem, fields_in

    ensure(policy.can_manage_templates(actor))
    template = get_template(actor, template_id)
    _checked(upload)
    fields, problem = [], ""
    with released():
        try:
            fields = fields_in(storage.read(upload.sha256))
        except DocxProblem as error:
            problem = str(error)
    unknown = [name for name in fields if name not in FIELDS]
    if unknown:
        problem = _("Unknown fields: %(names)s", names=", ".join(unknown))
    last = db.session.scalar(
        sa.select(sa.func.max(TemplateVersion.number)).where(TemplateVersion.template_id == template.id)
    )
    made = TemplateVersion(
        template_id=template.id,
        number=(last or 0) + 1,
        name=upload.name,
        sha256=upload.sha256,
        size_bytes=upload.size_bytes,
        fields=fields,
        problem=problem,
        added_by_id=actor.person_id,
    )
    db.session.add(made)
    db.session.flush()
    audit.record(actor, "template.version_added", template, new={"version": made.number, "sha256": made.sha256})
    return made


def template_versions(actor, template_id):
    """The versions, newest first."""
    return list(
        db.session.scalars(
            sa.select(TemplateVersion)
            .where(TemplateVersion.template_id == template_id)
            .order_by(TemplateVersion.number.desc())
        )
    )


def template_version(actor, template_id, number):
    """One version. Raises NotFound."""
    found = db.session.scalar(
        sa.select(TemplateVersion).where(TemplateVersion.template_id == template_id, TemplateVersion.number == number)
    )
    if found is None:
        raise NotFound(_("There is no such template"))
    return found


def publish_template(actor, template_id, number):
    """From now on drafts are made from this version; an earlier one may be taken back into use the same way.
    Raises Forbidden, NotFound, Conflict when the version has a problem."""
    ensure(policy.can_manage_templates(actor))
    template, chosen = get_template(actor, template_id), template_version(actor, template_id, number)
    if chosen.problem:
        raise Conflict(chosen.problem)
    old, template.published, template.closed = template.published, chosen.number, False
    db.session.flush()
    audit.record(actor, "template.published", template, old={"version": old}, new={"version": chosen.number})
    return template


def close_template(actor, template_id):
    """Offer a template no more; drafts made from it stay. Raises Forbidden, NotFound."""
    ensure(policy.can_manage_templates(actor))
    template = get_template(actor, template_id)
    template.closed = True
    db.session.flush()
    audit.record(actor, "template.closed", template)
    return template


def published_version(actor, template_id):
    """The version that is used now. Raises NotFound."""
    template = get_template(actor, template_id)
    if template.published is None or template.closed:
        raise NotFound(_("There is no such template"))
    return template, template_version(actor, template_id, template.published)


def values_of(actor, *, title, addressee, text, answered=None, unit=None, signer=None):
    """What the fields of a template are filled in with. Papers are in Latvian, whoever's screen is not."""
    person = identity.get_person(actor, actor.person_id)
    day = clock.today()
    with in_language("lv"):
        values = {
            "adresats": addressee,
            "nosaukums": title,
            "saturs": text,
            "datums": f"{date_short(day)}.",
            "datums_vardos": date_long(day),
            "sagatavotajs": person.name,
            "sagatavotaja_amats": person.position or "",
            "sagatavotaja_talrunis": person.phone or "",
            "sagatavotaja_epasts": person.email or "",
            "struktura": unit.name if unit else "",
            "parakstitajs": signer.name if signer else "",
            "parakstitaja_amats": (signer.position or "") if signer else "",
            "iestade": settings().municipality,
            "iestades_numurs": settings().registration_number,
        }
        if answered is not None:
            values |= {
                "atbild_numurs": answered.author_number,
                "atbild_datums": date_short(answered.author_date) + "." if answered.author_date else "",
                "atbild_nosaukums": answered.title,
                "mes_numurs": answered.number,
            }
    return {name: values.get(name, "") for name in FIELDS}


def _checked(upload):
    if upload is None or upload.mime != DOCX:
        raise Invalid(_("A template is a Word file (.docx)"), field="file")
