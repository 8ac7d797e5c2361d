"""The features, lowest first. Rules, models, policies, queries and actions import only features before their own."""

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

from ideation.core.jobs import Job

ORDER = (
    "accounts",
    "activity",
    "decisions",
    "tags",
    "pictures",
    "institutions",
    "applications",
    "bodies",
    "events",
    "rounds",
    "challenges",
    "ideas",
    "teams",
    "authorships",
    "comments",
    "ties",
    "budgets",
    "supporters",
    "shares",
    "ledger",
    "ballots",
    "votes",
    "recounts",
    "paper",
    "signals",
    "selections",
    "runs",
    "corrections",
    "elections",
    "tables",
    "protocols",
    "wordings",
    "pabulib",
    "moderation",
    "labs",
    "members",
    "handouts",
    "groups",
    "profiles",
    "questions",
    "meetings",
    "documentation",
    "journeys",
    "notifications",
    "transfer",
    "pages",
    "demo",
)


def register(app: Flask) -> None:
    """Each feature brings what it has: models, pages (`views.pages`), staff pages (`manage.pages`), commands (`cli.commands`)."""
    for name in ORDER:
        for room in ("models", "actions"):
            if find_spec(f"ideation.{name}.{room}"):
                import_module(f"ideation.{name}.{room}")
        if find_spec(f"ideation.{name}.views"):
            app.register_blueprint(import_module(f"ideation.{name}.views").pages)
        if find_spec(f"ideation.{name}.manage"):
            app.register_blueprint(import_module(f"ideation.{name}.manage").pages)
        if find_spec(f"ideation.{name}.cli"):
            app.cli.add_command(import_module(f"ideation.{name}.cli").commands)


def jobs() -> list[Job]:
    """Due work, and how often each is asked, in seconds."""
    from ideation.accounts.actions import forget_unconfirmed
    from ideation.ballots.actions import close_due, open_due
    from ideation.core.mail import forget_sent, send_due
    from ideation.events.actions import forget_seats, remind_due
    from ideation.ledger.actions import ensure_signing_key, forget_networks, publish_heads, seal_due
    from ideation.members.actions import forget_invited
    from ideation.recounts.actions import recount_all
    from ideation.runs.actions import run_due
    from ideation.signals.actions import find_signals
    from ideation.tags.actions import load_presets
    from ideation.votes.actions import destroy_keys

    hour = 3600.0
    return [
        Job(open_due, 5),
        Job(close_due, 5),
        Job(run_due, 5),
        Job(send_due, 2),
        Job(seal_due, 2),
        Job(publish_heads, 60),
        Job(remind_due, 60),
        Job(find_signals, 600),
        Job(recount_all, 600),
        Job(ensure_signing_key, hour),
        Job(forget_networks, hour),
        Job(destroy_keys, hour),
        Job(forget_unconfirmed, hour),
        Job(forget_seats, hour),
        Job(forget_sent, hour),
        Job(forget_invited, hour),
        Job(load_presets, hour),
    ]


def a_sealed_key() -> bytes | None:
    """Something that only the right key file opens; None while there is nothing."""
    from ideation.ballots.queries import a_sealed_key as newest

    return newest()
