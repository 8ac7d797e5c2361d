from dataclasses import replace
from datetime import datetime
from math import ceil

from ideation.accounts.models import Account
from ideation.core.sentence import say, say_n
from ideation.core.verdict import ALLOWED, Verdict, denied, too_many


def can_manage(account: Account) -> Verdict:
    if account.is_staff:
        return ALLOWED
    return denied(
        say(
            "Diese Seiten sind der Moderation vorbehalten. Wenn Sie mitmoderieren, bitten Sie die Verwaltung um die passende Rolle."
        )
    )


def can_moderate(account: Account | None) -> Verdict:
    """Moderators and admins, whichever round; whether a round is theirs is for `rounds.policy` to say."""
    if account is not None and account.is_moderator:
        return ALLOWED
    return denied(say("Das kann nur die Moderation."))


def can_speak(account: Account) -> Verdict:
    """Contributions and votes can reveal political opinions: whoever comes, by whichever door, has consented to that."""
    if account.opinion_consent_at is not None:
        return ALLOWED
    return denied(say("Bitte willigen Sie ein. Ohne die Einwilligung dürfen wir Ihren Beitrag oder Ihre Stimme nicht verarbeiten."))


def can_administer(account: Account | None) -> Verdict:
    if account is not None and account.is_admin:
        return ALLOWED
    return denied(say("Das kann nur die Administration."))


def can_try(blocked_until: datetime | None, *, now: datetime) -> Verdict:
    """After too many tries even the right answer has to wait."""
    if blocked_until is None or blocked_until <= now:
        return ALLOWED
    seconds = max(1, ceil((blocked_until - now).total_seconds()))
    minutes = ceil(seconds / 60)
    return too_many(
        say("Das waren zu viele Versuche. Bitte warten Sie %(n)s Minuten und versuchen Sie es dann noch einmal.", n=minutes)
        if minutes > 1
        else say_n(
            "Das waren zu viele Versuche. Bitte warten Sie eine Sekunde und versuchen Sie es dann noch einmal.",
            "Das waren zu viele Versuche. Bitte warten Sie %(num)s Sekunden und versuchen Sie es dann noch einmal.",
            seconds,
        ),
        retry_after=seconds,
    )


def can_log_in(account: Account | None, proof: str | None) -> Verdict:
    """`proof` is the hash the typed password matched. An unknown address and a wrong password are one answer."""
    if account is None or proof is None or account.password_hash != proof:
        return replace(denied(say("E-Mail-Adresse oder Passwort stimmt nicht.")), status=422)
    if account.confirmed_at is None:
        return denied(
            say(
                "Ihr Konto wartet noch auf die Bestätigung. Bitte öffnen Sie den Link in unserer E-Mail oder lassen Sie sich eine neue schicken."
            )
        )
    return ALLOWED


def can_prove(account: Account, proof: str | None) -> Verdict:
    """The current password, asked again before a change that could lock somebody out."""
    if proof is None or account.password_hash != proof:
        return denied(say("Das jetzige Passwort stimmt nicht."))
    return ALLOWED


def can_change_role(actor: Account | None, account: Account) -> Verdict:
    """Nobody changes the own role, so one admin always remains."""
    if actor is not None and actor.id == account.id:
        return denied(say("Die eigene Rolle kann nur eine andere Person der Administration ändern."))
    return can_administer(actor)
