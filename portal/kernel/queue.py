"""Huey: one queue per installation, on SQLite or Redis. A message carries the instance's name and an outbox id only."""

import sys
import threading
import uuid

from portal.kernel import jobs

_DRIVERS = ("psycopg",)  # not redis: another instance of this process may have its queue there
_loading = threading.Lock()


def make_huey(settings):
    """The installation's queue, at PKIP_REDIS_URL or in a file beside the instances."""
    if settings.redis_url:
        from huey import RedisHuey

        return RedisHuey("pkip", url=settings.redis_url)
    with _loading:
        # huey loads each driver that is installed, used or not: 9 MiB in every process
        unused = [name for name in _DRIVERS if name not in sys.modules and "huey" not in sys.modules]
        sys.modules.update(dict.fromkeys(unused))  # a module that is None cannot be imported
        try:
            from huey import SqliteHuey
        finally:
            for name in unused:
                sys.modules.pop(name, None)
    return SqliteHuey("pkip", filename=str(settings.var.parent / "queue.db"), fsync=False)


def connect(app):
    """Let committed outbox entries wake the workers. Returns the Huey task that performs one entry."""
    settings = app.extensions["pkip.settings"]
    huey = app.extensions["pkip.huey"] = make_huey(settings)

    @huey.task(name="perform")
    def perform(instance, entry_id):
        if instance == settings.name:
            with app.app_context():
                jobs.perform(uuid.UUID(entry_id))

    def wake(entry_id):
        try:
            perform(settings.name, str(entry_id))
        except Exception:  # the sweep finds the entry; a full or absent queue must not undo the act
            app.logger.exception("the queue cannot be reached; the sweep will find %s", entry_id)

    app.extensions["pkip.wake"] = wake
    return perform
