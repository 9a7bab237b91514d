"""second factors, terms of use, the sealed account; how a session was proven; look, news and quiet hours of people"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0006"
down_revision = "0005"


def upgrade():
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("added_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("used_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_passkey_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkey_person_id"), ["person_id"], unique=False)

    op.create_table(
        "code_device",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret", portal.kernel.db.EncryptedText(), nullable=False),
        sa.Column("added_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_code_device_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_code_device")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("used_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recovery_code_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_person_id"), ["person_id"], unique=False)

    op.create_table(
        "passkey_ceremony",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("until", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_passkey_ceremony_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_ceremony")),
    )
    with op.batch_alter_table("passkey_ceremony", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkey_ceremony_until"), ["until"], unique=False)

    op.create_table(
        "factor_rule",
        sa.Column("role_key", sa.String(length=40), nullable=False),
        sa.Column("required_from", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["role_key"], ["role.key"], name=op.f("fk_factor_rule_role_key")),
        sa.PrimaryKeyConstraint("role_key", name=op.f("pk_factor_rule")),
    )
    op.create_table(
        "terms_of_use",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_terms_of_use_published_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_of_use")),
        sa.UniqueConstraint("number", name=op.f("uq_terms_of_use_number")),
    )
    op.create_table(
        "terms_confirmation",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column("at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_terms_confirmation_person_id")),
        sa.ForeignKeyConstraint(["terms_id"], ["terms_of_use.id"], name=op.f("fk_terms_confirmation_terms_id")),
        sa.PrimaryKeyConstraint("person_id", "terms_id", name=op.f("pk_terms_confirmation")),
    )
    op.create_table(
        "sealed_account",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("used_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sealed_account_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_sealed_account")),
    )
    op.create_table(
        "notice_choice",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_choice_person_id")),
        sa.PrimaryKeyConstraint("person_id", "event", "channel", name=op.f("pk_notice_choice")),
    )
    op.create_table(
        "quiet_hours",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Time(), nullable=False),
        sa.Column("until", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_quiet_hours_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_quiet_hours")),
    )

    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("method", sa.String(length=40), server_default="password", nullable=False))
        batch_op.add_column(sa.Column("strong_at", portal.kernel.db.UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("waits_for", sa.String(length=10), server_default="", nullable=False))
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("look", sa.String(length=40), server_default="", nullable=False))


def downgrade():
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("look")
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        for name in ("waits_for", "strong_at", "method"):
            batch_op.drop_column(name)
    for name in (
        "quiet_hours",
        "notice_choice",
        "sealed_account",
        "terms_confirmation",
        "terms_of_use",
        "factor_rule",
        "passkey_ceremony",
        "recovery_code",
        "code_device",
        "passkey",
    ):
        op.drop_table(name)
