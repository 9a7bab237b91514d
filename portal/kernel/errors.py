"""The six ways a request can fail. Each carries one sentence that the reader can act on."""


class PortalError(Exception):
    """Base of the six; `status` is the HTTP status that the edge answers with. on_record: arguments of `audit.record`
    for what must stay on record of it, once the transaction that it undoes is undone. members: more of it, for
    programmes, in problem JSON."""

    status = 500
    on_record: tuple = ()
    members: dict = {}

    def __init__(self, message="", field=None):
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(PortalError):
    """There is no such thing, or its mere existence is confidential."""

    status = 404


class Forbidden(PortalError):
    """The actor may not do this; the message says by which rule."""

    status = 403


class ConfirmationNeeded(Forbidden):
    """The act is allowed once the person has proven again who they are; pages lead there."""


class Invalid(PortalError):
    """The input is wrong; `field` names the form field at fault, when there is one."""

    status = 422


class Conflict(PortalError):
    """The thing is in another state than the actor believed."""

    status = 409


class ExternalRefused(PortalError):
    """An outside system said no; a person must look. `code` is their code."""

    status = 502

    def __init__(self, message="", code=""):
        super().__init__(message)
        self.code = code


class ExternalUnavailable(PortalError):
    """An outside system did not answer; trying later may help. `retry_after_s`: their wish, or None."""

    status = 503

    def __init__(self, message="", retry_after_s=None):
        super().__init__(message)
        self.retry_after_s = retry_after_s


def ensure(verdict):
    """Raise Forbidden with the verdict's reason unless it allows."""
    if not verdict:
        raise Forbidden(getattr(verdict, "reason", ""))
