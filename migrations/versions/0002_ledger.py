"""The ledger and what stands on it: corrections, paper, signals, runs of the selection, published elections.

Votes that are already there get their entries; ballots that are closed get their close."""

import hashlib
import json
import secrets
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RULES, COMPLETIONS = "('rank', 'greedy', 'equal_shares')", "('none', 'add1', 'greedy')"
# Both databases add a column with its check in one statement; SQLite would otherwise copy the table and lose the others.
COLUMNS = (
    ("ballot", "rule", f"VARCHAR NOT NULL DEFAULT 'rank' CONSTRAINT ck_ballot_rule CHECK (rule IN {RULES})"),
    (
        "ballot",
        "completion",
        f"VARCHAR NOT NULL DEFAULT 'none' CONSTRAINT ck_ballot_completion CHECK (completion IN {COMPLETIONS})",
    ),
    (
        "ballot",
        "utility",
        "VARCHAR NOT NULL DEFAULT 'cost' CONSTRAINT ck_ballot_utility CHECK (utility IN ('cost', 'cardinality'))",
    ),
    ("ballot", "lot_seed", "VARCHAR NOT NULL DEFAULT ''"),
    ("ballot", "boxes_open", "INTEGER NOT NULL DEFAULT 0"),
    (
        "ballot",
        "budget",
        "INTEGER CONSTRAINT ck_ballot_budget CHECK (budget IS NULL OR (budget >= 1 AND rule <> 'rank' AND closed_list)) "
        "CONSTRAINT ck_ballot_greedy CHECK (rule <> 'greedy' OR budget IS NOT NULL)",
    ),
    (
        "ballot_option",
        "paper",
        "INTEGER NOT NULL DEFAULT 0 CONSTRAINT ck_ballot_option_paper CHECK (paper >= 0 AND paper <= points)",
    ),
    ("ballot_option", "cost", "INTEGER CONSTRAINT ck_ballot_option_cost CHECK (cost IS NULL OR cost >= 1)"),
    ("idea", "cost", "INTEGER"),
    ("idempotency_key", "commit_hash", "VARCHAR"),
    ("tie_decision", "by_lot", "BOOLEAN NOT NULL DEFAULT false"),
    ("tie_decision", "made_for", "JSON"),
    ("vote", "commit_hash", "VARCHAR NOT NULL DEFAULT ''"),
    ("vote", "void", "BOOLEAN NOT NULL DEFAULT false"),
)

KINDS = [
    "publish", "return", "reject", "merge", "hide", "restore", "shortlist", "unlist", "select", "not_select", "take_to_lab", "answer",
    "reopen", "archive", "break_tie", "edit", "carry_over",
]  # fmt: skip
REASONED = ["answer", "break_tie", "edit", "hide", "merge", "reject", "return"]


