"""News of a person's own account, by mail."""

from portal.identity import service as identity
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.i18n import _, in_language, moment
from portal.workplace.service.mailing import ask_mail


def tell_account_news(person_id, event, at, detail):
    """Have the mail sent that tells a person what happened to their account, in their language."""
    person = identity.get_person(SYSTEM, person_id)
    if not person.email or not person.active:
        return
    with in_language(person.language):
        subject, first = _words(event, moment(at), detail)
        last = _("If it was not you, tell IT staff at once and change the password.")
    ask_mail(SYSTEM, person_id, subject, [first, last], f"{settings().base_url}/profile/security")


def _words(event, at, detail):
    """Subject and first sentence."""
    values = {"at": at, "detail": detail}
    if event == "password":
        return _("Your password was changed"), _("On %(at)s the password of your account was changed.", **values)
    if event == "factor":
        return (
            _("What you sign in with was changed"),
            _("On %(at)s something changed in what you sign in with: %(detail)s.", **values),
        )
    return (
        _("Sign-in from a new browser"),
        _(
            "On %(at)s somebody signed in to your account from a browser that was not used before: %(detail)s.",
            **values,
        ),
    )
