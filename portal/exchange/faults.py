"""What a refusal by VUS means and what to do about it: one table, by the code without its BL. prefix."""

import enum
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from portal.kernel.i18n import _l


class Reaction(enum.StrEnum):
    """What the system does by itself."""

    STOP = "stop"  # a person must look
    RETRY_HOURLY = "retry_hourly"  # passes once somebody has made room; tried again by itself


@dataclass(frozen=True)
class Fault:
    """Cause and remedy in words for the delivery desk. `resend`: does pressing „send again” make sense as it is?"""

    cause: Any
    remedy: Any
    reaction: Reaction = Reaction.STOP
    resend: bool = True


_TELL_IT = _l("Tell the IT administrator the code; after the repair press “Send again”.")
_SIGNATURE = Fault(_l("The e-address system does not accept our signature."), _TELL_IT)
_FORMAT = Fault(_l("The e-address system does not understand the envelope that PKIP made."), _TELL_IT)
_SENDER = Fault(_l("This connection may not send from our e-address."), _TELL_IT)
_TOO_LARGE = Fault(
    _l("The message is larger than the recipient accepts."),
    _l("Send the files in several messages or in another way."),
    resend=False,
)
_FILES = Fault(_l("The files that arrived differ from those that the envelope lists."), _l("Press “Send again”."))
_ALGORITHM = Fault(_l("The e-address system does not support our signature algorithm."), _TELL_IT)
_ADDRESS = Fault(
    _l("The e-address is written wrongly."),
    _l("Correct the address where the delivery was begun, and send it anew."),
    resend=False,
)
_NO_ACCOUNT = Fault(
    _l("The recipient has no active e-address account."),
    _l("Send it another way: by post, or hand it over in person."),
    resend=False,
)
_ACCESS = Fault(_l("The e-address system does not let us see this message."), _TELL_IT)
_SECTIONS = Fault(_l("The large files did not arrive in one piece."), _l("Press “Send again”."))
_OUR_MAILBOX = Fault(
    _l("Our own e-address mailbox is full."),
    _l("The IT administrator must make room; PKIP then sends by itself, every hour."),
    Reaction.RETRY_HOURLY,
)
_CONNECTION = Fault(
    _l("The e-address system does not recognise our certificate or connection."),
    _l("The IT administrator must renew the certificate or connection; then press “Send again”."),
)
_RIGHTS = Fault(_l("Our connection lacks a right in the e-address system."), _TELL_IT)
_KIND = Fault(_l("The e-address system does not know this kind of document."), _TELL_IT)

FAULTS = {
    **dict.fromkeys(("PSS.001", "PSS.023", "PSS.044"), _SIGNATURE),
    **dict.fromkeys(("PSS.003", "PSS.014", "PSS.016", "PSS.045"), _FORMAT),
    **dict.fromkeys(("PSS.005", "PSS.007", "PSS.011"), _SENDER),
    "PSS.006": _TOO_LARGE,
    "PSS.008": Fault(
        _l("A different message was sent before under the same number."),
        _l("Press “Send again”: it goes out under a new number."),
    ),
    "PSS.009": Fault(_l("The delivery deadline is outside the permitted range."), _TELL_IT),
    **dict.fromkeys(("PSS.010", "PSS.036", "PSS.040"), _KIND),
    **dict.fromkeys(("PSS.017", "PSS.018", "PSS.019", "PSS.042", "PSS.046", "PSS.049"), _FILES),
    **dict.fromkeys(("PSS.020", "PSS.022"), _ALGORITHM),
    "PSS.021": _ADDRESS,
    "PSS.024": _NO_ACCOUNT,
    **dict.fromkeys(("PSS.025", "PSS.030"), _ACCESS),
    **dict.fromkeys(("PSS.026", "PSS.027", "PSS.033", "PSS.038", "PSS.039", "PSS.043"), _FORMAT),
    **dict.fromkeys(
        ("PSS.034", "PSS.035"),
        Fault(
            _l("The term for confirming this message has passed; the sender was told that it was not received."),
            _l("Ask the sender to send it again."),
            resend=False,
        ),
    ),
    "PSS.041": Fault(
        _l("Some recipients want encryption and others do not."), _l("Send to each recipient separately."), resend=False
    ),
    **{f"PSS.{n:03d}": _SECTIONS for n in range(50, 58)},
    **dict.fromkeys(("PSS.058", "PSS.059"), _OUR_MAILBOX),
    "PSS.060": Fault(_l("Our connection accepts e-invoices only."), _TELL_IT),
    "ARH.001": Fault(_l("Archived messages are not allowed for our connection."), _TELL_IT),
    **dict.fromkeys(("AKL.PSL.004", "AKL.PSL.013", "AKL.PSL.014", "AKL.PSL.017"), _CONNECTION),
    **dict.fromkeys(("AKL.KOP.010", "AKL.KOP.011", "KOP.015", "KOP.018"), _RIGHTS),
    **dict.fromkeys(("KOP.008", "KOP.009", "KOP.010", "KOP.011", "KOP.014"), _FORMAT),
    **dict.fromkeys(
        ("KOP.001", "KOP.002"),
        Fault(_l("The recipient's mailbox is full."), _l("Press “Send again” later, or send it another way.")),
    ),
    # ours, not theirs
    "no_account": _NO_ACCOUNT,
    "gave_up": Fault(
        _l("The e-address system has not answered for 24 hours."),
        _l("When the connection works again, press “Send again”. Nothing will arrive twice."),
    ),
    "unavailable": Fault(_l("The e-address system does not answer."), _l("Nothing to do: PKIP tries again by itself.")),
    "content": Fault(
        _l("What arrived does not agree with its own checksum or signature."),
        _l("Press “Try again”; if it stays so, tell the IT administrator to ask the e-address support."),
    ),
    "unregistered": Fault(
        _l("The message has arrived but could not be registered."),
        _l("Press “Try again”; if it stays so, tell the IT administrator."),
    ),
    "refused": Fault(
        _l("The recipient refused the message."), _l("Read the recipient's reason; then send it again or another way.")
    ),
    "late": Fault(_l("The recipient has not opened the message in time."), _l("Send it again or another way.")),
}
UNKNOWN = Fault(_l("The e-address system refused the message."), _TELL_IT)

# --- trying again -----------------------------------------------------------------------------------------------------

BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60))
GIVE_UP_AFTER = timedelta(hours=24)


def explain(code):
    """Cause and remedy for a code."""
    return FAULTS.get(code or "", UNKNOWN)


def wait_before(next_try):
    """How long to wait before try number `next_try` (2 is the first repeat): 1, 5, 15, 60 minutes, then hourly."""
    return BACK_OFF[min(next_try - 2, len(BACK_OFF) - 1)]
