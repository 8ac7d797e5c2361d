from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, staff_pages
from ideation.challenges import policy
from ideation.challenges.actions import carry_over
from ideation.challenges.forms import CarryForm
from ideation.challenges.models import Challenge
from ideation.challenges.queries import challenge_or_404, targets_of
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, require
from ideation.tags.queries import frames_with_tags

pages = staff_pages("challenges_manage", __name__)


@pages.get("/challenges/<int:id>/carry-over")
def carry(id: int) -> ResponseReturnValue:
    challenge = challenge_or_404(person(), id)
    require(policy.can_carry_over(person(), challenge))
    return _page(_form(challenge), challenge)


@pages.post("/challenges/<int:id>/carry-over")
def create(id: int) -> ResponseReturnValue:
    challenge = challenge_or_404(person(), id)
    require(policy.can_carry_over(person(), challenge))
    form = _form(challenge)
    try:
        if form.validate() and (target := form.chosen()) is not None:
            copy = carry_over(person(), challenge, target, form.wording(), form.reason.data or "", now=now())
            told = say("Die Herausforderung steht jetzt auch in der Runde „%(round)s“.", round=target.title)
            return respond(url_for("challenges.show", id=copy.id), message=told)
    except Invalid as error:
        form.take(error)
    return _page(form, challenge), 422


def _form(challenge: Challenge) -> CarryForm:
    return CarryForm(person(), frames_with_tags(), targets_of(person(), challenge), data=CarryForm.values(challenge))


def _page(form: CarryForm, challenge: Challenge) -> str:
    return render_template("challenges/carry.html", form=form, challenge=challenge)