def one_of(column, values):
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def set_kinds(kinds, reasoned):
    """The acts that a decision can be, and those that need a reason."""
    checks = {"kind": one_of("kind", kinds), "reason": f"NOT ({one_of('kind', reasoned)}) OR length(trim(reason)) > 0"}
    # SQLite copies the table with the checks it finds: the old ones must be named to go.
    with op.batch_alter_table("decision") as batch_op:
        for name, text in checks.items():
            batch_op.drop_constraint(op.f(f"ck_decision_{name}"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_decision_{name}"), text)


PUBLIC = ("id", "ballot_id", "action", "option", "points", "ref", "commit_hash", "body", "hour")
GIVEN_ONCE = ("seq", "hash")
PRIVATE = ("voter_token", "nonce", "at", "network", "young", "quiet")
FROZEN = (
    "method", "votes_each", "points_max", "closed_list", "shortlist_only", "eligibility", "hides_results", "seats", "minimum", "rule",
    "budget", "completion", "utility", "lot_seed",
)  # fmt: skip


def differs(column, dialect):
    # JSON has no equality of its own in PostgreSQL.
    cast = "::text" if dialect == "postgresql" and column == "body" else ""
    return f"NEW.{column}{cast} IS {'DISTINCT FROM' if dialect == 'postgresql' else 'NOT'} OLD.{column}{cast}"


def opened(ballot):
    return f"EXISTS (SELECT 1 FROM ledger_entry WHERE ledger_entry.ballot_id = {ballot} AND ledger_entry.action = 'open')"


def guards(dialect):
    """Name, table, act, when it is refused, and what the refusal says."""
    changed = [differs(column, dialect) for column in PUBLIC]
    changed += [f"(OLD.{column} IS NOT NULL AND {differs(column, dialect)})" for column in GIVEN_ONCE]
    changed += [f"(NEW.{column} IS NOT NULL AND {differs(column, dialect)})" for column in PRIVATE]
    once = "an entry of the ledger is written once"
    yield "ledger_entry_stays", "ledger_entry", "UPDATE", " OR ".join(changed), once
    yield "ledger_entry_is_kept", "ledger_entry", "DELETE", None, once
    yield (
        "ledger_entry_is_new",
        "ledger_entry",
        "INSERT",
        "NEW.seq IS NOT NULL OR NEW.hash IS NOT NULL",
        "the sealer numbers entries",
    )
    yield "ledger_head_stays", "ledger_head", "UPDATE", None, "a published head stays"
    yield "ledger_head_is_kept", "ledger_head", "DELETE", None, "a published head stays"
    settings = " OR ".join(differs(column, dialect) for column in FROZEN)
    frozen = "the rules are frozen since the first vote"
    yield "ballot_is_frozen", "ballot", "UPDATE", f"({settings}) AND {opened('OLD.id')}", frozen
    votes = f"EXISTS (SELECT 1 FROM ballot WHERE ballot.window_id = OLD.id AND {opened('ballot.id')})"
    moved = f"({differs('opens_at', dialect)} OR NEW.closes_at < OLD.closes_at OR (NEW.closes_at IS NULL AND OLD.closes_at IS NOT NULL))"
    yield "round_window_is_frozen", "round_window", "UPDATE", f"{moved} AND {votes}", frozen
    yield "ballot_option_is_frozen", "ballot_option", "UPDATE", f"{differs('cost', dialect)} AND {opened('OLD.ballot_id')}", frozen
    yield "ballot_option_is_kept", "ballot_option", "DELETE", opened("OLD.ballot_id"), frozen


# SQLite's INSERT OR REPLACE deletes without asking the trigger above: what is there already is not replaced.
NOT_REPLACED = {
    "ledger_entry_commit_once": (
        "EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id OR commit_hash = NEW.commit_hash) "
        "OR (NEW.action = 'withdraw' AND EXISTS (SELECT 1 FROM ledger_entry WHERE ref = NEW.ref AND action = 'withdraw'))",
        "ABORT, 'an entry of the ledger is written once'",
    ),
    "ledger_entry_act_once": (
        "NEW.action IN ('open', 'close') "
        "AND EXISTS (SELECT 1 FROM ledger_entry WHERE ballot_id = NEW.ballot_id AND action = NEW.action AND action IN ('open', 'close'))",
        "IGNORE",
    ),
}


def add_guards():
    dialect = op.get_bind().dialect.name
    for name, table, act, condition, why in guards(dialect):
        if dialect == "sqlite":
            when = f"WHEN {condition} " if condition else ""
            op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} {when}BEGIN SELECT RAISE(ABORT, '{why}'); END")
            continue
        refuse = f"RAISE EXCEPTION '{why}' USING ERRCODE = 'check_violation';"
        body = f"IF {condition} THEN {refuse} END IF; RETURN {'OLD' if act == 'DELETE' else 'NEW'};" if condition else refuse
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
        if act == "DELETE" and table.startswith("ledger"):
            op.execute(f"CREATE TRIGGER {name}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()")
    if dialect == "sqlite":
        for name, (condition, answer) in NOT_REPLACED.items():
            op.execute(f"CREATE TRIGGER {name} BEFORE INSERT ON ledger_entry WHEN {condition} BEGIN SELECT RAISE({answer}); END")


def drop_guards():
    dialect = op.get_bind().dialect.name
    for name, table, *_ in guards(dialect):
        op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if dialect != "sqlite" else ""))
        if dialect != "sqlite":
            op.execute(f"DROP FUNCTION {name}() CASCADE")
    if dialect == "sqlite":
        for name in NOT_REPLACED:
            op.execute(f"DROP TRIGGER {name}")


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def text_hash(title, body):
    return hashlib.sha256(b"text-v1|" + canonical([title, body])).hexdigest()


