"""ASiC-E containers with XAdES signatures (ETSI EN 319 162, EN 319 132): building, adding a signature, checking.

*container*: the archive and its limits. *xml*: reading XML that a stranger wrote. *build*: a signature made in two
steps around a remote signing service. *references*: what a signature covers. *verify*: the whole check.
"""

from portal.signing.asice.build import DataFile, Prepared, certificates_of, complete, lasting, prepare
from portal.signing.asice.container import Container, Limits, add_signature, write
from portal.signing.asice.verify import verify

__all__ = [
    "Container",
    "DataFile",
    "Limits",
    "Prepared",
    "add_signature",
    "certificates_of",
    "complete",
    "lasting",
    "prepare",
    "verify",
    "write",
]
