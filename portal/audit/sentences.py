"""Each record as a sentence. An action without a sentence here is still readable: its key is shown as it is."""

from markupsafe import escape

from portal.kernel.i18n import _, _l
from portal.kernel.latvian import sort_key

SENTENCES = {
    "access.refused": _l("%(who)s was refused access to %(what)s"),
    "audit.exported": _l("%(who)s exported audit records"),
    "audit.personal_erased": _l("%(who)s erased the personal data of the audit record %(what)s"),
    "audit.proof_made": _l("%(who)s made a proof file about %(what)s"),
    "audit.read": _l("%(who)s read the audit log"),
    "audit.record_read": _l("%(who)s read the audit record %(what)s"),
    "audit.verification_requested": _l("%(who)s asked to verify the audit log"),
    "audit.verified": _l("%(who)s verified the audit log"),
    "case.arrived": _l("%(who)s noted that what was sent in the case %(what)s has arrived"),
    "case.assigned": _l("%(who)s assigned the case %(what)s"),
    "case.assigned_step": _l("%(who)s noted in the timeline who is responsible for the case %(what)s"),
    "case.code_shown": _l("%(who)s viewed the client's code in the case %(what)s"),
    "case.decided": _l("%(who)s noted the decision in the case %(what)s"),
    "case.forwarded": _l("%(who)s forwarded the case %(what)s"),
    "case.handed_over": _l("%(who)s noted how the client of the case %(what)s was given the answer"),
    "case.letter_sent": _l("%(who)s sent a letter in the case %(what)s"),
    "case.letter_written": _l("%(who)s wrote a letter in the case %(what)s"),
    "case.not_arrived": _l("%(who)s noted that what was sent in the case %(what)s did not arrive"),
    "case.opened": _l("%(who)s opened the case %(what)s"),
    "case.proposed": _l("%(who)s submitted a draft decision in the case %(what)s to the committee"),
    "case.pspp_refused": _l("%(who)s was refused by the state portal: case %(what)s"),
    "case.pspp_resend": _l("%(who)s asked to send the status of the case %(what)s again"),
    "case.pspp_sent": _l("%(who)s sent the status of the case %(what)s to the state portal"),
    "case.read": _l("%(who)s read the case %(what)s"),
    "case.ready": _l("%(who)s prepared the answer in the case %(what)s"),
    "case.refusal_written": _l("%(who)s wrote a refusal in the case %(what)s"),
    "case.sent": _l("%(who)s sent the answer in the case %(what)s"),
    "case.signed": _l("%(who)s noted that the decision in the case %(what)s is signed"),
    "case.status": _l("%(who)s noted the status of the case %(what)s"),
    "case.status_changed": _l("%(who)s changed the status of the case %(what)s"),
    "client.changed": _l("%(who)s changed the application %(what)s"),
    "client.disabled": _l("%(who)s disabled the application %(what)s"),
    "client.enabled": _l("%(who)s enabled the application %(what)s"),
    "client.notice_tried": _l("%(who)s sent a trial sign-out notice to the application %(what)s"),
    "client.registered": _l("%(who)s registered the application %(what)s"),
    "client.secret_changed": _l("%(who)s made a new secret for the application %(what)s"),
    "consent.given": _l("%(who)s allowed the application %(what)s to know and do something"),
    "consent.withdrawn": _l("%(who)s took access away from the application %(what)s"),
    "council.absence_noted": _l("%(who)s noted an absence from the session %(what)s"),
    "council.agenda_change_proposed": _l("%(who)s proposed to change the agenda: %(what)s"),
    "council.agenda_made": _l("%(who)s made the agenda paper of %(what)s"),
    "council.arrived": _l("%(who)s noted an arrival at the session %(what)s"),
    "council.ballot_cancelled": _l("%(who)s cancelled the vote on %(what)s"),
    "council.ballot_closed": _l("%(who)s closed the vote on %(what)s"),
    "council.ballot_opened": _l("%(who)s opened the vote on %(what)s"),
    "council.body_added": _l("%(who)s added the council body %(what)s"),
    "council.copied_to_pool": _l("%(who)s passed the matter %(what)s on to the next body"),
    "council.decision_made": _l("%(who)s made the decision paper %(what)s"),
    "council.decision_numbered": _l("%(who)s numbered the decision %(what)s"),
    "council.decision_refused": _l("%(who)s refused to sign the decision %(what)s"),
    "council.decision_signed": _l("%(who)s recorded that the decision %(what)s is signed"),
    "council.extract_asked": _l("%(who)s asked for an extract of %(what)s"),
    "council.extract_made": _l("%(who)s made an extract of %(what)s"),
    "council.extract_sealed": _l("%(who)s sealed the extract %(what)s"),
    "council.file_added": _l("%(who)s added a file to the matter %(what)s"),
    "council.floor_given": _l("%(who)s gave the floor in the matter %(what)s"),
    "council.interest_declared": _l("%(who)s declared a conflict of interest in the matter %(what)s"),
    "council.interest_withdrawn": _l("%(who)s withdrew the conflict of interest in the matter %(what)s"),
    "council.invitation_answered": _l("%(who)s answered the invitation to the session %(what)s"),
    "council.invited": _l("%(who)s sent the invitations to the session %(what)s"),
    "council.left": _l("%(who)s noted a departure from the session %(what)s"),
    "council.matter_edited": _l("%(who)s edited the matter %(what)s"),
    "council.matter_moved": _l("%(who)s moved the matter %(what)s within the agenda"),
    "council.matter_noted": _l("%(who)s took note of the matter %(what)s"),
    "council.matter_opened": _l("%(who)s began the matter %(what)s"),
    "council.matter_placed": _l("%(who)s placed the matter %(what)s on the agenda"),
    "council.matter_removed": _l("%(who)s took the matter %(what)s off the agenda"),
    "council.member_seated": _l("%(who)s recorded a member of %(what)s"),
    "council.minutes_drafted": _l("%(who)s drew up the minutes %(what)s"),
    "council.minutes_edited": _l("%(who)s edited the minutes %(what)s"),
    "council.minutes_finalised": _l("%(who)s finalised the minutes %(what)s"),
    "council.minutes_made": _l("%(who)s made the paper of the minutes %(what)s"),
    "council.minutes_refused": _l("%(who)s refused to sign the minutes %(what)s"),
    "council.minutes_signed": _l("%(who)s recorded that the minutes %(what)s are signed"),
    "council.presiding_set": _l("%(who)s appointed who presides over the session %(what)s"),
    "council.proposed": _l("%(who)s proposed the matter %(what)s"),
    "council.remark_noted": _l("%(who)s noted a remark in the matter %(what)s"),
    "council.session_closed": _l("%(who)s closed the session %(what)s"),
    "council.session_created": _l("%(who)s created the session %(what)s"),
    "council.session_opened": _l("%(who)s opened the session %(what)s"),
    "council.session_paused": _l("%(who)s adjourned the session %(what)s"),
    "council.session_resumed": _l("%(who)s resumed the session %(what)s"),
    "council.speaker_added": _l("%(who)s added a speaker to the matter %(what)s"),
    "council.speaker_removed": _l("%(who)s removed a speaker from the matter %(what)s"),
    "council.template_set": _l("%(who)s set the session template of %(what)s"),
    "council.vote_cast": _l("%(who)s voted on %(what)s"),
    "council.vote_entered": _l("%(who)s entered a member's vote on %(what)s at the desk"),
    "delivery.cancelled": _l("%(who)s cancelled the delivery %(what)s"),
    "delivery.changed": _l("%(who)s recorded a change in the delivery %(what)s"),
    "delivery.queued": _l("%(who)s prepared the delivery %(what)s"),
    "delivery.receipt": _l("%(who)s received the receipt of the delivery %(what)s"),
    "delivery.resent": _l("%(who)s sent the delivery %(what)s again"),
    "demo.loaded": _l("%(who)s loaded the demonstration municipality"),
    "directory.account_added": _l("%(who)s let the application %(what)s read the directory"),
    "directory.account_removed": _l("%(who)s stopped the application %(what)s from reading the directory"),
    "directory.account_renewed": _l("%(who)s gave the application %(what)s a new password for the directory"),
    "directory.compared": _l("%(who)s asked to compare the directory with the register"),
    "directory.reconciled": _l("%(who)s brought the directory to what the register says"),
    "document.annulled": _l("%(who)s annulled the document %(what)s"),
    "document.assigned": _l("%(who)s named the person responsible for the document %(what)s"),
    "document.corrected": _l("%(who)s corrected the registration data of the document %(what)s"),
    "document.done": _l("%(who)s noted that the document %(what)s is done"),
    "document.exported": _l("%(who)s exported the list of documents"),
    "document.file_added": _l("%(who)s added a file to the document %(what)s"),
    "document.file_read": _l("%(who)s opened a file of the document %(what)s"),
    "document.joined_case": _l("%(who)s joined the document %(what)s to a case"),
    "document.read": _l("%(who)s read the document %(what)s"),
    "document.refused": _l("%(who)s was refused the document %(what)s"),
    "document.registered": _l("%(who)s registered the document %(what)s"),
    "document.shared": _l("%(who)s gave access to the document %(what)s"),
    "document.signatures_checked": _l("%(who)s checked the signatures of the document %(what)s"),
    "exchange.call": _l("%(who)s called the e-address system about %(what)s"),
    "exchange.raw_read": _l("%(who)s read the raw message %(what)s"),
    "factor.all_removed": _l("%(who)s removed all second factors of %(what)s"),
    "factor.code_used": _l("%(who)s used a recovery code of %(what)s"),
    "factor.codes_made": _l("%(who)s made new recovery codes for %(what)s"),
    "factor.device_added": _l("%(who)s added an application with codes for %(what)s"),
    "factor.device_removed": _l("%(who)s removed the application with codes of %(what)s"),
    "factor.passkey_added": _l("%(who)s added a passkey for %(what)s"),
    "factor.passkey_removed": _l("%(who)s removed a passkey of %(what)s"),
    "factor.rule_set": _l("%(who)s set from when the role %(what)s needs a second factor"),
    "federation.ended_from_outside": _l("%(who)s ended sessions because the provider %(what)s asked"),
    "federation.key_changed": _l("%(who)s began to sign requests to providers with the next key"),
    "federation.key_prepared": _l("%(who)s prepared the next key for requests to providers"),
    "federation.linked": _l("%(who)s linked an outside identity to %(what)s"),
    "federation.metadata_changed": _l("%(who)s took over new metadata of the provider %(what)s"),
    "federation.provider_saved": _l("%(who)s saved the settings of the provider %(what)s"),
    "federation.refused": _l("%(who)s was refused: an answer of the provider %(what)s"),
    "federation.rule_added": _l("%(who)s added a rule of the provider %(what)s"),
    "federation.rule_moved": _l("%(who)s changed the order of rules of the provider %(what)s"),
    "federation.rule_removed": _l("%(who)s removed a rule of the provider %(what)s"),
    "federation.signed_out": _l("%(who)s was signed out at the provider %(what)s"),
    "federation.unlinked": _l("%(who)s removed the link of an outside identity to %(what)s"),
    "flow.closed": _l("%(who)s closed the flow %(what)s"),
    "flow.data_changed": _l("%(who)s changed the data of the flow %(what)s"),
    "flow.defined": _l("%(who)s published the flow model %(what)s"),
    "flow.finished": _l("%(who)s finished the flow %(what)s"),
    "flow.message": _l("%(who)s moved the flow %(what)s on"),
    "flow.message_ignored": _l("%(who)s sent the flow %(what)s a message it did not wait for"),
    "flow.started": _l("%(who)s started the flow %(what)s"),
    "mail.sent": _l("%(who)s sent a mail to %(what)s"),
    "message.retried": _l("%(who)s asked to take the message %(what)s in again"),
    "message.stored": _l("%(who)s took in the message %(what)s"),
    "origin.added": _l("%(who)s let an application show the bar: %(what)s"),
    "origin.ended": _l("%(who)s no longer lets an application show the bar: %(what)s"),
    "password.changed": _l("%(who)s changed the password of %(what)s"),
    "person.added": _l("%(who)s added the person %(what)s"),
    "person.suspended": _l("%(who)s suspended the account of %(what)s"),
    "profile.look_set": _l("%(who)s changed the look of the pages for %(what)s"),
    "profile.notices_set": _l("%(who)s chose the news for %(what)s"),
    "profile.picture_removed": _l("%(who)s removed the picture of %(what)s"),
    "profile.picture_set": _l("%(who)s changed the picture of %(what)s"),
    "register.added": _l("%(who)s added the register %(what)s"),
    "role.given": _l("%(who)s gave a role to %(what)s"),
    "sealed.sealed": _l("%(who)s sealed the account %(what)s"),
    "sealed.used": _l("%(who)s signed in with the sealed account %(what)s"),
    "service.changed": _l("%(who)s changed the service card %(what)s"),
    "service.created": _l("%(who)s created the service card %(what)s"),
    "shell.published": _l("%(who)s put %(what)s in force"),
    "sign_in.all_ended": _l("%(who)s ended all sessions of %(what)s"),
    "sign_in.confirmed": _l("%(who)s confirmed who they are"),
    "sign_in.ended": _l("%(who)s signed out"),
    "sign_in.failed": _l("%(who)s tried to sign in as %(what)s and failed"),
    "sign_in.half": _l("%(who)s gave the right password; the second factor is still awaited"),
    "sign_in.succeeded": _l("%(who)s signed in"),
    "sign_on.granted": _l("%(who)s signed in to the application %(what)s"),
    "sign_on.key_made": _l("%(who)s made the signing key %(what)s"),
    "sign_on.keys_replaced": _l("%(who)s replaced the signing keys with %(what)s"),
    "sign_on.refused": _l("%(who)s was refused a sign-in or token: application %(what)s"),
    "sign_on.sign_out_told": _l("%(who)s told the application %(what)s that somebody signed out"),
    "signature.asked": _l("%(who)s asked for a signature on %(what)s"),
    "signature.check_asked": _l("%(who)s asked to check the signatures of %(what)s"),
    "signature.container_made": _l("%(who)s made the signed container %(what)s"),
    "signature.container_read": _l("%(who)s opened the signed container %(what)s"),
    "signature.file_read": _l("%(who)s opened a file to be signed: %(what)s"),
    "signature.made": _l("%(who)s signed %(what)s"),
    "signature.not_made": _l("%(who)s could not sign %(what)s"),
    "signature.refused": _l("%(who)s refused to sign %(what)s"),
    "signature.requested": _l("%(who)s asked for a signature on %(what)s"),
    "task.claimed": _l("%(who)s took the task %(what)s"),
    "task.closed": _l("%(who)s closed the task %(what)s"),
    "task.created": _l("%(who)s created the task %(what)s"),
    "task.done": _l("%(who)s did the task %(what)s"),
    "task.reassigned": _l("%(who)s reassigned the task %(what)s"),
    "task.released": _l("%(who)s gave the task %(what)s back"),
    "terms.confirmed": _l("%(who)s confirmed the terms of use %(what)s"),
    "terms.published": _l("%(who)s published the terms of use %(what)s"),
    "token.ended": _l("%(who)s ended an access token of the application %(what)s"),
    "token.issued": _l("%(who)s received an access token: application %(what)s"),
    "token.stolen": _l("%(who)s presented a code or token a second time: application %(what)s"),
    "unit.added": _l("%(who)s added the unit %(what)s"),
    "unit.head_set": _l("%(who)s appointed the head of the unit %(what)s"),
}


