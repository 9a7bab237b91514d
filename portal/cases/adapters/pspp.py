"""PSPP behind the VISS gateway (specification 8.2)."""

from http import HTTPStatus

from portal.cases.adapters.gateway import Gateway, stamp
from portal.cases.ports import Change, Record
from portal.kernel import clock
from portal.kernel.config import settings

LONGEST_TEXT = 1000


class Pspp:
    """The port `ServiceRecord` over contract 8.2."""

    def __init__(self):
        self.gateway = Gateway("PSPP", settings().pspp_url)

    def put(self, record: Record, key) -> int:
        own = settings()
        body = {
            "instanceId": str(record.case_id),
            "instanceUrn": f"URN:IVIS:100001:EP-{record.service_code}-v1-0-TR-{record.case_id}",
            "serviceCode": record.service_code,
            "serviceName": record.service_name,
            "holderRegNo": own.registration_number,
            "providerRegNo": own.registration_number,
            "providerUnit": record.unit_name,
            "caseNumber": record.number,
            "channel": record.channel,
            "assisted": record.channel == "VPVKAC",  # an operator of the centre files for the client
            "client": {
                "type": record.client.kind,
                "code": record.client.code,
                "name": record.client.name,
                "codeType": "PK" if record.client.kind == "natural" else "UR",
            },
            "requestedAt": stamp(record.requested_at),
            "dueAt": record.due_on and stamp(clock.at_local(record.due_on, 23, 59)),
            "status": record.status,
            "statusAt": stamp(record.status_at),
            "milestoneId": record.status[:15],
            "version": record.version,
        }
        if record.completed_at:
            body["completedAt"] = stamp(record.completed_at)
            body["result"] = {"type": "document", "documentNumber": record.result_number}
        body = {name: value for name, value in body.items() if value is not None}
        return self.gateway.call("PUT", f"/service-instances/{record.case_id}", body, key)["version"]

    def add(self, change: Change) -> str:
        body = {
            "eventId": str(change.id),
            "status": change.status,
            "statusAt": stamp(change.status_at),
            "milestoneId": change.status[:15],
            "textForClient": change.text[:LONGEST_TEXT],
            "actorUnit": change.unit_name,
            "documents": [{"title": t, "number": n, "date": d.isoformat()} for t, n, d in change.documents],
        }
        return self.gateway.call("POST", f"/service-instances/{change.case_id}/events", body, change.id)["eventId"]

    def read(self, case_id):
        answer = self.gateway.call("GET", f"/service-instances/{case_id}", allow=(HTTPStatus.NOT_FOUND,))
        if answer is None:
            return None
        return {
            "status": answer["status"],
            "version": answer["version"],
            "events": [event["eventId"] for event in answer["events"]],
        }
