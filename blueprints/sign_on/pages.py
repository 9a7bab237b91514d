"""Pages: the applications for IT staff, and those that a person uses (1.3, 2.2)."""

from flask_login import current_user

from blueprints.sign_on import bp
from blueprints.sign_on.forms import ClientForm, RoomForm
from portal.identity import service as identity
from portal.identity.service import clients, keys, leaving, tokens
from portal.kernel.config import settings
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render, signed_in
from portal.storage import service as storage


@bp.route("/admin/applications", endpoint="list")
@needs("admin.sign_on")
def show_list():
    """All applications, and the keys that sign their tokens."""
    return render(
        "sign_on/list.html",
        clients=clients.list_clients(current_user),
        uses=clients.last_uses(current_user),
        keys=keys.list_keys(current_user),
        issuer=settings().base_url,
    )


@bp.route("/admin/applications/new", methods=["GET", "POST"])
@needs("admin.sign_on")
def new():
    """Register an application; its secret is shown on the answer and never again."""
    form = ClientForm()
    if form.validate_on_submit():
        try:
            client, secret = clients.register(current_user, **form.values())
        except Invalid as error:
            form.attach(error)
        else:
            return _shown(client, secret)
    return render("sign_on/edit.html", form=form, client=None, status=422 if form.errors else 200)


@bp.route("/admin/applications/<uuid:client_id>")
@needs("admin.sign_on")
def show(client_id):
    """One application: is all well, who uses it, what it would be told."""
    return _shown(clients.get_client(current_user, client_id))


@bp.route("/admin/applications/<uuid:client_id>/edit", methods=["GET", "POST"])
@needs("admin.sign_on")
def edit(client_id):
    """Change what an application may do."""
    client = clients.get_client(current_user, client_id)
    form = ClientForm(obj=client)
    if form.validate_on_submit():
        fields = form.values()
        fields.pop("client_id")
        try:
            client, secret = clients.change(current_user, client_id, **fields)
        except Invalid as error:
            form.attach(error)
        else:
            if secret:
                return _shown(client, secret)
            flash_done(_("The application is changed"))
            return go_to("sign_on.show", client_id=client_id)
    return render("sign_on/edit.html", form=form, client=client, status=422 if form.errors else 200)


@bp.route("/admin/applications/<uuid:client_id>/secret", methods=["POST"])
@needs("admin.sign_on")
def rotate(client_id):
    """A new secret, shown on the answer and never again."""
    secret = clients.rotate_secret(current_user, client_id)
    return _shown(clients.get_client(current_user, client_id), secret)


@bp.route("/admin/applications/<uuid:client_id>/disable", methods=["POST"])
@needs("admin.sign_on")
def disable(client_id):
    """Let nobody in through it any more."""
    clients.disable(current_user, client_id)
    flash_done(_("The application is disabled and its tokens are ended"))
    return go_to("sign_on.show", client_id=client_id)


@bp.route("/admin/applications/<uuid:client_id>/enable", methods=["POST"])
@needs("admin.sign_on")
def enable(client_id):
    """Let it work again."""
    clients.enable(current_user, client_id)
    flash_done(_("The application is enabled"))
    return go_to("sign_on.show", client_id=client_id)


@bp.route("/admin/applications/<uuid:client_id>/room", methods=["POST"])
@needs("admin.sign_on")
def room(client_id):
    """How much the application may keep in the document store (14.1)."""
    client = clients.get_client(current_user, client_id)
    form = RoomForm()
    if not form.validate_on_submit():
        return _shown(client, room_form=form)
    storage.set_room(current_user, client.client_id, **form.limits())
    flash_done(_("The limits are saved"))
    return go_to("sign_on.show", client_id=client_id)


@bp.route("/admin/applications/<uuid:client_id>/trial", methods=["POST"])
@needs("admin.sign_on")
def trial(client_id):
    """Send a trial sign-out notice."""
    leaving.ask_trial(current_user, client_id)
    flash_done(_("The trial notice is on its way; look again in a moment"))
    return go_to("sign_on.show", client_id=client_id)


@bp.route("/admin/applications/keys/replace", methods=["POST"])
@needs("admin.sign_on")
def replace_keys():
    """A new signing key at once; all tokens in use become worthless."""
    keys.replace(current_user)
    flash_done(_("The signing key is replaced; applications ask for new tokens"))
    return go_to("sign_on.list")


@bp.route("/profile/applications", endpoint="mine")
@signed_in
def show_mine():
    """The applications that the person is signed in to or has allowed something."""
    return render("sign_on/mine.html", rows=identity.applications_of(current_user), words=clients.scope_words)


@bp.route("/profile/applications/<uuid:client_id>/withdraw", methods=["POST"])
@signed_in
def withdraw(client_id):
    """The person no longer allows an application anything."""
    tokens.withdraw(current_user, client_id)
    flash_done(_("The application no longer has access"))
    return go_to("sign_on.mine")


def _shown(client, secret="", room_form=None):
    kept = storage.room_of(client.client_id)
    person = identity.get_person(current_user, current_user.person_id)
    return render(
        "sign_on/show.html",
        client=client,
        secret=secret,
        checks=clients.checks(current_user, client.id),
        people=clients.users(current_user, client.id),
        tokens=clients.tokens_lately(current_user, client.id),
        told=clients.claims_about(client, person, " ".join(client.scopes)),
        issuer=settings().base_url,
        words=clients.CLAIM_WORDS,
        room=kept,
        room_form=room_form or RoomForm.of(kept),
        keeps=bool(kept.items or kept.waiting_bytes or "store:write" in client.scopes),
        status=422 if room_form else 200,
    )
