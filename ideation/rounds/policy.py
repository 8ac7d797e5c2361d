"""Who may do what in a round, and when; every refusal with the date."""

from datetime import datetime

from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate as is_moderator
from ideation.core.sentence import End, Message, say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.rounds.models import Round
from ideation.rounds.rules import Activity, State, Status, last_window, next_window, open_window, state

BEFORE: dict[str, Message] = {
    Activity.JOIN: say("Zur Runde anmelden können Sie sich ab %(opens)s."),
    Activity.CHALLENGE: say("Herausforderungen können Sie ab %(opens)s stellen."),
    Activity.IDEA: say("Ideen können Sie ab %(opens)s einreichen."),
    Activity.COMMENT: say("Kommentare können Sie ab %(opens)s schreiben."),
    Activity.VOTE: say("Abstimmen können Sie ab %(opens)s."),
}
AFTER: dict[str, Message] = {
    Activity.JOIN: say("Die Anmeldung zur Runde ist seit %(closed)s geschlossen."),
    Activity.CHALLENGE: say("Die Frist für Herausforderungen ist seit %(closed)s abgelaufen."),
    Activity.IDEA: say("Die Frist für Ideen ist seit %(closed)s abgelaufen."),
    Activity.COMMENT: say("Die Frist für Kommentare ist seit %(closed)s abgelaufen."),
    Activity.VOTE: say("Die Abstimmung ist seit %(closed)s geschlossen."),
}
NEVER: dict[str, Message] = {
    Activity.JOIN: say("Für diese Runde müssen Sie sich nicht anmelden. Machen Sie einfach mit."),
    Activity.CHALLENGE: say("In dieser Runde stellt die Moderation die Herausforderungen. Sie können sie mit Ideen beantworten."),
    Activity.IDEA: say("In dieser Runde werden keine Ideen gesammelt."),
    Activity.COMMENT: say("In dieser Runde gibt es keine Kommentare."),
    Activity.VOTE: say("In dieser Runde wird nicht abgestimmt."),
}


def asks_to_join(round: Round) -> bool:
    return any(w.activity == Activity.JOIN for w in round.windows)


def is_open(round: Round, activity: str, now: datetime) -> Verdict:
    """Whether this is the time for it, whoever asks."""
    activity = Activity(activity)
    if round.status == Status.DRAFT:
        return denied(say("Diese Runde ist noch nicht veröffentlicht."))
    if round.status == Status.ARCHIVED or not round.windows:
        return denied(say("Diese Runde ist abgeschlossen."))
    if open_window(round.windows, activity, now):
        return ALLOWED
    if coming := next_window(round.windows, activity, now):
        return denied(Message(BEFORE[activity].text, {"opens": coming.opens_at}))
    if past := last_window(round.windows, activity, now):
        assert past.closes_at is not None
        return denied(Message(AFTER[activity].text, {"closed": End(past.closes_at)}))
    return denied(NEVER[activity])


def can_act(account: Account | None, round: Round, activity: str, *, registered: bool, now: datetime) -> Verdict:
    """`registered` is asked only where the round has a join window."""
    if not (timely := is_open(round, activity, now)):
        return timely
    if account is None:
        return denied(say("Bitte melden Sie sich an. Dann können Sie mitmachen."))
    if account.confirmed_at is None:
        return denied(say("Bitte bestätigen Sie zuerst Ihre E-Mail-Adresse. Den Link dazu haben wir Ihnen geschickt."))
    if activity == Activity.JOIN or registered or not asks_to_join(round):
        return ALLOWED
    return denied(_not_registered(round, now))


def _not_registered(round: Round, now: datetime) -> Message:
    window = next(w for w in round.windows if w.activity == Activity.JOIN)
    where = state(window, now)
    if where is State.COMING:
        return say(
            "In dieser Runde machen angemeldete Teilnehmende mit. Anmelden können Sie sich ab %(opens)s.", opens=window.opens_at
        )
    if where is State.OPEN and window.closes_at is None:
        return say("In dieser Runde machen angemeldete Teilnehmende mit. Bitte melden Sie sich auf der Seite der Runde an.")
    assert window.closes_at is not None
    if where is State.OPEN:
        return say(
            "In dieser Runde machen angemeldete Teilnehmende mit. Bitte melden Sie sich bis %(closes)s auf der Seite der Runde an.",
            closes=End(window.closes_at),
        )
    return say(
        "In dieser Runde machen angemeldete Teilnehmende mit. Die Anmeldung ist seit %(closed)s geschlossen.",
        closed=End(window.closes_at),
    )


def can_moderate(account: Account | None, round: Round) -> Verdict:
    """Who made the round or was given it, and admins."""
    if not (may := is_moderator(account)):
        return may
    assert account is not None
    if account.is_admin or any(m.id == account.id for m in round.moderators):
        return ALLOWED
    return denied(say("Diese Runde betreuen andere. Bitten Sie deren Moderation oder die Administration, Sie einzutragen."))


def can_see(account: Account | None, round: Round) -> bool:
    return round.status != Status.DRAFT or bool(can_moderate(account, round))


def can_publish(account: Account | None, round: Round) -> Verdict:
    if not (may := can_moderate(account, round)):
        return may
    if round.status != Status.DRAFT:
        return denied(say("Diese Runde ist schon veröffentlicht."))
    if not round.windows:
        return denied(say("Bitte tragen Sie zuerst mindestens einen Zeitraum ein. Ohne Zeitraum kann niemand mitmachen."))
    return ALLOWED


def can_archive(account: Account | None, round: Round) -> Verdict:
    if not (may := can_moderate(account, round)):
        return may
    if round.status != Status.PUBLISHED:
        return denied(say("Archivieren lässt sich nur eine veröffentlichte Runde."))
    return ALLOWED


def can_import(account: Account | None) -> Verdict:
    return is_moderator(account)
