"""sign-in through outside providers: providers, rules, links, journeys, keys"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0005"
down_revision = "0004"


def upgrade():
    op.create_table(
        "federation_provider",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.Enum("saml", "oidc", name="providerkind", native_enum=False, length=40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("pinned_pem", sa.Text(), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("client_secret", portal.kernel.db.EncryptedText(), nullable=True),
        sa.Column(
            "token_auth",
            sa.Enum("private_key_jwt", "client_secret_basic", "none", name="tokenauth", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("scope", sa.String(length=200), nullable=False),
        sa.Column("min_level", sa.Integer(), nullable=False),
        sa.Column("sign_out_there", sa.Boolean(), nullable=False),
        sa.Column("help_text", sa.Text(), nullable=False),
        sa.Column("metadata_text", sa.Text(), nullable=True),
        sa.Column("metadata_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("metadata_error", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_provider")),
        sa.UniqueConstraint("key", name=op.f("uq_federation_provider_key")),
    )
    op.create_table(
        "federation_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("private_pem", portal.kernel.db.EncryptedText(), nullable=False),
        sa.Column("certificate_pem", sa.Text(), nullable=False),
        sa.Column("made_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("used_since", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("retired_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_key")),
    )
    op.create_table(
        "federation_used",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("until", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["federation_provider.id"], name=op.f("fk_federation_used_provider_id")
        ),
        sa.PrimaryKeyConstraint("provider_id", "id_hash", name=op.f("pk_federation_used")),
    )
    with op.batch_alter_table("federation_used", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_federation_used_until"), ["until"], unique=False)

    op.create_table(
        "federation_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "action",
            sa.Enum("match", "create", "refuse", name="ruleaction", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("condition_claim", sa.String(length=200), nullable=False),
        sa.Column("condition_value", sa.String(length=200), nullable=False),
        sa.Column("claim", sa.String(length=200), nullable=False),
        sa.Column(
            "person_field",
            sa.Enum("personal_code", "email", "username", name="personfield", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("role_key", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["federation_provider.id"], name=op.f("fk_federation_rule_provider_id")
        ),
        sa.ForeignKeyConstraint(["role_key"], ["role.key"], name=op.f("fk_federation_rule_role_key")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_federation_rule_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_rule")),
    )
    with op.batch_alter_table("federation_rule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_federation_rule_provider_id"), ["provider_id"], unique=False)

    op.create_table(
        "federation_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("subject", portal.kernel.db.EncryptedText(), nullable=False),
        sa.Column("subject_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("linked_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("used_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_federation_link_person_id")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["federation_provider.id"], name=op.f("fk_federation_link_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_link")),
        sa.UniqueConstraint("provider_id", "subject_hash", name=op.f("uq_federation_link_provider_id_subject_hash")),
    )
    with op.batch_alter_table("federation_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_federation_link_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_federation_link_provider_id"), ["provider_id"], unique=False)

    op.create_table(
        "federation_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("sign_in", "link", "sign_out", name="purpose", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("sent", "code", "verified", "refused", "done", name="requeststate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("sent_id", sa.String(length=80), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("private", portal.kernel.db.EncryptedText(), nullable=True),
        sa.Column("next", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("made_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_federation_request_person_id")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["federation_provider.id"], name=op.f("fk_federation_request_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_request")),
        sa.UniqueConstraint("sent_id", name=op.f("uq_federation_request_sent_id")),
    )
    with op.batch_alter_table("federation_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_federation_request_made_at"), ["made_at"], unique=False)

    op.create_table(
        "federation_session",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("subject_hash", sa.String(length=64), nullable=False),
        sa.Column("their_session", sa.String(length=300), nullable=False),
        sa.Column("private", portal.kernel.db.EncryptedText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["federation_provider.id"], name=op.f("fk_federation_session_provider_id")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sign_in_session.id"], name=op.f("fk_federation_session_session_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_federation_session")),
    )
    with op.batch_alter_table("federation_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_federation_session_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_federation_session_subject_hash"), ["subject_hash"], unique=False)


def downgrade():
    for table in ("session", "request", "link", "rule", "used", "key", "provider"):
        op.drop_table(f"federation_{table}")
