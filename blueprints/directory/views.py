"""Pages of the directory for IT staff, and the door for those who have signed in to Windows."""

from flask import Response, request
from flask_login import current_user

from blueprints.directory import bp
from blueprints.directory.forms import AccountForm
from blueprints.identity.entrance import enter
from portal.identity import service as identity
from portal.identity.service import directory
from portal.kernel.config import settings
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, public, render


@bp.route("/directory")
@needs("admin.people")
def show():
    """How the directory is, the last comparisons, and the applications that read it."""
    return _page(AccountForm(formdata=None))


def _page(form, status=200):
    return render(
        "directory/show.html",
        status=status,
        is_on=directory.is_on(),
        outside_is_on=directory.outside_is_on(),
        state=directory.state(),
        runs=directory.list_runs(current_user),
        accounts=directory.list_accounts(current_user),
        ldap=settings().ldap,
        form=form,
    )


@bp.route("/directory/compare", methods=["POST"])
@needs("admin.people")
def compare():
    """Compare the directory with the register; write what differs unless only a look is asked for."""
    run = directory.ask_reconciliation(current_user, dry="look" in request.form)
    return go_to("directory.run", run_id=run.id)


@bp.route("/directory/import", methods=["POST"])
@needs("admin.people")
def read_outside():
    """Compare the register with the municipality's other directory."""
    return go_to("directory.run", run_id=directory.ask_reading(current_user).id)


@bp.route("/directory/comparisons/<uuid:run_id>")
@needs("admin.people")
def run(run_id):
    """What one comparison found; fills itself in while it runs."""
    return render("directory/run.html", partial="directory/_run.html", run=directory.get_run(current_user, run_id))


@bp.route("/directory/applications", methods=["POST"])
@needs("admin.people")
def add_account():
    """Let an application read; its password is shown once."""
    form = AccountForm()
    if form.validate_on_submit():
        try:
            account, password = directory.add_account(current_user, form.name.data, form.purpose.data, form.reads())
            return _password(account, password)
        except Invalid as error:
            form.attach(error)
    return _page(form, 422)


@bp.route("/directory/applications/<uuid:account_id>/renew", methods=["POST"])
@needs("admin.people")
def renew(account_id):
    """Give an application a new password, shown once."""
    return _password(*directory.renew_password(current_user, account_id))


@bp.route("/directory/applications/<uuid:account_id>/remove", methods=["POST"])
@needs("admin.people")
def remove_account(account_id):
    """Let an application read no longer."""
    directory.remove_account(current_user, account_id)
    flash_done(_("The application reads the directory no longer"))
    return go_to("directory.show")


def _password(account, password):
    answer = render("directory/password.html", account=account, password=password, ldap=settings().ldap)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.route("/directory/ca.pem")
@needs("admin.people")
def certificate():
    """The certificate by which applications know the directory."""
    path = settings().ldap.ca
    if path is None or not path.is_file():
        raise NotFound(_("The directory has no certificate of its own here"))
    name = {"Content-Disposition": "attachment; filename=pkip-ldap-ca.pem"}
    return Response(path.read_bytes(), mimetype="application/x-pem-file", headers=name)


@bp.route("/sign-in/windows", methods=["POST"])
@public
def windows():
    """Let in whom the municipality's reverse proxy has seen sign in to Windows."""
    header = settings().ldap.kerberos_header
    unforwarded = request.environ.get("werkzeug.proxy_fix.orig") or request.environ
    person = directory.kerberos_person(
        request.headers.get(header, "") if header else "", unforwarded.get("REMOTE_ADDR"), request.remote_addr or ""
    )
    token = identity.open_session(person, request.remote_addr or "", request.user_agent.string, "kerberos")
    return enter(token, request.args.get("next"))
