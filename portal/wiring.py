"""Which event makes which area do what. Read it from top to bottom and the golden thread passes by.

TOGETHER: in the same transaction, both happen or neither; called with the actor and the event's fields.
LATER: after commit, by a job, with the event's fields."""

from jobs import audit as audit_jobs
from jobs import cases as cases_jobs
from jobs import control as control_jobs
from jobs import council as council_jobs
from jobs import directory as directory_jobs
from jobs import documents as documents_jobs
from jobs import exchange as exchange_jobs
from jobs import identity as identity_jobs
from jobs import search as search_jobs
from jobs import signing as signing_jobs
from jobs import storage as storage_jobs
from jobs import store as store_jobs
from jobs import workflow as workflow_jobs
from jobs import workplace as workplace_jobs
from portal.admin import service as admin
from portal.audit import events as audit_events
from portal.cases import events as cases_events
from portal.cases import policy as cases_policy
from portal.cases import service as cases
from portal.council import events as council_events
from portal.council import service as council
from portal.documents import events as documents_events
from portal.documents import service as documents
from portal.documents import words as document_words
from portal.exchange import events as exchange_events
from portal.exchange import service as exchange
from portal.identity import events as identity_events
from portal.identity import service as identity
from portal.search import events as search_events
from portal.signing import events as signing_events
from portal.storage import events as storage_events
from portal.store import events as store_events
from portal.store import service as store
from portal.store import words as store_words
from portal.workflow import events as workflow_events
from portal.workflow import service as workflow
from portal.workplace import events as workplace_events

