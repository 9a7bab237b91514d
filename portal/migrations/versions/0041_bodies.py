"""offices with their history, factions, convocations of the council, the finance committee by a mark"""

from datetime import date

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import new_id

revision = "0041"
down_revision = "0040"


def _dated(table, *parts):
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        *parts,
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _refers(table, column, target):
    return (
        sa.Column(column, sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}")),
    )


def upgrade():
    op.add_column("council_body", sa.Column("is_finance", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE council_body SET is_finance = true WHERE kind = 'committee' AND lower(name) LIKE '%finanš%'")
    with op.batch_alter_table("council_body_member") as batch:
        batch.add_column(sa.Column("replaces_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("end_reason", sa.String(length=200), nullable=True))
        batch.create_foreign_key(op.f("fk_council_body_member_replaces_id"), "person", ["replaces_id"], ["id"])
    office = sa.Enum("chair", "deputy_chair", "secretary", "minute_taker", name="office", native_enum=False, length=40)
    _dated(
        "council_office",
        *_refers("council_office", "body_id", "council_body"),
        *_refers("council_office", "person_id", "person"),
        sa.Column("office", office, nullable=False),
        sa.UniqueConstraint("body_id", "office", "since", name="council_office_once"),
    )
    _dated("council_faction", sa.Column("name", sa.String(length=120), nullable=False))
    _dated(
        "council_faction_member",
        *_refers("council_faction_member", "faction_id", "council_faction"),
        *_refers("council_faction_member", "person_id", "person"),
        sa.UniqueConstraint("person_id", "since", name="council_faction_member_once"),
    )
    _dated(
        "council_convocation",
        *_refers("council_convocation", "body_id", "council_body"),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.UniqueConstraint("body_id", "since", name="council_convocation_once"),
    )
    for table, column in (
        ("council_office", "body_id"),
        ("council_office", "person_id"),
        ("council_faction_member", "faction_id"),
        ("council_faction_member", "person_id"),
        ("council_convocation", "body_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    _keep_offices()


def _keep_offices():
    """Who holds an office now has held it since the body's first seat, as far as anybody knows."""
    bodies = sa.table("council_body", *(sa.column(f"{name}id", sa.Uuid()) for name in ("", "chair_", "deputy_chair_",
                                                                                       "minute_taker_")))  # fmt: skip
    seats = sa.table("council_body_member", sa.column("body_id", sa.Uuid()), sa.column("since", sa.Date()))
    offices = sa.table(
        "council_office", sa.column("id", sa.Uuid()), sa.column("body_id", sa.Uuid()),
        sa.column("person_id", sa.Uuid()), sa.column("office", sa.String()), sa.column("since", sa.Date()),
    )  # fmt: skip
    connection = op.get_bind()
    began = dict(
        connection.execute(sa.select(seats.c.body_id, sa.func.min(seats.c.since)).group_by(seats.c.body_id)).all()
    )
    for row in connection.execute(sa.select(bodies)).all():
        for office, person_id in (("chair", row.chair_id), ("deputy_chair", row.deputy_chair_id),
                                  ("minute_taker", row.minute_taker_id)):  # fmt: skip
            if person_id:
                connection.execute(
                    offices.insert().values(
                        id=new_id(),
                        body_id=row.id,
                        person_id=person_id,
                        office=office,
                        since=began.get(row.id, date.today()),
                    )  # fmt: skip
                )


def downgrade():
    for table in ("council_convocation", "council_faction_member", "council_faction", "council_office"):
        op.drop_table(table)
    with op.batch_alter_table("council_body_member") as batch:
        batch.drop_constraint(op.f("fk_council_body_member_replaces_id"), type_="foreignkey")
        batch.drop_column("end_reason")
        batch.drop_column("replaces_id")
    op.drop_column("council_body", "is_finance")
