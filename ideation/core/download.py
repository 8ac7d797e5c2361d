"""Answers that are files: with a name, and a mark by which a browser that has the same one is told so."""

from flask import Response, make_response, request


def download(content: bytes, mimetype: str, name: str, *, disposition: str = "inline") -> Response:
    """`disposition`: inline to open it, attachment to save it."""
    response = make_response(content)
    response.headers["Content-Type"] = mimetype
    response.headers["Content-Disposition"] = f'{disposition}; filename="{name}"'
    response.add_etag()
    response.make_conditional(request)
    return response
