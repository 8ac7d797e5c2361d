"""The one place where a POST's answer depends on htmx."""

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from ideation.core.sentence import Message


def wants_fragment() -> bool:
    return request.headers.get("HX-Request") == "true"


def in_full(response: Response) -> Response:
    """An answer that needs more room than the button it came from: htmx shows it as the page."""
    if wants_fragment():
        response.headers["HX-Retarget"], response.headers["HX-Reselect"] = "main", "main"
        response.headers["HX-Reswap"] = "outerHTML show:top"
    return response


def respond(
    url: str, fragment: str | None = None, message: Message | str | None = None, *, aside: Message | None = None, **context: Any
) -> BaseResponse:
    """After a successful POST: the fragments that changed for htmx, else 303 to the page that shows them.

    `aside`: what the fragments show and that page does not; said there after the message."""
    if wants_fragment() and fragment:
        response: Response = make_response(render_template(fragment, message=message, **context))
        response.headers["Vary"] = "HX-Request"
        return response
    if message is not None:
        flash(f"{message} {aside}" if aside else str(message), "success")
    if wants_fragment():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = url
        return response
    return redirect(url, 303)
