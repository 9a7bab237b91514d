"""Saved views of the list: filters, order and columns under a name, one's own or shared with all who see the list."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents.models import SavedView
from portal.kernel.db import db
from portal.kernel.errors import Forbidden, Invalid, NotFound
from portal.kernel.i18n import _

MOST = 30


def list_views(actor):
    """The actor's own views and those that others share, own ones first."""
    return list(
        db.session.scalars(
            sa.select(SavedView)
            .where(sa.or_(SavedView.person_id == actor.person_id, SavedView.shared.is_(True)))
            .order_by(SavedView.person_id != actor.person_id, SavedView.name)
            .limit(2 * MOST)
        )
    )


def save_view(actor, name, filters, shared=False):
    """Keep a list under a name; one's own of the same name is replaced. Raises Invalid("name")."""
    name = " ".join((name or "").split())
    if not name or len(name) > 100:
        raise Invalid(_("Give the view a name of at most 100 characters"), field="name")
    mine = sa.select(SavedView).where(SavedView.person_id == actor.person_id)
    view = db.session.scalar(mine.where(SavedView.name == name))
    if view is None:
        if len(db.session.scalars(mine).all()) >= MOST:
            raise Invalid(_("At most %(most)s views; remove one first", most=MOST), field="name")
        view = SavedView(person_id=actor.person_id, name=name)
        db.session.add(view)
    view.query, view.shared = filters.to_query(), bool(shared)
    db.session.flush()
    audit.record(actor, "saved_view.saved", view, new={"shared": view.shared, **view.query})
    return view


def drop_view(actor, view_id):
    """Remove one's own view. Raises NotFound, Forbidden."""
    view = db.session.get(SavedView, view_id)
    if view is None:
        raise NotFound(_("There is no such view"))
    if view.person_id != actor.person_id:
        raise Forbidden(_("A view is removed by whoever saved it"))
    audit.record(actor, "saved_view.dropped", view)
    db.session.delete(view)
    db.session.flush()
