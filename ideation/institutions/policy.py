from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.institutions.models import Institution


def can_edit_institutions(account: Account | None) -> Verdict:
    """Institutions belong to the whole site: every moderation may tend them."""
    return can_moderate(account)


def can_merge(account: Account | None, institution: Institution, into: Institution) -> Verdict:
    if not (may := can_edit_institutions(account)):
        return may
    if institution.id == into.id:
        return denied(say("Eine Institution lässt sich nicht mit sich selbst zusammenführen. Bitte wählen Sie eine andere."))
    if institution.merged_into_id is not None or into.merged_into_id is not None:
        return denied(say("Eine der beiden ist schon zusammengeführt. Bitte laden Sie die Seite neu."))
    return ALLOWED
