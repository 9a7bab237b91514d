"""Housekeeping of the kernel's own tables."""

from portal.kernel import jobs, live


@jobs.periodic(seconds=300)
def tidy():
    """Forget live events and finished outbox entries that nobody needs any more."""
    live.forget_old()
    jobs.forget_done()
