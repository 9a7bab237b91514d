"""Server-sent events: one stream a page, names of what changed."""

import json
import queue
from datetime import UTC, datetime

from flask import Blueprint, Response, current_app, request, stream_with_context
from flask_login import current_user

from portal.cases import service as cases
from portal.council import service as council
from portal.documents import service as documents
from portal.kernel.config import settings
from portal.kernel.errors import ExternalUnavailable, NotFound
from portal.kernel.i18n import _
from portal.kernel.web import public, signed_in, undo_request

bp = Blueprint("live", __name__)
_COMMENT_EVERY_S = 15
_OF_THE_BAR = ("shell:", "person:")
_OF_BAR_ONLY, _OF_THE_PUBLIC = 2 / 3, 1 / 3  # tablets and desks come first

# Who may listen to a topic: whoever may read the thing itself
GUARDS = {
    "session": council.get_session,
    "case": cases.get_case,
    "document": documents.get_document,
    "scans": documents.watch_scans,
    "person": lambda actor, person_id: _same_person(actor, person_id),
    "shell": lambda actor, nothing: None,  # that the bar, the look or a banner changed is no secret
}


@bp.route("/live/stream")
@signed_in
def stream():
    """Events of the topics named in `topic` (repeatable), until the browser goes away.
    `since`: when the page was made; what changed between that and now is told first."""
    actor = current_user._get_current_object()
    topics = [_checked(actor, topic) for topic in request.args.getlist("topic")[:5]]
    return open_stream(topics, request.args.get("since", ""))


@bp.route("/live/public")
@public
def public_stream():
    """The same for everybody: that a session which goes on has changed. Other topics of the page are left out."""
    topics = council.public_topics(request.args.getlist("topic")[:5])
    if not topics:
        raise NotFound(_("There is no such stream"))
    return open_stream(topics, request.args.get("since", ""), share=_OF_THE_PUBLIC)


def open_stream(topics, since="", share=None):
    """The answer that tells what changes of these topics; 503 when this process has no thread left for it: the page
    then asks from time to time. What only keeps the bar fresh leaves a third of the places to the screens.
    share: of the places of this process that may be taken."""
    broadcaster = current_app.extensions["pkip.live"]
    share = share or (_OF_BAR_ONLY if all(topic.startswith(_OF_THE_BAR) for topic in topics) else 1)
    if broadcaster.open >= int(settings().most_streams * share):
        raise ExternalUnavailable(_("Too many screens are open; this one asks for changes from time to time"))
    since = _moment(since)
    box = broadcaster.subscribe(topics)
    undo_request()  # a stream holds no connection of the database

    def events():
        yield "retry: 2000\n\n"
        for topic in broadcaster.missed(topics, since) if since else ():
            yield _event(topic, "missed")
        while True:
            try:
                _id, topic, name = box.get(timeout=_COMMENT_EVERY_S)
                yield _event(topic, name)
            except queue.Empty:
                yield ": still here\n\n"

    answer = Response(
        stream_with_context(events()),
        mimetype="text/event-stream",
        headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
    )
    answer.call_on_close(lambda: broadcaster.unsubscribe(topics, box))  # also when nobody has read a line
    return answer


def _event(topic, name):
    return f"event: changed\ndata: {json.dumps({'topic': topic, 'name': name})}\n\n"


def _moment(seconds):
    try:
        return datetime.fromtimestamp(float(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _checked(actor, topic):
    import uuid

    kind, _colon, key = topic.partition(":")
    try:
        GUARDS[kind](actor, uuid.UUID(key))
    except (KeyError, ValueError):
        raise NotFound(_("There is no such stream")) from None
    return topic


def _same_person(actor, person_id):
    if actor.person_id != person_id:
        raise NotFound(_("There is no such stream"))
