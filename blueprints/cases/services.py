"""The catalogue of services and a service's card."""

from flask_login import current_user

from blueprints.cases import bp
from portal.cases import service as cases
from portal.identity import service as identity
from portal.kernel.web import needs, render


@bp.route("/services")
@needs("cases.read")
def services():
    """All service cards by name (7.1)."""
    units = {unit.id: unit for unit in identity.list_units(current_user)}
    return render("cases/services.html", services=cases.list_services(current_user), units=units)


@bp.route("/services/<code>")
@needs("cases.read")
def service(code):
    """One card, with the volumes and timeliness of its cases."""
    card = cases.get_service(current_user, code)
    return render(
        "cases/service.html",
        service=card,
        unit=identity.get_unit(card.unit_id),
        statistics=cases.service_statistics(current_user, card),
    )
