"""flows: drafts, rules that choose a flow, steps of runs, actions without a document; the permission to draw"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0010"
down_revision = "0021"

PERMISSION = "flows.design"
ROLES = ("it", "clerk")


def upgrade():
    op.create_table(
        "flow_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("flow_key", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("register", sa.String(length=40), nullable=False),
        sa.Column("keyword", sa.String(length=200), nullable=False),
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_rule")),
    )
    op.create_table(
        "flow",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("xml", sa.Text(), nullable=False),
        sa.Column("steps", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("changed_at", portal.kernel.db.UtcDateTime, nullable=False),
        sa.Column("changed_by_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name=op.f("fk_flow_changed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow")),
        sa.UniqueConstraint("key", name=op.f("uq_flow_key")),
    )
    op.create_table(
        "flow_action",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", portal.kernel.db.UtcDateTime, nullable=False),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_flow_action_access_set_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_flow_action_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_action")),
    )
    with op.batch_alter_table("flow_action", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flow_action_case_id"), ["case_id"], unique=False)

    op.create_table(
        "flow_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("flow_key", sa.String(length=60), nullable=False),
        sa.Column("ready_id", sa.String(length=40), nullable=False),
        sa.Column("step", sa.String(length=160), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("task", "act", "timer", "message", name="stepkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("started_at", portal.kernel.db.UtcDateTime, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_key", sa.Date(), nullable=False),
        sa.Column("fires_at", portal.kernel.db.UtcDateTime, nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("done_at", portal.kernel.db.UtcDateTime, nullable=True),
        sa.Column("done_by", sa.String(length=200), nullable=True),
        sa.Column("outcome", sa.String(length=100), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["flow_run.id"], name=op.f("fk_flow_step_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_step")),
        sa.UniqueConstraint("run_id", "ready_id", name="flow_step_once"),
    )
    with op.batch_alter_table("flow_step", schema=None) as batch_op:
        batch_op.create_index("flow_step_open", ["done_at", "place", "due_key", "id"], unique=False)
        batch_op.create_index("flow_step_timers", ["kind", "done_at", "fires_at"], unique=False)
        batch_op.create_index("flow_step_times", ["flow_key", "done_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_flow_step_about_id"), ["about_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_flow_step_run_id"), ["run_id"], unique=False)

    with op.batch_alter_table("flow_definition", schema=None) as batch_op:
        batch_op.add_column(sa.Column("steps", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("published_by_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", portal.kernel.db.UtcDateTime, nullable=True))
        batch_op.add_column(sa.Column("withdrawn_reason", sa.Text(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_flow_definition_published_by_id"), "person", ["published_by_id"], ["id"]
        )

    with op.batch_alter_table("flow_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("parts", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("starter_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("access_set_id", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_flow_run_access_set_id"), ["access_set_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_flow_run_starter_id"), "person", ["starter_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_flow_run_access_set_id"), "access_set", ["access_set_id"], ["id"])

    _give_permission()


def _give_permission():
    """Those who draw flows in an instance that is there already get the permission at once."""
    for role in ROLES:
        given = {"permission": PERMISSION, "key": f"can:{PERMISSION}", "role": role, "held": f"role:{role}"}
        op.get_bind().execute(
            sa.text(
                "INSERT INTO role_permission (role_key, permission) "
                "SELECT key, CAST(:permission AS TEXT) FROM role WHERE key = :role AND NOT EXISTS "
                "(SELECT 1 FROM role_permission WHERE role_key = :role AND permission = CAST(:permission AS TEXT))"
            ),
            given,
        )
        op.get_bind().execute(
            sa.text(
                "INSERT INTO actor_key (person_id, name, until) "
                "SELECT person_id, CAST(:key AS TEXT), until FROM actor_key AS held "
                "WHERE name = :held AND NOT EXISTS (SELECT 1 FROM actor_key AS had "
                "WHERE had.person_id = held.person_id AND had.name = CAST(:key AS TEXT))"
            ),
            given,
        )


def downgrade():
    op.get_bind().execute(sa.text("DELETE FROM actor_key WHERE name = :key"), {"key": f"can:{PERMISSION}"})
    op.get_bind().execute(sa.text("DELETE FROM role_permission WHERE permission = :p"), {"p": PERMISSION})
    with op.batch_alter_table("flow_run", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_flow_run_access_set_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_flow_run_starter_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_flow_run_access_set_id"))
        batch_op.drop_column("access_set_id")
        batch_op.drop_column("starter_id")
        batch_op.drop_column("parts")

    with op.batch_alter_table("flow_definition", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_flow_definition_published_by_id"), type_="foreignkey")
        batch_op.drop_column("withdrawn_reason")
        batch_op.drop_column("withdrawn_at")
        batch_op.drop_column("published_by_id")
        batch_op.drop_column("steps")

    with op.batch_alter_table("flow_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_flow_step_run_id"))
        batch_op.drop_index(batch_op.f("ix_flow_step_about_id"))
        batch_op.drop_index("flow_step_times")
        batch_op.drop_index("flow_step_timers")
        batch_op.drop_index("flow_step_open")

    op.drop_table("flow_step")
    with op.batch_alter_table("flow_action", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_flow_action_case_id"))

    op.drop_table("flow_action")
    op.drop_table("flow")
    op.drop_table("flow_rule")
