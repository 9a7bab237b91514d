"""Mail to people, in the look of the municipality."""

from flask import current_app

from portal.audit import service as audit
from portal.identity import service as identity
from portal.kernel import mail
from portal.kernel.db import new_id
from portal.kernel.errors import Invalid, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, in_language
from portal.workplace import policy
from portal.workplace.events import MailAsked
from portal.workplace.service.look import mail_head

_LOGO = "logo"


def ask_mail(actor, person_id, subject, paragraphs, link="", calendar=""):
    """Have a mail sent to a person, after commit. paragraphs: plain sentences; link: an address of the portal;
    calendar: an iCalendar text."""
    announce(
        actor,
        MailAsked(
            key=new_id().hex,
            person_id=person_id,
            subject=subject,
            paragraphs=list(paragraphs),
            link=link,
            calendar=calendar,
        ),
    )


def ask_trial_mail(actor):
    """Have a mail sent to oneself, to see its header and footer."""
    ensure(policy.can_configure(actor))
    person = identity.get_person(actor, actor.person_id)
    if not person.email:
        raise Invalid(_("Your account has no mail address"))
    text = _("So a mail from the portal looks: the header above, the lines at the end below.")
    ask_mail(actor, person.id, _("Trial mail of the portal"), [text])


def send_mail(actor, key, person_id, subject, paragraphs, link="", calendar=""):
    """Make the mail in the person's language and hand it over. Raises what kernel.mail raises."""
    person = identity.get_person(actor, person_id)
    with in_language(person.language):
        head = mail_head()
        values = {"head": head, "subject": subject, "paragraphs": paragraphs, "link": link,
                  "logo": f"cid:{_LOGO}" if head.logo else "", "language": person.language}  # fmt: skip
        # not render_template: who is signed in has no place in a mail
        made = [current_app.jinja_env.get_template(f"workplace/mail/message.{kind}").render(**values)
                for kind in ("txt", "html")]  # fmt: skip
    pictures = {_LOGO: head.logo} if head.logo else {}
    mail.send(mail.Mail(key, person.name, person.email, subject, *made, pictures, calendar))
    audit.record(actor, "mail.sent", person, new={"subject": subject})
