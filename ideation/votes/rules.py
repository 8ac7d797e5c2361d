"""How votes are limited, and what a voter is known by. Pure: plain values in, plain values out."""

import hashlib
import hmac

from ideation.ballots.rules import Limits


def voter_token(ballot_key: bytes, account_id: int) -> str:
    """HMAC-SHA-256 of the account under the ballot's own key, as hex: the same person, unknown, in this ballot only."""
    return hmac.new(ballot_key, str(account_id).encode(), hashlib.sha256).hexdigest()


def fault(limits: Limits, spent: int, given: int, wanted: int) -> str | None:
    """Why a change from `given` to `wanted` points on one idea is not possible, or None.

    `spent` is what the person has used in this ballot so far, `given` included."""
    if wanted < 0 or wanted > limits.each:
        return "too_many_on_one" if wanted > 0 else "negative"
    if limits.votes is not None and spent - given + wanted > limits.votes and wanted > given:
        return "used_up"
    return None


def left(limits: Limits, spent: int) -> int | None:
    """What remains; None when there is no limit."""
    return None if limits.votes is None else max(0, limits.votes - spent)
