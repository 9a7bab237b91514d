"""News of saved searches, by mail."""

from portal.identity import service as identity
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.errors import NotFound
from portal.kernel.i18n import _, in_language, ngettext
from portal.search import service as search
from portal.workplace.service.mailing import ask_mail


def tell_of_search(person_id, saved_id):
    """Have the mail sent that says what a saved search newly found; what the person may not see any more, or has
    looked at meanwhile, is passed over."""
    person = identity.get_person(SYSTEM, person_id)
    if not person.email or not person.active:
        return
    actor = identity.actor_for(person_id)
    try:
        saved, entries = search.news_of(actor, saved_id)
    except NotFound:
        return
    number = dict((row.id, count) for row, count in search.list_saved(actor)).get(saved_id, 0)
    if not entries or not number:
        return
    with in_language(person.language):
        subject = _("New in your search “%(name)s”", name=saved.name)
        lines = [ngettext("%(num)s thing is new or has changed.", "%(num)s things are new or have changed.", number)]
        lines += [f"{entry.number} {entry.title}".strip() for entry in entries]
    ask_mail(SYSTEM, person_id, subject, lines, f"{settings().base_url}/search/saved/{saved.id}")
