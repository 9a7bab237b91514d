"""Everything documents can do: the only door for other areas."""

from portal.documents.models import Direction, DocumentKind, DocumentState, FileRole, TextState
from portal.documents.service.deadlines import ANSWER_BUSINESS_DAYS, ANSWER_COMPLEX_MONTHS, term_of
from portal.documents.service.files import (
    Upload,
    add_file,
    add_files,
    attach_container,
    files_of,
    get_file,
    open_file,
    read_range,
    receive_uploads,
    text_of_file,
)
from portal.documents.service.indexing import index_document, reindex_all
from portal.documents.service.lists import DocumentFilters, count_documents, export_documents, list_documents, overview
from portal.documents.service.processing import process_files
from portal.documents.service.readers import Reader, readers_of, share_with
from portal.documents.service.receiving import register_received
from portal.documents.service.records import (
    EditedMeanwhile,
    annul,
    annulment_of,
    assign,
    create,
    document_of_message,
    documents_of_case,
    finish,
    get_document,
    join_case,
    open_document,
    register,
    share,
    update_document,
)
from portal.documents.service.registers import (
    add_register,
    counts,
    get_register,
    install_registers,
    list_registers,
    recount,
    register_for,
    registers_open_to,
)

__all__ = [
    "ANSWER_BUSINESS_DAYS", "ANSWER_COMPLEX_MONTHS", "Direction", "DocumentFilters", "DocumentKind",
    "DocumentState", "EditedMeanwhile", "FileRole", "Reader", "TextState", "Upload", "add_file", "add_files",
    "add_register", "annul", "annulment_of", "assign", "attach_container", "count_documents", "counts",
    "create", "document_of_message", "documents_of_case", "export_documents", "files_of", "finish",
    "get_document", "get_file", "get_register", "index_document", "install_registers", "join_case",
    "list_documents", "list_registers", "open_document", "open_file", "overview", "process_files", "read_range",
    "readers_of", "receive_uploads", "recount", "register", "register_for", "register_received",
    "registers_open_to", "reindex_all", "share", "share_with", "term_of", "text_of_file", "update_document",
]
