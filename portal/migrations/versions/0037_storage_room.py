"""how much each application keeps, and how much it may"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0033"


def upgrade():
    room = op.create_table(
        "storage_room",
        sa.Column("client", sa.String(length=80), nullable=False),
        sa.Column("items", sa.BigInteger(), nullable=False),
        sa.Column("kept_bytes", sa.BigInteger(), nullable=False),
        sa.Column("waiting_bytes", sa.BigInteger(), nullable=False),
        sa.Column("most_items", sa.BigInteger(), nullable=True),
        sa.Column("most_bytes", sa.BigInteger(), nullable=True),
        sa.Column("most_waiting_bytes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("client", name=op.f("pk_storage_room")),
    )
    counted: dict = {}
    for column, query in (
        ("items", "SELECT owner, count(*) FROM store_item WHERE state <> 'destroyed' GROUP BY owner"),
        ("kept_bytes", "SELECT i.owner, sum(f.size_bytes) FROM store_file f JOIN store_item i ON i.id = f.item_id "
                       "GROUP BY i.owner"),
        ("waiting_bytes", "SELECT owner, sum(size_bytes) FROM upload GROUP BY owner"),
    ):  # fmt: skip
        for owner, number in op.get_bind().execute(sa.text(query)):
            client = owner.rpartition("client:")[2]
            if client not in ("", "portal", "system"):
                row = counted.setdefault(client, {"items": 0, "kept_bytes": 0, "waiting_bytes": 0})
                row[column] += int(number)
    if counted:
        op.bulk_insert(room, [{"client": client, **row} for client, row in counted.items()])


def downgrade():
    op.drop_table("storage_room")