def sentence(row, names=None):
    """The record in words: "Anna Liepiņa registered the document “…”".
    names: {person id as text: name} of those on whose behalf people acted."""
    return _template(row) % {"who": _who(row, names), "what": _what(row), "action": row.action}


def as_html(row, names=None):
    """The same with the object set off, safe to put into a page."""
    what = escape(_what(row))
    return escape(_template(row)) % {"who": escape(_who(row, names)), "what": what, "action": escape(row.action)}


def deed(action, what):
    """What was done, without who did it: for a person who asks what was done with their data."""
    words = str(SENTENCES.get(action, action)).replace("%(who)s", "").replace("%(what)s", f"„{what}”").strip()
    return words[:1].upper() + words[1:]


def actions():
    """(key, words) of the known actions in order of their words, for a filter."""
    words = {key: str(text).replace("%(who)s", "").replace("%(what)s", "…") for key, text in SENTENCES.items()}
    return sorted(((key, text.strip(" …:")) for key, text in words.items()), key=lambda item: sort_key(item[1]))


def _template(row):
    if row.action in SENTENCES:
        return str(SENTENCES[row.action])
    return str(_l("%(who)s did “%(action)s”: %(what)s") if row.object_kind else _l("%(who)s did “%(action)s”"))


def _who(row, names):
    if row.client == "system" and row.person_id is None:
        return _("The system")
    who = row.person_name or _("Someone who was not signed in")
    other = (names or {}).get(row.on_behalf_of_id)
    return _("%(who)s (for %(other)s)", who=who, other=other) if other else who


def _what(row):
    return f"„{row.label}”" if row.label else _("(unnamed)")
