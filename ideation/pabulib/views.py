from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import viewer
from ideation.ballots.queries import ballot_or_404
from ideation.core.verdict import require
from ideation.pabulib.policy import can_publish_votes
from ideation.pabulib.queries import election_of
from ideation.pabulib.rules import write
from ideation.protocols.policy import can_read
from ideation.protocols.queries import protocol_of

pages = Blueprint("pabulib", __name__)


@pages.get("/ballots/<int:id>/results.pb")
def election(id: int) -> ResponseReturnValue:
    ballot = ballot_or_404(viewer(), id)
    require(can_read(ballot))
    protocol = protocol_of(ballot)
    require(can_publish_votes(ballot, protocol.voters))
    response = make_response(write(election_of(ballot, protocol)).encode())
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="abstimmung-{id}.pb"'
    response.add_etag()
    return response.make_conditional(request)
