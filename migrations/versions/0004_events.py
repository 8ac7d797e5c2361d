"""Events, their agenda and their seats; which round an event belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def one_of(column, values):
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def word(name):
    return sa.Column(name, sa.String(), nullable=False)


def upgrade():
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        word("uid"),
        word("title"),
        sa.Column("description", sa.Text(), nullable=False),
        word("lang"),
        word("status"),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("over_at", MOMENT, nullable=False),
        word("precision"),
        word("period_text"),
        word("place"),
        word("street"),
        word("postal_code"),
        word("city"),
        sa.Column("access", sa.Text(), nullable=False),
        word("online_url"),
        sa.Column("takes_seats", sa.Boolean(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("seats_until", MOMENT, nullable=True),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("minutes_at", MOMENT, nullable=True),
        word("reason"),
        sa.Column("cancelled_at", MOMENT, nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(one_of("status", ["planned", "cancelled"]), name=op.f("ck_event_status")),
        sa.CheckConstraint(one_of("precision", ["time", "day", "month", "year"]), name=op.f("ck_event_precision")),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_event_order")),
        sa.CheckConstraint("over_at > starts_at", name=op.f("ck_event_over")),
        sa.CheckConstraint("seats IS NULL OR (seats >= 1 AND takes_seats)", name=op.f("ck_event_seats")),
        sa.CheckConstraint("(status = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_event_cancelled")),
        sa.CheckConstraint("minutes_at IS NULL OR length(minutes) > 0", name=op.f("ck_event_minutes")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["account.id"], name=op.f("fk_event_created_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("uid", name=op.f("uq_event_uid")),
    )
    op.create_index("ix_event_over_at", "event", ["over_at", "starts_at"])
    op.create_table(
        "agenda_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        word("at"),
        word("text"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_agenda_point_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_point")),
    )
    op.create_index(op.f("ix_agenda_point_event_id"), "agenda_point", ["event_id"])
    op.create_table(
        "seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        word("status"),
        word("name"),
        word("name_key"),
        sa.Column("email", sa.String(), nullable=True),
        word("locale"),
        word("code"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("reminded_at", MOMENT, nullable=True),
        sa.Column("checked_in_at", MOMENT, nullable=True),
        sa.CheckConstraint(one_of("status", ["reserved", "waiting", "cancelled"]), name=op.f("ck_seat_status")),
        sa.CheckConstraint(
            "status <> 'cancelled' OR (email IS NULL AND name = '' AND name_key = '')", name=op.f("ck_seat_forgotten")
        ),
        sa.CheckConstraint("checked_in_at IS NULL OR status = 'reserved'", name=op.f("ck_seat_checked_in")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_seat_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint("code", name=op.f("uq_seat_code")),
        sa.UniqueConstraint("event_id", "email", name=op.f("uq_seat_event_id_email")),
        sa.UniqueConstraint("event_id", "position", name=op.f("uq_seat_event_id_position")),
    )
    op.create_table(
        "round_event",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_round_event_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_event_round_id_round"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("round_id", "event_id", name=op.f("pk_round_event")),
    )
    op.create_index(op.f("ix_round_event_event_id"), "round_event", ["event_id"])


def downgrade():
    for table in ("round_event", "seat", "agenda_point", "event"):
        op.drop_table(table)
