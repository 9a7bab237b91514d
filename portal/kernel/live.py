"""Live screens: `publish` names what changed, after commit; browsers then fetch the partial with their own rights.

Embedded, events go through a small table that one thread a process polls; with Redis through publish/subscribe."""

import json
import queue
import threading
import time
from collections import deque
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import after_commit, db, reading

_POLL_S = 0.1
_KEEP_S = 600
_COMMIT_S = 2  # an event bears the time of its writing; a transaction seldom takes longer to end
_REMEMBERED = 10_000
_OVERLAP = 200  # ids read again: on PostgreSQL a lower id may become visible later


class LiveEvent(db.Model):
    """One published event; forgotten after ten minutes."""

    __tablename__ = "live_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(sa.String(80))
    name: Mapped[str] = mapped_column(sa.String(40))
    created_at: Mapped[datetime] = mapped_column(index=True)


def publish(topic: str, name: str):
    """Tell the screens that watch `topic` that `name` changed, once the transaction is committed."""
    channel = current_app.extensions["pkip.live"]
    after_commit(lambda: channel.note(topic))
    if settings().redis_url:
        after_commit(lambda: channel.send(topic, name))
        return
    db.session.execute(sa.insert(LiveEvent).values(topic=topic, name=name, created_at=clock.real_now()))


def forget_old():
    """Remove events that nobody will resume from."""
    limit = clock.real_now() - timedelta(seconds=_KEEP_S)
    db.session.execute(sa.delete(LiveEvent).where(LiveEvent.created_at < limit))


class Broadcaster:
    """Fans events out to the streams of this process. Starts its one thread with the first stream."""

    def __init__(self, app):
        self.app = app
        self.lock = threading.Lock()
        self.streams: dict[str, set[queue.Queue]] = {}
        self.open = 0
        self.told: dict[str, float] = {}
        self.thread = None
        self.listening = threading.Event()

    def subscribe(self, topics) -> queue.Queue:
        """A queue that receives (id, topic, name) of these topics."""
        box: queue.Queue = queue.Queue(maxsize=1000)
        with self.lock:
            self.open += 1
            for topic in topics:
                self.streams.setdefault(topic, set()).add(box)
            if self.thread is None:
                work = self._listen_redis if self.app.extensions["pkip.settings"].redis_url else self._poll_table
                self.thread = threading.Thread(target=work, name="live", daemon=True)
                self.thread.start()
        return box

    def unsubscribe(self, topics, box):
        with self.lock:
            self.open -= 1
            for topic in topics:
                self.streams.get(topic, set()).discard(box)
                if not self.streams.get(topic):
                    self.streams.pop(topic, None)

    def note(self, topic):
        """This process has said that the topic changed."""
        if len(self.told) > _REMEMBERED:
            self.told.clear()
        self.told[topic] = time.monotonic()

    def changed_after(self, topic, moment) -> bool:
        """Did this process say so after `moment` (of the monotonic clock)? Of other processes it knows nothing."""
        return self.told.get(topic, 0) >= moment

    def missed(self, topics, since) -> list[str]:
        """Those of the topics that changed after `since` (aware time): between the making of a page and its stream.
        Waits until this process listens, so that nothing falls between; may name one that changed just before."""
        self.listening.wait(5)
        if self.app.extensions["pkip.settings"].redis_url:
            at = self._redis().mget([self._key(topic) for topic in topics])
            return [topic for topic, us in zip(topics, at, strict=True) if us and int(us) / 1e6 >= since.timestamp()]
        with self.app.app_context(), reading():
            found = db.session.scalars(
                sa.select(LiveEvent.topic)
                .where(LiveEvent.topic.in_(topics), LiveEvent.created_at >= since - timedelta(seconds=_COMMIT_S))
                .distinct()
            ).all()
            db.session.rollback()
        return list(found)

    def send(self, topic, name):
        """Redis only: publish to every process. Without Redis the act, already committed, stands; screens poll."""
        now = time.time_ns()
        try:
            with self._redis().pipeline() as together:
                together.set(self._key(topic), now // 1000, ex=_KEEP_S)
                together.publish(self._key(), json.dumps([now, topic, name]))
                together.execute()
        except Exception:
            self.app.logger.exception("live: Redis is away; %s of %s is not said", name, topic)

    def _key(self, topic=None):
        channel = f"pkip:live:{self.app.extensions['pkip.settings'].name}"
        return f"{channel}:{topic}" if topic else channel

    def _deliver(self, event_id, topic, name):
        with self.lock:
            boxes = list(self.streams.get(topic, ()))
        for box in boxes:
            try:
                box.put_nowait((event_id, topic, name))
            except queue.Full:
                continue  # a stream that no longer reads; it ends by itself

    def _redis(self):
        import redis

        if not hasattr(self, "client"):
            self.client = redis.Redis.from_url(self.app.extensions["pkip.settings"].redis_url)
        return self.client

    def _listen_redis(self):
        while True:
            try:
                listener = self._redis().pubsub(ignore_subscribe_messages=True)
                listener.subscribe(self._key())
                self.listening.set()
                for message in listener.listen():
                    self._deliver(*json.loads(message["data"]))
            except Exception:
                self.app.logger.exception("live: Redis is away; trying again")
                time.sleep(1)

    def _poll_table(self):
        last = None
        seen = deque(maxlen=_OVERLAP * 4)
        with self.app.app_context(), reading():
            while True:
                try:
                    with db.engine.connect() as connection:
                        if last is None:
                            last = connection.scalar(sa.select(sa.func.max(LiveEvent.id))) or 0
                            seen.extend(range(max(0, last - _OVERLAP), last + 1))
                            self.listening.set()
                        rows = connection.execute(
                            sa.select(LiveEvent.id, LiveEvent.topic, LiveEvent.name)
                            .where(LiveEvent.id > last - _OVERLAP)
                            .order_by(LiveEvent.id)
                        ).all()
                    known = set(seen)
                    for event_id, topic, name in rows:
                        if event_id not in known:
                            seen.append(event_id)
                            last = max(last, event_id)
                            self._deliver(event_id, topic, name)
                except Exception:
                    self.app.logger.exception("live: the event table cannot be read; trying again")
                    time.sleep(1)
                time.sleep(_POLL_S)