TOGETHER = [
    (identity_events.SealedAccountUsed, workflow.task_for_sealed_account),
    (identity_events.SealedAccountUsed, admin.enter_use_of_sealed_account),
    (exchange_events.MessageReceived, documents.register_received),
    (documents_events.DocumentRegistered, cases.open_for_document),
    (documents_events.TeamAsked, cases.follow_team),
    (documents_events.AccessAsked, workflow.task_for_access),
    (documents_events.AccessAnswered, workflow.access_answered),
    (documents_events.RestrictionEnding, workflow.task_for_restriction),
    (documents_events.DocumentRegistered, workflow.start_by_rules),
    (documents_events.DocumentChanged, workflow.follow_document),
    (workflow_events.StepGiven, documents.open_for_step),
    (documents_events.DocumentAnswered, workflow.document_answered),
    (council_events.MatterDecided, cases.matter_decided),
    (council_events.MatterDecided, workflow_jobs.matter_decided),
    (council_events.BallotDecided, council.amendment_decided),
    (council_events.SessionClosed, council.ask_for_recording),
    (signing_events.SignatureRequested, workflow.task_for_signature),
    (signing_events.SignatureMade, workflow.finish_signature_task),
    (signing_events.SignatureRefused, workflow.drop_signature_tasks),
    (signing_events.ApprovalAsked, workflow.task_for_approval),
    (signing_events.ApprovalAnswered, workflow.finish_approval_task),
    (signing_events.ApprovalEnded, workflow.drop_approval_tasks),
    (signing_events.DocumentSigned, documents.keep_signed),
    (signing_events.SignatureRefused, council.paper_refused),
    (signing_events.DocumentSigned, council.paper_signed),
    (signing_events.DocumentSigned, workflow_jobs.signed),
    (signing_events.SignatureRefused, workflow_jobs.refused),
    (signing_events.ApprovalFinished, workflow_jobs.approval_finished),
    (signing_events.ApprovalFinished, council.approval_finished),
    (signing_events.SignatureRequested, documents.draft_sent),
    (signing_events.ApprovalAsked, documents.draft_asked),
    (signing_events.DocumentSigned, documents.draft_signed),
    (signing_events.SignatureRefused, documents.draft_refused),
    (council_events.DecisionSigned, cases.decision_signed),
    (council_events.DecisionSigned, council.regulation_adopted),
    (exchange_events.DeliveryChanged, cases.delivery_changed),
    (exchange_events.DeliveryChanged, council.regulation_delivered),
    (exchange_events.DeliveryChanged, documents.delivery_moved),
    (documents_events.DocumentChanged, workflow.document_changed),
    (documents_events.TermExtended, cases.term_extended),
    (storage_events.TextChanged, documents.text_changed),
    (storage_events.TextChanged, store.text_changed),
    (identity_events.PersonLeft, workflow.person_left),
    (store_events.ItemCreated, store.note_created),
    (store_events.ItemChanged, store.note_changed),
    (store_events.VersionAdded, store.note_version),
    (store_events.ItemDeleted, store.note_deleted),
    (store_events.ItemRestored, store.note_restored),
    (store_events.GrantGiven, store.note_granted),
    (store_events.GrantEnded, store.note_revoked),
    (storage_events.BlobsDamaged, workflow.task_for_damaged_files),
    (storage_events.BlobQuarantined, workflow.task_for_quarantine),
    (exchange_events.DeliveryChanged, workflow_jobs.delivery_changed),
    (identity_events.PersonLeft, workflow.take_over),
    (identity_events.SubstitutionChanged, workflow.tell_substitute),
    (identity_events.PersonChanged, directory_jobs.person_changed),
    (identity_events.UnitChanged, directory_jobs.unit_changed),
    (identity_events.GroupChanged, directory_jobs.groups_changed),
    (identity_events.DirectoryReadersChanged, directory_jobs.groups_changed),
]
# tables whose rows search follows: kind of what is found, what is told of a row, other rows that its change concerns
FOLLOWED = [
    ("person", "person", identity.found_person, None),
    ("unit", "unit", identity.found_unit, identity.people_in),
    ("council_session", "session", council.found_session, None),
    ("matter", "matter", council.found_matter, council.decision_on),
    ("decision", "decision", council.found_decision, None),
    ("message", "message", exchange.found_message, None),
    ("filing_plan", "", None, documents.dossiers_of),
    ("dossier", "dossier", documents.found_dossier, None),
    ("task", "task", workflow.found_task, None),
    ("document", "", None, workflow.resolutions_on),
    ("document_restriction", "", None, workflow.resolutions_under),
    ("resolution", "resolution", workflow.found_resolution, None),
    ("resolution_executor", "", None, workflow.resolution_of),
]
# areas that tell search by themselves, and can tell it all anew: functions of progress(number)
TOLD = [store.index_all]
# kinds of found objects -> of which of them search tells nothing but the number
VEILS = {"document": documents.veiled_documents, "draft": documents.veiled_drafts}
# the levels of which it tells a person nothing but numbers
CLOSED_LEVELS = documents.levels_to_confirm
# what states and levels of found objects are called
FOUND_NAMES = {
    "status": {
        **{f"document.{state}": words for state, words in document_words.STATES.items()},
        **{f"draft.{state}": words for state, words in document_words.DRAFT_STATES.items()},
        **{f"case.{status}": words for status, words in cases_policy.STATUS_NAMES.items()},
        **{f"store_item.{state}": words for state, words in store_words.STATES.items()},
    },
    "level": {
        **{f"document.{level}": words for level, words in document_words.LEVELS.items()},
        **{f"store.{level}": words for level, words in store_words.LEVELS.items()},
    },
}
LATER = [
    (workflow_events.StepAsked, workflow_jobs.perform_step),
    (documents_events.DocumentRegistered, documents_jobs.process_files),
    (documents_events.FileAdded, documents_jobs.process_files),
    (documents_events.FilesWaiting, documents_jobs.process_files),
    (storage_events.TextAsked, storage_jobs.read_again),
    (store_events.ItemCreated, store_jobs.read_files),
    (store_events.VersionAdded, store_jobs.read_files),
    (store_events.GrantGiven, store_jobs.follow_grant),
    (store_events.GrantEnded, store_jobs.follow_grant),
    (documents_events.DocumentRegistered, documents_jobs.keep_in_store),
    (documents_events.FileAdded, documents_jobs.keep_in_store),
    (documents_events.DocumentChanged, documents_jobs.keep_in_store),
    (documents_events.FilesRead, documents_jobs.make_previews),
    (documents_events.StampAsked, documents_jobs.stamp),
    (documents_events.FileAsked, documents_jobs.make_file),
    (documents_events.PlanImportAsked, documents_jobs.read_import),
    (documents_events.ScanAdded, documents_jobs.read_scan),
    (documents_events.DestructionAsked, documents_jobs.carry_out_act),
    (documents_events.BytesOwed, documents_jobs.erase_bytes),
    (documents_events.HandoverAsked, documents_jobs.make_package),
    (cases_events.CaseStatusChanged, cases_jobs.send_status),
    (cases_events.SendingAsked, cases_jobs.send_status),
    (cases_events.ShopAsked, cases_jobs.tell_shop),
    (cases_events.ShopWaits, cases_jobs.take_applications),
    (cases_events.LetterWritten, cases_jobs.make_letter),
    (council_events.SessionInvited, council_jobs.make_agenda),
    (council_events.MatterDecided, council_jobs.make_decision),
    (signing_events.SignatureRequested, signing_jobs.fetch_certificate),
    (signing_events.SigningAsked, signing_jobs.sign),
    (signing_events.CheckQueued, signing_jobs.check),
    (council_events.MinutesFinalised, council_jobs.make_minutes),
    (council_events.SessionInvited, council_jobs.refresh_public),
    (council_events.SessionInvited, council_jobs.tell_members),
    (council_events.MatterDecided, council_jobs.refresh_open_data),
    (council_events.SessionClosed, council_jobs.refresh_public),
    (council_events.PublicChanged, council_jobs.refresh_public),
    (council_events.ClosedPartBegan, council_jobs.refresh_public),
    (council_events.ClosedPartEnded, council_jobs.refresh_public),
    (council_events.ExtractAsked, council_jobs.make_extract),
    (council_events.MaterialsAsked, council_jobs.make_materials),
    (council_events.StatementApproved, council_jobs.make_statement),
    (exchange_events.DeliveryQueued, exchange_jobs.deliver),
    (search_events.SearchChanged, search_jobs.index_pending),
    (search_events.RebuildAsked, search_jobs.rebuild),
    (search_events.NewsFound, search_jobs.tell_news),
    (storage_events.UploadReceived, storage_jobs.finish_upload),
    (storage_events.BlobReceived, storage_jobs.scan),
    (store_events.BytesLeft, store_jobs.erase_bytes),
    (store_events.ImportAsked, store_jobs.run_import),
    (storage_events.FixityAsked, storage_jobs.check_files),
    (workflow_events.TaskNews, control_jobs.tell_of_task),
    (workplace_events.MailAsked, workplace_jobs.send_mail),
    (identity_events.ReconciliationAsked, directory_jobs.reconcile),
    (identity_events.OutsideReadingAsked, directory_jobs.read_outside),
    (audit_events.VerificationRequested, audit_jobs.verify),
    (identity_events.AccountNews, identity_jobs.tell_account_news),
    (identity_events.SignOutOwed, identity_jobs.tell_sign_out),
    (identity_events.NoticeTrialAsked, identity_jobs.try_sign_out_notice),
    (identity_events.ProviderChanged, identity_jobs.refresh_provider),
    (identity_events.CodeReceived, identity_jobs.exchange_code),
]
