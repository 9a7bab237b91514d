"""workplace: versions of bar, look and banners; origins that may embed the bar; the permission to configure them"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0007"
down_revision = "0006"

PERMISSION = "admin.workplace"


def upgrade():
    op.create_table(
        "embed_origin",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("added_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("ended_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_embed_origin")),
    )
    with op.batch_alter_table("embed_origin", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_embed_origin_origin"), ["origin"], unique=False)

    op.create_table(
        "shell_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "board",
            sa.Enum("navigation", "look", "banners", name="board", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("draft", "current", "past", name="versionstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("made_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_shell_version_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shell_version")),
        sa.UniqueConstraint("board", "number", name=op.f("uq_shell_version_board_number")),
    )
    with op.batch_alter_table("shell_version", schema=None) as batch_op:
        for state in ("current", "draft"):
            only = sa.text(f"state = '{state}'")
            batch_op.create_index(
                f"uq_shell_version_{state}", ["board"], unique=True, sqlite_where=only, postgresql_where=only
            )

    _give_permission()


def _give_permission():
    """IT administrators of an instance that is there already get it too, at once."""
    given = {"permission": PERMISSION, "key": f"can:{PERMISSION}"}
    op.get_bind().execute(
        sa.text(
            "INSERT INTO role_permission (role_key, permission) "
            "SELECT key, CAST(:permission AS TEXT) FROM role WHERE key = 'it' AND NOT EXISTS "
            "(SELECT 1 FROM role_permission WHERE role_key = 'it' AND permission = CAST(:permission AS TEXT))"
        ),
        given,
    )
    op.get_bind().execute(
        sa.text(
            "INSERT INTO actor_key (person_id, name, until) "
            "SELECT person_id, CAST(:key AS TEXT), until FROM actor_key AS held "
            "WHERE name = 'role:it' AND NOT EXISTS (SELECT 1 FROM actor_key AS had "
            "WHERE had.person_id = held.person_id AND had.name = CAST(:key AS TEXT))"
        ),
        given,
    )


def downgrade():
    op.get_bind().execute(sa.text("DELETE FROM actor_key WHERE name = :key"), {"key": f"can:{PERMISSION}"})
    op.get_bind().execute(sa.text("DELETE FROM role_permission WHERE permission = :p"), {"p": PERMISSION})
    with op.batch_alter_table("shell_version", schema=None) as batch_op:
        batch_op.drop_index("uq_shell_version_draft")
        batch_op.drop_index("uq_shell_version_current")

    op.drop_table("shell_version")
    with op.batch_alter_table("embed_origin", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_embed_origin_origin"))

    op.drop_table("embed_origin")
