"""A lab that meets: one meeting written up, an optional one to come, two groups, pictures."""

from datetime import UTC, datetime

from ideation.accounts.models import Account
from ideation.meetings.models import Agreement, Attendance
from ideation.rounds.models import Round
from tests.cast import make_account, make_group, make_idea, make_lab, make_meeting, make_member, make_picture, make_profile, put


def fill_meetings(live: Round, me: Account) -> dict[str, object]:
    lab = make_lab(make_idea(live, make_account(), status="in_lab"), title="Ein Labor, das sich trifft", status="working")
    make_member(lab, me, name="Wer das Labor begleitet", role="facilitator")
    others = [make_member(lab, make_account(), name=f"Mitglied mit einem sehr langen Namen {n}") for n in range(3)]
    first, _ = make_meeting(lab), make_meeting(lab, 2, optional=True, condition="wenn nach dem ersten noch etwas offen ist")
    profile = make_profile(make_group(lab, others[0]))
    make_group(lab, others[1], number=2, title="Donaudampfschifffahrtsgesellschaftskapitänsgruppe")
    put(Attendance(meeting_id=first.id, member_id=others[0].id))
    first.others, first.noted_at = 2, datetime.now(UTC)
    put(Agreement(meeting_id=first.id, position=1, text="Bus mieten"))
    carried = {"profile_id": profile.id, "field": "first_steps", "version": 1}
    put(Agreement(meeting_id=first.id, position=2, text="Fahrplan machen", **carried))
    make_picture(lab, caption="Beim ersten Treffen", credit="Stadtarchiv")
    return {"meeting_lab": lab.slug}
