"""resolutions: their executors and extensions, control of execution, reminders, calendar feeds"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0012"
down_revision = "0007"


def upgrade():
    op.create_table(
        "control_rule",
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("remind_days", sa.JSON(), nullable=False),
        sa.Column("escalate", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_control_rule")),
    )
    op.create_table(
        "control_setting",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("accept_needed", sa.Boolean(), nullable=False),
        sa.Column("finish_document", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_setting")),
    )
    op.create_table(
        "bulk_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("undone_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_bulk_act_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_act")),
    )
    with op.batch_alter_table("bulk_act", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bulk_act_person_id"), ["person_id"], unique=False)

    op.create_table(
        "calendar_feed",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret", portal.kernel.db.EncryptedText(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("read_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_calendar_feed_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_calendar_feed_secret_hash")),
    )
    op.create_table(
        "quick_phrase",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_quick_phrase_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quick_phrase")),
        sa.UniqueConstraint("person_id", "text", name="quick_phrase_once"),
    )
    op.create_table(
        "control_mark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("since", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("end_reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_control_mark_document_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_control_mark_ended_by_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_control_mark_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_mark")),
    )
    with op.batch_alter_table("control_mark", schema=None) as batch_op:
        batch_op.create_index("control_mark_document", ["document_id"], unique=False)
        batch_op.create_index(
            "control_mark_one_open",
            ["document_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "resolution",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column(
            "order", sa.Enum("parallel", "sequential", name="order", native_enum=False, length=40), nullable=False
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_rule", sa.String(length=40), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "reported", "accepted", "withdrawn", name="resolutionstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("written_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("closed_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("pause_reason", sa.String(length=500), nullable=False),
        sa.Column("days_left", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_resolution_author_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_resolution_closed_by_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_resolution_document_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["resolution.id"], name=op.f("fk_resolution_parent_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_resolution_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolution")),
    )
    with op.batch_alter_table("resolution", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resolution_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index("resolution_of_document", ["document_id", "state"], unique=False)

    op.create_table(
        "resolution_executor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resolution_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("responsible", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "open", "done", "withdrawn", name="executorstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("done_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("done_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["done_by_id"], ["person.id"], name=op.f("fk_resolution_executor_done_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_resolution_executor_person_id")),
        sa.ForeignKeyConstraint(
            ["resolution_id"], ["resolution.id"], name=op.f("fk_resolution_executor_resolution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolution_executor")),
        sa.UniqueConstraint("resolution_id", "person_id", name="resolution_executor_once"),
    )
    with op.batch_alter_table("resolution_executor", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resolution_executor_person_id"), ["person_id"], unique=False)

    op.create_table(
        "resolution_extension",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resolution_id", sa.Uuid(), nullable=False),
        sa.Column("old_due_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column(
            "state",
            sa.Enum("asked", "granted", "refused", "undone", name="extensionstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("asked_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("decided_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_resolution_extension_asked_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_resolution_extension_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["resolution_id"], ["resolution.id"], name=op.f("fk_resolution_extension_resolution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolution_extension")),
    )
    with op.batch_alter_table("resolution_extension", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resolution_extension_resolution_id"), ["resolution_id"], unique=False)

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("detail", sa.String(length=500), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("document_id", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_task_document_id"), ["document_id"], unique=False)
        batch_op.create_index("task_due", ["state", "due_on"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_task_document_id"), "document", ["document_id"], ["id"])

    op.create_table(
        "task_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_notice_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_notice")),
        sa.UniqueConstraint("task_id", "due_on", "what", name="task_notice_once"),
    )


def downgrade():
    op.drop_table("task_notice")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_task_document_id"), type_="foreignkey")
        batch_op.drop_index("task_due")
        batch_op.drop_index(batch_op.f("ix_task_document_id"))
        batch_op.drop_column("document_id")
        batch_op.drop_column("detail")

    with op.batch_alter_table("resolution_extension", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resolution_extension_resolution_id"))

    op.drop_table("resolution_extension")
    with op.batch_alter_table("resolution_executor", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resolution_executor_person_id"))

    op.drop_table("resolution_executor")
    with op.batch_alter_table("resolution", schema=None) as batch_op:
        batch_op.drop_index("resolution_of_document")
        batch_op.drop_index(batch_op.f("ix_resolution_parent_id"))

    op.drop_table("resolution")
    with op.batch_alter_table("control_mark", schema=None) as batch_op:
        batch_op.drop_index(
            "control_mark_one_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("control_mark_document")

    op.drop_table("control_mark")
    op.drop_table("quick_phrase")
    op.drop_table("calendar_feed")
    with op.batch_alter_table("bulk_act", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bulk_act_person_id"))

    op.drop_table("bulk_act")
    op.drop_table("control_setting")
    op.drop_table("control_rule")