def utc(moment):
    return moment.astimezone(UTC) if moment.tzinfo else moment


def minute(moment):
    return f"{utc(moment):%Y-%m-%dT%H:%MZ}" if moment else None


def hour(moment):
    return utc(moment).replace(minute=0, second=0, microsecond=0)


def fill():
    """Writes the ledger of every ballot that has votes or is closed, sealed and in an order that tells nothing but the hour."""
    connection, schema = op.get_bind(), sa.MetaData()
    names = [
        "ballot",
        "round_window",
        "ballot_option",
        "idea",
        "vote",
        "participation",
        "rule_note",
        "ledger_entry",
        "ledger_chain",
    ]
    schema.reflect(connection, only=names)
    tables = {name: schema.tables[name] for name in names}
    ballots = tables["ballot"].join(tables["round_window"], tables["ballot"].c.window_id == tables["round_window"].c.id)
    window = tables["round_window"].c
    for ballot in connection.execute(
        sa.select(tables["ballot"], window.opens_at, window.closes_at).select_from(ballots).order_by(tables["ballot"].c.id)
    ).all():
        seed = secrets.token_hex(16)
        connection.execute(sa.update(tables["ballot"]).where(tables["ballot"].c.id == ballot.id).values(lot_seed=seed))
        voted = connection.scalar(sa.select(sa.func.count()).where(tables["participation"].c.ballot_id == ballot.id))
        if voted or ballot.closed_at:
            write_ledger(connection, tables, ballot, seed)


def write_ledger(connection, tables, ballot, seed):
    vote, option, idea, note = tables["vote"].c, tables["ballot_option"].c, tables["idea"].c, tables["rule_note"].c
    texts = connection.execute(
        sa.select(option.idea_id, idea.title, idea.body)
        .join_from(tables["ballot_option"], tables["idea"], option.idea_id == idea.id)
        .where(option.ballot_id == ballot.id)
        .order_by(option.idea_id)
    ).all()
    votes = connection.execute(sa.select(tables["vote"]).where(vote.ballot_id == ballot.id)).all()
    opens = hour(min((row.hour for row in votes), default=ballot.opens_at))
    body = {name: getattr(ballot, name) for name in FROZEN}
    body |= {"number": ballot.number, "lot_seed": seed, "opens": minute(ballot.opens_at), "closes": minute(ballot.closes_at)}
    body |= {name: bool(body[name]) for name in ("closed_list", "shortlist_only", "hides_results")}
    hashed = [{"option": key, "text": text_hash(title, text)} for key, title, text in texts]
    if body["closed_list"]:
        body["options"] = hashed
    rows = [row("open", opens, body=body)]
    if not body["closed_list"]:
        rows += [row("option", opens, option=one["option"], body={"text": one["text"]}) for one in hashed]
    casts, tally = [], {str(key): [0, 0] for key, *_ in texts}
    for cast in votes:
        nonce = secrets.token_hex(16)
        commit = hashlib.sha256(f"vote-v1|{cast.voter_token}|{nonce}".encode()).hexdigest()
        kept = {"voter_token": cast.voter_token, "nonce": nonce} if ballot.sealed_key is not None else {}
        casts.append(row("cast", hour(cast.hour), option=cast.idea_id, points=cast.points, commit_hash=commit, **kept))
        tally[str(cast.idea_id)][0] += 1
        tally[str(cast.idea_id)][1] += cast.points
        mine = vote.ballot_id == ballot.id, vote.voter_token == cast.voter_token, vote.idea_id == cast.idea_id
        connection.execute(sa.update(tables["vote"]).where(*mine).values(commit_hash=commit))
    for moved in connection.execute(sa.select(tables["rule_note"]).where(note.ballot_id == ballot.id)).all():
        told = {"closes_before": minute(moved.closes_before), "closes_after": minute(moved.closes_after), "reason": moved.reason}
        casts.append(row("rule_note", hour(moved.noted_at), body=told))
    rows += sorted(casts, key=lambda one: (one["hour"], one["commit_hash"] or ""))
    if ballot.closed_at:
        rows.append(row("close", hour(ballot.closed_at), body={"tally": tally}))
    chain(connection, tables, ballot.id, rows)


