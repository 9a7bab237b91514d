"""VPVKAC IS, the one-stop shops' system, behind the VISS gateway: the municipality's scenario P2P (8.4)."""

import base64
import hashlib
import json
import re
import uuid
from datetime import datetime
from urllib.parse import quote, urlencode

from urllib3.filepost import encode_multipart_formdata

from portal.cases.adapters.gateway import Gateway, stamp
from portal.cases.ports import Applicant, Application, ApplicationHeader, ArrivedFile, Change, WrongApplication
from portal.kernel.config import settings
from portal.kernel.i18n import _

PAGE = 50
LARGEST_FILE_BYTES = 20 * 1024 * 1024
PART_BYTES = 4 * 1024 * 1024
LONGEST_TEXT = 1000
ANSWER_CHANNELS = ("EADRESE", "KLATIENE", "PASTS", "EPASTS")
_KINDS = ("natural", "legal", "unit")


class Vpvkac:
    """The port `OneStopShop` over contract 8.4."""

    def __init__(self):
        self.gateway = Gateway("VPVKAC IS", settings().vpvkac_url)

    def waiting(self, after=""):
        asked = urlencode({"state": "new", "limit": PAGE} | ({"after": after} if after else {}))
        answer = self.gateway.call("GET", f"/applications?{asked}")
        found = []
        for item in answer.get("items") or ():
            try:
                found.append(ApplicationHeader(uuid.UUID(str(item["applicationId"])), int(item["version"])))
            except (KeyError, ValueError, TypeError):
                continue  # without an identifier nobody could ask for it, or answer about it
        return found, answer.get("next") or ""

    def fetch(self, application_id):
        body = self.gateway.call("GET", f"/applications/{application_id}")
        try:
            application = _read(body, application_id)
            files = tuple(self._file(application_id, file) for file in body.get("files") or ())
        except WrongApplication as problem:
            problem.content = body
            raise
        return Application(**application, files=files, content=body)

    def _file(self, application_id, file):
        name, wanted = str(file.get("name") or ""), str(file.get("sha256") or "").lower()
        data, headers = self.gateway.fetch(
            f"/applications/{application_id}/files/{quote(str(file.get('fileId')), safe='')}", LARGEST_FILE_BYTES
        )
        digest = hashlib.sha256(data).digest()
        told = headers.get("Digest", "").partition("sha-256=")[2]
        if digest.hex() != wanted or (told and told != base64.b64encode(digest).decode()):
            raise WrongApplication(_("The file %(name)s differs from its checksum", name=name))
        return ArrivedFile(name or "datne", str(file.get("mimeType") or "application/octet-stream"), data)

    def accept(self, application_id, case_number, received_at):
        self.gateway.call(
            "POST",
            f"/applications/{application_id}/ack",
            {"caseNumber": case_number, "receivedAt": stamp(received_at)},
            uuid.uuid5(application_id, f"ack:{case_number}"),
        )

    def reject(self, application_id, code, text):
        body = {"code": code, "text": text[:LONGEST_TEXT]}
        key = uuid.uuid5(application_id, f"reject:{code}:{text}")
        self.gateway.call("POST", f"/applications/{application_id}/reject", body, key)

    def tell(self, application_id, change: Change):
        self.gateway.call(
            "POST",
            f"/applications/{application_id}/status",
            {
                "eventId": str(change.id),
                "status": change.status,
                "statusAt": stamp(change.status_at),
                "textForClient": change.text[:LONGEST_TEXT],
            },
            change.id,
        )

    def give_result(self, application_id, key, number, on, way, files):
        path = f"/applications/{application_id}/result"
        about = {"type": "document", "number": number, "date": on.isoformat(), "deliveredVia": way}
        inline = sum(len(file.data) for file in files) <= PART_BYTES
        if not inline:
            about["files"] = [self._put_parts(path, uuid.uuid5(key, str(n)), file) for n, file in enumerate(files)]
        fields = [("result", (None, json.dumps(about, ensure_ascii=False), "application/json; charset=utf-8"))]
        fields += [("file", (file.name, file.data, file.mime)) for file in files if inline]
        data, content_type = encode_multipart_formdata(fields)
        self.gateway.send("POST", path, data, content_type, key)

    def _put_parts(self, path, file_id, file):
        """A file in parts of the size that the gateway takes (6.1); returns what the result says of it."""
        size = len(file.data)
        for start in range(0, size, PART_BYTES):
            part = file.data[start : start + PART_BYTES]
            self.gateway.send(
                "PUT",
                f"{path}/files/{file_id}",
                part,
                "application/octet-stream",
                uuid.uuid5(file_id, str(start)),
                **{"Content-Range": f"bytes {start}-{start + len(part) - 1}/{size}"},
            )
        digest = hashlib.sha256(file.data).hexdigest()
        return {"fileId": str(file_id), "name": file.name, "mimeType": file.mime, "size": size, "sha256": digest}


def _read(body, application_id):
    """The fields of an application. Raises WrongApplication that says which one is missing or wrong."""
    if not isinstance(body, dict) or str(body.get("applicationId")) != str(application_id):
        raise WrongApplication(_("The application has another identifier than was asked for"))
    client = body.get("client")
    if not isinstance(client, dict) or not str(client.get("name") or "").strip():
        raise _missing("client.name")
    code = re.sub(r"[\s-]", "", str(client.get("code") or ""))
    if client.get("codeType") in ("PK", "UR") and not re.fullmatch(r"\d{11}", code):
        raise _missing("client.code")
    try:
        submitted_at = datetime.fromisoformat(str(body["submittedAt"]))
        version = int(body["version"])
    except (KeyError, ValueError, TypeError) as error:
        raise _missing("submittedAt, version") from error
    if submitted_at.tzinfo is None:
        raise _missing("submittedAt")
    answers = body.get("data")
    if not isinstance(answers, dict):
        raise _missing("data")
    if body.get("answerChannel") not in ANSWER_CHANNELS:
        raise _missing("answerChannel")
    named = body.get("representative") or {}
    return {
        "application_id": application_id,
        "version": version,
        "service_code": str(body.get("serviceCode") or ""),
        "submitted_at": submitted_at,
        "centre_code": str(body.get("centreCode") or ""),
        "operator_name": str((body.get("operator") or {}).get("name") or ""),
        "client": Applicant(
            client["type"] if client.get("type") in _KINDS else "natural",
            code if code.isdigit() and len(code) == 11 else "",
            str(client["name"]).strip(),
            *(str(client.get(key) or "").strip() for key in ("address", "phone", "email")),
            has_eaddress=bool(client.get("eaddressActive")),
        ),
        "representative": ", ".join(str(named[key]) for key in ("name", "basis") if named.get(key)),
        "answer_channel": body["answerChannel"],
        "answers": tuple(flat(answers)),
    }


def _missing(field):
    return WrongApplication(_("The application's field %(field)s is missing or wrong", field=field))


def flat(value, name=""):
    """The form's answers as lines: nested fields by their path, lists numbered."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{name} › {key}" if name else str(key))
    elif isinstance(value, list):
        for place, inner in enumerate(value, 1):
            yield from flat(inner, f"{name} {place}")
    elif value not in (None, ""):
        yield name, _words(value)


def _words(value):
    if isinstance(value, bool):
        return "jā" if value else "nē"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
