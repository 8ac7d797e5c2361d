from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import viewer
from ideation.ballots.queries import ballot_or_404
from ideation.core.clock import now
from ideation.core.verdict import NotFound
from ideation.runs.queries import told, why
from ideation.selections.queries import Phase, Result, result_of

pages = Blueprint("runs", __name__)


def _counted(id: int) -> Result:
    """Nothing of a ballot before its count stands."""
    result = result_of(ballot_or_404(viewer(), id), now())
    if result.phase not in {Phase.COUNTED, Phase.CERTIFIED}:
        raise NotFound
    return result


@pages.get("/ballots/<int:id>/results/<int:idea>")
def show(id: int, idea: int) -> ResponseReturnValue:
    result = _counted(id)
    reason = why(result, idea)
    if reason is None:
        raise NotFound
    rows = {row.idea: row for row in result.rows}
    return render_template(
        "runs/show.html", ballot=result.ballot, round=result.ballot.round, result=result, reason=reason, rows=rows, row=rows[idea]
    )


@pages.get("/ballots/<int:id>/run.json")
def download(id: int) -> ResponseReturnValue:
    answer = jsonify(told(_counted(id)))
    answer.headers["Content-Disposition"] = f'attachment; filename="auswahl-{id}.json"'
    return answer
