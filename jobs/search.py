"""Jobs of search: the index follows the database; news of saved searches."""

from uuid import UUID

from portal.documents import service as documents
from portal.identity.service import preferences
from portal.kernel.i18n import _
from portal.kernel.jobs import job, periodic, queue
from portal.search import service as search
from portal.workplace import service as workplace


def _as_workbook(actor, parameters):
    return _("Search"), *search.table(actor, parameters.get("q", ""), search.Filters.from_query(parameters))


documents.add_table("search.xlsx", _as_workbook)


@job(retries=8, first_wait_s=5)
def index_pending():
    """Take what waits into the index (15.1). Many changes at once need one run: later runs find nothing to do."""
    search.index_pending()


@periodic(seconds=30)
def catch_up():
    """What an interrupted run has left behind; the whole index, once a new version reads words otherwise."""
    search.catch_up()


@periodic(seconds=300)
def look_for_news():
    """What saved searches newly find (15.2)."""
    search.find_news()


@job(retries=3, first_wait_s=60)
def tell_news(person_id: UUID, saved_id: UUID):
    """Mail a person about what a saved search newly found, unless they want no such news; after quiet hours."""
    if not preferences.wants(person_id, "search_news", "mail"):
        return
    if wait_s := preferences.wait_s(person_id, "search_news"):
        queue(tell_news, delay_s=wait_s, person_id=person_id, saved_id=saved_id)
        return
    workplace.tell_of_search(person_id, saved_id)


@job(retries=8, first_wait_s=30)
def rebuild(rebuild_id: UUID):
    """Build the index anew beside the one in use (15.1)."""
    search.run_rebuild(rebuild_id)
