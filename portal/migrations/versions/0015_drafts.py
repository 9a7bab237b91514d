"""documents: drafts, templates, restricted access"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0015"
down_revision = "0018"


def upgrade():

    op.create_table(
        "access_level_role",
        sa.Column(
            "level",
            sa.Enum("restricted", "confidential", name="accesslevel", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("level", "role", name=op.f("pk_access_level_role")),
    )
    op.create_table(
        "document_template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "letter",
                "application",
                "decision",
                "minutes",
                "extract",
                "outgoing",
                "internal",
                name="documentkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("for_answers", sa.Boolean(), nullable=False),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_template")),
    )
    op.create_table(
        "secrecy_confirmation",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_secrecy_confirmation_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_secrecy_confirmation")),
    )
    op.create_table(
        "document_restriction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "law",
                "internal",
                "trade_secret",
                "private_life",
                "evaluation",
                "nato_limite",
                name="ground",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "level",
            sa.Enum("restricted", "confidential", name="accesslevel", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("set_by_id", sa.Uuid(), nullable=True),
        sa.Column("former_set_id", sa.Uuid(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("lifted_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_document_restriction_document_id")),
        sa.ForeignKeyConstraint(
            ["former_set_id"], ["access_set.id"], name=op.f("fk_document_restriction_former_set_id")
        ),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["person.id"], name=op.f("fk_document_restriction_lifted_by_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_document_restriction_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_restriction")),
    )
    with op.batch_alter_table("document_restriction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_restriction_document_id"), ["document_id"], unique=False)
        batch_op.create_index("ix_document_restriction_until", ["until"], unique=False)
        batch_op.create_index(
            "uq_document_restriction_active",
            ["document_id"],
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )

    op.create_table(
        "document_template_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("added_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_document_template_version_added_by_id")),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_document_template_version_sha256")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["document_template.id"], name=op.f("fk_document_template_version_template_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_template_version")),
        sa.UniqueConstraint("template_id", "number", name=op.f("uq_document_template_version_template_id_number")),
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "letter",
                "application",
                "decision",
                "minutes",
                "extract",
                "outgoing",
                "internal",
                name="documentkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("addressee", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "signing", "registered", "cancelled", name="draftstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("answers_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("locked_by_id", sa.Uuid(), nullable=True),
        sa.Column("locked_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_draft_access_set_id")),
        sa.ForeignKeyConstraint(["answers_id"], ["document.id"], name=op.f("fk_draft_answers_id")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_draft_author_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_draft_document_id")),
        sa.ForeignKeyConstraint(["locked_by_id"], ["person.id"], name=op.f("fk_draft_locked_by_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_draft_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index("ix_draft_answers", ["answers_id"], unique=False)
        batch_op.create_index("ix_draft_list", ["state", "id", "access_set_id"], unique=False)

    op.create_table(
        "draft_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("mime", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("added_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_draft_version_added_by_id")),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_draft_version_draft_id")),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_draft_version_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_version")),
        sa.UniqueConstraint("draft_id", "number", name=op.f("uq_draft_version_draft_id_number")),
    )
    with op.batch_alter_table("register", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asks_purpose", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade():

    with op.batch_alter_table("register", schema=None) as batch_op:
        batch_op.drop_column("asks_purpose")

    op.drop_table("draft_version")
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_index("ix_draft_list")
        batch_op.drop_index("ix_draft_answers")

    op.drop_table("draft")
    op.drop_table("document_template_version")
    with op.batch_alter_table("document_restriction", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_document_restriction_active",
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )
        batch_op.drop_index("ix_document_restriction_until")
        batch_op.drop_index(batch_op.f("ix_document_restriction_document_id"))

    op.drop_table("document_restriction")
    op.drop_table("secrecy_confirmation")
    op.drop_table("document_template")
    op.drop_table("access_level_role")