def row(action, at, **told):
    empty = dict.fromkeys(["option", "points", "ref", "commit_hash", "body", "voter_token", "nonce"])
    return {**empty, "action": action, "hour": at, **told}


def chain(connection, tables, ballot_id, rows):
    before = "0" * 64
    for seq, one in enumerate(rows, 1):
        public = {
            "ballot": ballot_id, "seq": seq, "action": one["action"], "option": one["option"], "points": one["points"],
            "ref": one["ref"], "commit": one["commit_hash"], "body": one["body"], "hour": f"{one['hour']:%Y-%m-%dT%H}:00Z",
        }  # fmt: skip
        before = hashlib.sha256(b"entry-v1|" + before.encode() + b"|" + canonical(public)).hexdigest()
        one |= {"ballot_id": ballot_id, "seq": seq, "hash": before, "body": sa.null() if one["body"] is None else one["body"]}
        connection.execute(sa.insert(tables["ledger_entry"]).values(one))
    connection.execute(sa.insert(tables["ledger_chain"]).values(ballot_id=ballot_id, seq=len(rows), hash=before))


def upgrade():
    create_tables()
    for table, column, definition in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {definition}")
    op.create_index("ix_activity_actor", "activity", ["actor_id", "subject_kind"])
    with op.batch_alter_table("rule_note") as batch_op:
        batch_op.alter_column("closes_before", existing_type=sa.DateTime(timezone=True), nullable=True)
    set_kinds([*KINDS, "void", "reinstate"], sorted([*REASONED, "void", "reinstate"]))
    fill()
    op.create_index("uq_vote_commit_hash", "vote", ["commit_hash"], unique=True)
    add_guards()


