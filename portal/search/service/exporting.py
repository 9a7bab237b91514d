"""The hits of a query as a table."""

from dataclasses import replace

from portal.audit import service as audit
from portal.kernel.config import settings
from portal.kernel.errors import ensure
from portal.kernel.i18n import _, date_short
from portal.search import backends, policy, words
from portal.search.service import finding

MOST_ROWS = 5_000
_AT_ONCE = 500


def table(actor, query, filters):
    """(heads, rows) of at most 5 000 hits in the order of the page. Recorded. Raises Forbidden."""
    ensure(policy.can_search(actor))
    audit.record(actor, "search.exported", object_kind="search", label=query[:300], new=vars(filters))
    heads = [_("Kind"), _("Number"), _("Title"), _("Date"), _("Unit"), _("Author"), _("Status"), _("Address")]
    return heads, _rows(actor, finding.read_query(query), filters)


def _rows(actor, query, filters):
    wanted = replace(
        finding.wanted_by(actor, query.clauses),
        chosen=filters.chosen(),
        order=filters.order if filters.order in backends.ORDERS else "best",
        size=_AT_ONCE,
    )
    for start in range(0, MOST_ROWS, _AT_ONCE):
        ids = backends.current().search(replace(wanted, start=start)).ids if query else []
        hits = finding.hits_of(actor, ids, ())
        for hit in (hits[entry_id] for entry_id in ids if entry_id in hits):
            yield [
                words.value_words("kind", hit.kind),
                "".join(piece.text for piece in hit.number),
                _("restricted access") if hit.veiled else "".join(piece.text for piece in hit.title),
                date_short(hit.date),
                hit.unit,
                hit.author,
                words.value_words("status", hit.status),
                hit.url if "://" in hit.url else settings().base_url + hit.url,
            ]
        if len(ids) < _AT_ONCE:
            return
