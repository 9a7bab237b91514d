"""Jobs of search: the index follows the database."""

from portal.kernel import jobs
from portal.search import service as search


@jobs.job(retries=8, first_wait_s=5)
def index_pending():
    """Take what waits into the index (15.1). Many changes at once need one run: later runs find nothing to do."""
    search.index_pending()


@jobs.periodic(seconds=30)
def catch_up():
    """What an interrupted run has left behind."""
    search.index_pending()
