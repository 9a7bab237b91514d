"""sign-on: applications, their codes, tokens and consents; signing keys; the permission to manage them"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0004"
down_revision = "0003"

PERMISSION = "admin.sign_on"
ROLE = sa.table("role", sa.column("key", sa.String))
CARRIED = sa.table("role_permission", sa.column("role_key", sa.String), sa.column("permission", sa.String))
HELD = sa.table("actor_key", sa.column("person_id", sa.Uuid), sa.column("name", sa.String), sa.column("until", sa.Date))


def upgrade():
    op.create_table(
        "oauth_client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("auth_method", sa.String(length=30), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("secret_made_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("jwks", sa.JSON(), nullable=True),
        sa.Column("redirect_uris", sa.JSON(), nullable=False),
        sa.Column("post_logout_uris", sa.JSON(), nullable=False),
        sa.Column("logout_uri", sa.String(length=500), nullable=False),
        sa.Column("grant_types", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("resource", sa.String(length=300), nullable=False),
        sa.Column("audiences", sa.JSON(), nullable=False),
        sa.Column("asks_consent", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("registered_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("logout_told_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("logout_problem", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_client")),
        sa.UniqueConstraint("client_id", name=op.f("uq_oauth_client_client_id")),
    )
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(length=40), nullable=False),
        sa.Column("private_pem", portal.kernel.db.EncryptedText(), nullable=False),
        sa.Column("public_jwk", sa.JSON(), nullable=False),
        sa.Column("signs_from", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )
    op.create_table(
        "oauth_assertion",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("jti_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_client.id"], name=op.f("fk_oauth_assertion_client_id")),
        sa.PrimaryKeyConstraint("client_id", "jti_hash", name=op.f("pk_oauth_assertion")),
    )
    with op.batch_alter_table("oauth_assertion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_oauth_assertion_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "oauth_consent",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("given_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_client.id"], name=op.f("fk_oauth_consent_client_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_oauth_consent_person_id")),
        sa.PrimaryKeyConstraint("person_id", "client_id", name=op.f("pk_oauth_consent")),
    )
    with op.batch_alter_table("oauth_consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_oauth_consent_client_id"), ["client_id"], unique=False)

    op.create_table(
        "oauth_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(length=300), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("code_challenge", sa.String(length=128), nullable=False),
        sa.Column("code_challenge_method", sa.String(length=10), nullable=False),
        sa.Column("signed_in_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("acr", sa.String(length=60), nullable=False),
        sa.Column("amr", sa.JSON(), nullable=False),
        sa.Column("expires_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("spent_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_client.id"], name=op.f("fk_oauth_code_client_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_oauth_code_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sign_in_session.id"], name=op.f("fk_oauth_code_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_oauth_code_code_hash")),
    )
    with op.batch_alter_table("oauth_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_oauth_code_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_oauth_code_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_oauth_code_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_oauth_code_session_id"), ["session_id"], unique=False)

    op.create_table(
        "oauth_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(length=300), nullable=False),
        sa.Column("signed_in_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("acr", sa.String(length=60), nullable=False),
        sa.Column("amr", sa.JSON(), nullable=False),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.Column("begun_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("used_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("ended_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_client.id"], name=op.f("fk_oauth_grant_client_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_oauth_grant_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sign_in_session.id"], name=op.f("fk_oauth_grant_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_grant")),
    )
    with op.batch_alter_table("oauth_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_oauth_grant_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_oauth_grant_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_oauth_grant_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_oauth_grant_session_id"), ["session_id"], unique=False)

    op.create_table(
        "oauth_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(length=300), nullable=False),
        sa.Column("issued_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("spent_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("ended_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_client.id"], name=op.f("fk_oauth_token_client_id")),
        sa.ForeignKeyConstraint(["grant_id"], ["oauth_grant.id"], name=op.f("fk_oauth_token_grant_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_oauth_token_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_oauth_token_token_hash")),
    )
    with op.batch_alter_table("oauth_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_oauth_token_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_oauth_token_grant_id"), ["grant_id"], unique=False)
        batch_op.create_index("ix_oauth_token_use", ["client_id", "issued_at"], unique=False)

    _give_permission()


def _give_permission():
    """IT administrators of an instance that is there already get it too, at once."""
    given = sa.select(ROLE.c.key, sa.literal(PERMISSION)).where(
        ROLE.c.key == "it", ROLE.c.key.not_in(sa.select(CARRIED.c.role_key).where(CARRIED.c.permission == PERMISSION))
    )
    op.execute(sa.insert(CARRIED).from_select(["role_key", "permission"], given))
    had = sa.select(HELD.c.person_id).where(HELD.c.name == f"can:{PERMISSION}")
    held = sa.select(HELD.c.person_id, sa.literal(f"can:{PERMISSION}"), HELD.c.until).where(
        HELD.c.name == "role:it", HELD.c.person_id.not_in(had)
    )
    op.execute(sa.insert(HELD).from_select(["person_id", "name", "until"], held))


def downgrade():
    op.execute(sa.delete(HELD).where(HELD.c.name == f"can:{PERMISSION}"))
    op.execute(sa.delete(CARRIED).where(CARRIED.c.permission == PERMISSION))
    with op.batch_alter_table("oauth_token", schema=None) as batch_op:
        batch_op.drop_index("ix_oauth_token_use")
        batch_op.drop_index(batch_op.f("ix_oauth_token_grant_id"))
        batch_op.drop_index(batch_op.f("ix_oauth_token_expires_at"))

    op.drop_table("oauth_token")
    with op.batch_alter_table("oauth_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_oauth_grant_session_id"))
        batch_op.drop_index(batch_op.f("ix_oauth_grant_person_id"))
        batch_op.drop_index(batch_op.f("ix_oauth_grant_expires_at"))
        batch_op.drop_index(batch_op.f("ix_oauth_grant_client_id"))

    op.drop_table("oauth_grant")
    with op.batch_alter_table("oauth_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_oauth_code_session_id"))
        batch_op.drop_index(batch_op.f("ix_oauth_code_person_id"))
        batch_op.drop_index(batch_op.f("ix_oauth_code_expires_at"))
        batch_op.drop_index(batch_op.f("ix_oauth_code_client_id"))

    op.drop_table("oauth_code")
    with op.batch_alter_table("oauth_consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_oauth_consent_client_id"))

    op.drop_table("oauth_consent")
    with op.batch_alter_table("oauth_assertion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_oauth_assertion_expires_at"))

    op.drop_table("oauth_assertion")
    op.drop_table("signing_key")
    op.drop_table("oauth_client")
