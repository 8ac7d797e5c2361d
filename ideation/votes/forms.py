from typing import Any

from flask import request

from ideation.accounts.forms import SpeakingForm


class VoteForm(SpeakingForm):
    """The wanted state: `choice` = support or withdraw, or `points` = n."""

    @property
    def wanted(self) -> int | None:
        """Points the person wants to have on the idea; None when the request names no state."""
        choice: dict[str | None, Any] = {"support": 1, "withdraw": 0}
        points = request.form.get("points", "")
        if request.form.get("choice") in choice:
            return int(choice[request.form.get("choice")])
        return int(points) if points.isascii() and points.isdigit() and len(points) < 7 else None

    @property
    def key(self) -> str | None:
        return request.headers.get("Idempotency-Key") or request.form.get("idempotency_key") or None