def downgrade():
    drop_guards()
    op.drop_index("uq_vote_commit_hash", "vote")
    op.execute("DELETE FROM rule_note WHERE closes_before IS NULL")
    with op.batch_alter_table("rule_note") as batch_op:
        batch_op.alter_column("closes_before", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.drop_index("ix_activity_actor", "activity")
    drop_tables()
    op.execute("DELETE FROM decision WHERE kind IN ('void', 'reinstate')")
    set_kinds(KINDS, REASONED)
    for table, column, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def create_tables():
    op.create_table(
        "network_key",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_network_key")),
    )
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
    )
    op.create_table(
        "outreach",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_outreach_order")),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["account.id"], name=op.f("fk_outreach_entered_by_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_outreach_round_id_round"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach")),
    )
    with op.batch_alter_table("outreach", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outreach_round_id"), ["round_id"], unique=False)

    op.create_table(
        "published_election",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("meta", sa.JSON(), nullable=False),
        sa.Column("ballot_type", sa.String(), nullable=False),
        sa.Column("voters", sa.Integer(), nullable=False),
        sa.Column("budget", sa.Integer(), nullable=True),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_published_election_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_published_election")),
        sa.UniqueConstraint("digest", name=op.f("uq_published_election_digest")),
    )
    op.create_table(
        "box",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("announced_by_id", sa.Integer(), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_by_id", sa.Integer(), nullable=True),
        sa.Column("second_by_id", sa.Integer(), nullable=True),
        sa.Column("counted_by_id", sa.Integer(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'counted', 'dropped')", name=op.f("ck_box_status")),
        sa.CheckConstraint(
            "first_by_id IS NULL OR second_by_id IS NULL OR first_by_id <> second_by_id", name=op.f("ck_box_two_people")
        ),
        sa.CheckConstraint("sheets >= 1", name=op.f("ck_box_sheets")),
        sa.ForeignKeyConstraint(
            ["announced_by_id"], ["account.id"], name=op.f("fk_box_announced_by_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_box_ballot_id_ballot")),
        sa.ForeignKeyConstraint(["counted_by_id"], ["account.id"], name=op.f("fk_box_counted_by_id_account"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["first_by_id"], ["account.id"], name=op.f("fk_box_first_by_id_account"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["second_by_id"], ["account.id"], name=op.f("fk_box_second_by_id_account"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box")),
    )
    with op.batch_alter_table("box", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_box_ballot_id"), ["ballot_id"], unique=False)

    op.create_table(
        "code_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size >= 1", name=op.f("ck_code_batch_size")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_code_batch_ballot_id_ballot")),
        sa.ForeignKeyConstraint(["made_by_id"], ["account.id"], name=op.f("fk_code_batch_made_by_id_account"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_batch")),
    )
    with op.batch_alter_table("code_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_code_batch_ballot_id"), ["ballot_id"], unique=False)

    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.CheckConstraint("(status = 'confirmed') = (decision_id IS NOT NULL)", name=op.f("ck_correction_confirmed")),
        sa.CheckConstraint("act IN ('void', 'reinstate')", name=op.f("ck_correction_act")),
        sa.CheckConstraint(
            "category IN ('accounts', 'identity', 'automated', 'typing', 'error')", name=op.f("ck_correction_category")
        ),
        sa.CheckConstraint(
            "status <> 'confirmed' OR confirmed_by_id IS NULL OR proposed_by_id IS NULL OR confirmed_by_id <> proposed_by_id",
            name=op.f("ck_correction_second_person"),
        ),
        sa.CheckConstraint("status IN ('proposed', 'confirmed', 'withdrawn')", name=op.f("ck_correction_status")),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_correction_reason")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_correction_ballot_id_ballot")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["account.id"], name=op.f("fk_correction_confirmed_by_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_correction_decision_id_decision")),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["account.id"], name=op.f("fk_correction_proposed_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_correction_ballot_id"), ["ballot_id"], unique=False)

    op.create_table(
        "ledger_chain",
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ledger_chain_ballot_id_ballot")),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_ledger_chain")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("option", sa.Integer(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("commit_hash", sa.String(), nullable=True),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.String(), nullable=True),
        sa.Column("voter_token", sa.String(), nullable=True),
        sa.Column("nonce", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("network", sa.String(), nullable=True),
        sa.Column("young", sa.Boolean(), nullable=True),
        sa.Column("quiet", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "action IN ('open', 'option', 'cast', 'withdraw', 'void', 'reinstate', 'rule_note', 'close')",
            name=op.f("ck_ledger_entry_action"),
        ),
        sa.CheckConstraint("action NOT IN ('cast', 'withdraw') OR commit_hash IS NOT NULL", name=op.f("ck_ledger_entry_commit")),
        sa.CheckConstraint(
            "action NOT IN ('cast', 'withdraw', 'void', 'reinstate') OR (option IS NOT NULL AND points IS NOT NULL AND points >= 1)",
            name=op.f("ck_ledger_entry_vote"),
        ),
        sa.CheckConstraint("action NOT IN ('withdraw', 'void', 'reinstate') OR ref IS NOT NULL", name=op.f("ck_ledger_entry_ref")),
        sa.CheckConstraint("(seq IS NULL) = (hash IS NULL)", name=op.f("ck_ledger_entry_sealed")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ledger_entry_ballot_id_ballot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("ballot_id", "seq", name=op.f("uq_ledger_entry_ballot_id_seq")),
        sa.UniqueConstraint("commit_hash", name=op.f("uq_ledger_entry_commit_hash")),
    )
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_ledger_entry_judged",
            ["ref"],
            unique=False,
            sqlite_where=sa.text("action IN ('void', 'reinstate')"),
            postgresql_where=sa.text("action IN ('void', 'reinstate')"),
        )
        batch_op.create_index(
            "ix_ledger_entry_unsealed",
            ["ballot_id", "id"],
            unique=False,
            sqlite_where=sa.text("seq IS NULL"),
            postgresql_where=sa.text("seq IS NULL"),
        )
        batch_op.create_index(
            "uq_ledger_entry_once",
            ["ballot_id", "action"],
            unique=True,
            sqlite_where=sa.text("action IN ('open', 'close')"),
            postgresql_where=sa.text("action IN ('open', 'close')"),
        )
        batch_op.create_index(
            "uq_ledger_entry_withdrawn",
            ["ref"],
            unique=True,
            sqlite_where=sa.text("action = 'withdraw'"),
            postgresql_where=sa.text("action = 'withdraw'"),
        )

    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ledger_head_ballot_id_ballot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_head")),
        sa.UniqueConstraint("ballot_id", "seq", name=op.f("uq_ledger_head_ballot_id_seq")),
    )
    op.create_table(
        "published_result",
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=True),
        sa.Column("votes", sa.Integer(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("selected", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_published_result_idea_id_idea")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["published_election.round_id"], name=op.f("fk_published_result_round_id_published_election")
        ),
        sa.PrimaryKeyConstraint("idea_id", name=op.f("pk_published_result")),
    )
    with op.batch_alter_table("published_result", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_published_result_round_id"), ["round_id"], unique=False)

    op.create_table(
        "recount",
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_recount_ballot_id_ballot")),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_recount")),
    )
    op.create_table(
        "selection_run",
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.String(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("progress >= 0 AND progress <= 100", name=op.f("ck_selection_run_progress")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_selection_run_ballot_id_ballot")),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_selection_run")),
    )
    op.create_table(
        "signal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint("(seen_at IS NULL) OR length(trim(note)) > 0", name=op.f("ck_signal_note")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_signal_ballot_id_ballot")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_signal_idea_id_idea")),
        sa.ForeignKeyConstraint(["seen_by_id"], ["account.id"], name=op.f("fk_signal_seen_by_id_account"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
        sa.UniqueConstraint("ballot_id", "idea_id", "begins_at", name=op.f("uq_signal_ballot_id_idea_id_begins_at")),
    )
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signal_ballot_id"), ["ballot_id"], unique=False)

    op.create_table(
        "code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("selector", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.CheckConstraint("tries >= 0 AND tries <= 5", name=op.f("ck_code_tries")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_code_ballot_id_ballot")),
        sa.ForeignKeyConstraint(["batch_id"], ["code_batch.id"], name=op.f("fk_code_batch_id_code_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code")),
        sa.UniqueConstraint("ballot_id", "selector", name=op.f("uq_code_ballot_id_selector")),
    )
    with op.batch_alter_table("code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_code_batch_id"), ["batch_id"], unique=False)

    op.create_table(
        "corrected_vote",
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["correction.id"], name=op.f("fk_corrected_vote_correction_id_correction"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_corrected_vote_entry_id_ledger_entry")),
        sa.PrimaryKeyConstraint("correction_id", "entry_id", name=op.f("pk_corrected_vote")),
    )
    with op.batch_alter_table("corrected_vote", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_corrected_vote_entry_id"), ["entry_id"], unique=False)

    op.create_table(
        "sheet",
        sa.Column("box_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_sheet_number")),
        sa.CheckConstraint("turn IN (1, 2)", name=op.f("ck_sheet_turn")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_sheet_box_id_box"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("box_id", "number", "turn", name=op.f("pk_sheet")),
    )


def drop_tables():
    op.drop_table("sheet")
    with op.batch_alter_table("corrected_vote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_corrected_vote_entry_id"))

    op.drop_table("corrected_vote")
    with op.batch_alter_table("code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_code_batch_id"))

    op.drop_table("code")
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signal_ballot_id"))

    op.drop_table("signal")
    op.drop_table("selection_run")
    op.drop_table("recount")
    with op.batch_alter_table("published_result", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_published_result_round_id"))

    op.drop_table("published_result")
    op.drop_table("ledger_head")
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_ledger_entry_withdrawn",
            sqlite_where=sa.text("action = 'withdraw'"),
            postgresql_where=sa.text("action = 'withdraw'"),
        )
        batch_op.drop_index(
            "uq_ledger_entry_once",
            sqlite_where=sa.text("action IN ('open', 'close')"),
            postgresql_where=sa.text("action IN ('open', 'close')"),
        )
        batch_op.drop_index(
            "ix_ledger_entry_unsealed", sqlite_where=sa.text("seq IS NULL"), postgresql_where=sa.text("seq IS NULL")
        )
        batch_op.drop_index(
            "ix_ledger_entry_judged",
            sqlite_where=sa.text("action IN ('void', 'reinstate')"),
            postgresql_where=sa.text("action IN ('void', 'reinstate')"),
        )

    op.drop_table("ledger_entry")
    op.drop_table("ledger_chain")
    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_correction_ballot_id"))

    op.drop_table("correction")
    with op.batch_alter_table("code_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_code_batch_ballot_id"))

    op.drop_table("code_batch")
    with op.batch_alter_table("box", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_box_ballot_id"))

    op.drop_table("box")
    op.drop_table("published_election")
    with op.batch_alter_table("outreach", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outreach_round_id"))

    op.drop_table("outreach")
    op.drop_table("signing_key")
    op.drop_table("network_key")
