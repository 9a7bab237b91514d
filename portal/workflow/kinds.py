"""What the kinds of tasks ask for, in words. A new kind gets its line here and its page in blueprints/workflow."""

from portal.kernel.i18n import _, _l

KIND_NAMES = {
    "case.assign": _l("Assign the responsible employee"),
    "case.prepare": _l("Prepare the draft decision"),
    "case.deliver": _l("Send the decision to the client"),
    "case.refuse": _l("Answer with a refusal"),
    "case.correction": _l("Look at the corrected application"),
    "case.hand_over": _l("Give the answer to the client"),
    "council.place": _l("Put the matter on an agenda"),
    "council.improve": _l("Improve the draft decision"),
    "council.invitation": _l("Answer the invitation to a session"),
    "council.minutes": _l("Draw up the minutes"),
    "council.minister": _l("Inform the minister"),
    "council.reexamine": _l("Convene an extraordinary session"),
    "council.regulation": _l("Take the next step of the regulations"),
    "council.repeat": _l("Convene the repeat session"),
    "council.publish": _l("Publish a decision of the council"),
    "council.publish_drafts": _l("Publish the drafts of a session"),
    "council.publish_minutes": _l("Publish minutes"),
    "council.statement": _l("Approve the statement of attendance"),
    "council.recording": _l("Publish the recording of a session"),
    "signing.sign": _l("Sign"),
    "signing.approve": _l("Approve"),
    "resolution.write": _l("Write a resolution"),
    "resolution.execute": _l("Carry out the resolution"),
    "resolution.accept": _l("Accept or return what was done"),
    "resolution.extend": _l("Answer the request to extend a term"),
    "resolution.notice": _l("Tell the applicant that the term is extended"),
    "control.late": _l("A term in your unit is broken"),
    "document.send": _l("Send out"),
    "document.access": _l("Answer the request for access"),
    "document.access_answer": _l("Read the answer to your request for access"),
    "document.restriction": _l("Decide whether access stays restricted"),
    "document.read": _l("Get acquainted"),
    "flow.step": _l("Step of a flow"),
    "identity.sealed_used": _l("Find out why the sealed account was used"),
    "storage.damaged": _l("Bring damaged files back from a backup"),
    "storage.quarantined": _l("Decide about a file in quarantine"),
    "delivery.repair": _l("Mend the delivery"),
}


def kind_name(kind: str) -> str:
    """What has to be done, in words."""
    return str(KIND_NAMES.get(kind) or _("Task"))
