from collections.abc import Mapping

from ideation.accounts.models import Account
from ideation.challenges import policy as challenges
from ideation.challenges.models import Challenge
from ideation.challenges.rules import Status as ChallengeStatus
from ideation.comments import policy as comments
from ideation.comments.models import Comment
from ideation.core.verdict import Verdict
from ideation.decisions.rules import Kind
from ideation.ideas import policy as ideas
from ideation.ideas.models import Idea
from ideation.ideas.rules import PUBLIC as PUBLIC_IDEAS
from ideation.ideas.rules import Status as IdeaStatus
from ideation.moderation.rules import CHALLENGE_ACTS, COMMENT_ACTS, IDEA_ACTS, Act
from ideation.rounds.models import Round


def challenge_acts(account: Account | None, challenge: Challenge) -> list[Act]:
    """What this person may do with it now, in the order of the page."""
    return _allowed(
        CHALLENGE_ACTS,
        {
            Kind.PUBLISH: challenges.can_become(account, challenge, ChallengeStatus.OPEN),
            Kind.RETURN: challenges.can_become(account, challenge, ChallengeStatus.RETURNED),
            Kind.REJECT: challenges.can_become(account, challenge, ChallengeStatus.REJECTED),
            Kind.MERGE: challenges.can_merge(account, challenge),
            Kind.ANSWER: challenges.can_become(account, challenge, ChallengeStatus.ANSWERED),
            Kind.HIDE: challenges.can_hide(account, challenge),
            Kind.RESTORE: challenges.can_restore(account, challenge),
        },
    )


def idea_acts(account: Account | None, idea: Idea) -> list[Act]:
    def move(target: IdeaStatus, *sources: IdeaStatus) -> bool:
        return (not sources or idea.status in sources) and bool(ideas.can_move(account, idea, target))

    shown = bool(ideas.can_judge(account, idea)) and idea.status in PUBLIC_IDEAS
    return _allowed(
        IDEA_ACTS,
        {
            Kind.PUBLISH: move(IdeaStatus.PUBLISHED, IdeaStatus.SUBMITTED),
            Kind.RETURN: move(IdeaStatus.RETURNED),
            Kind.REJECT: move(IdeaStatus.REJECTED),
            Kind.SHORTLIST: move(IdeaStatus.SHORTLISTED),
            Kind.UNLIST: move(IdeaStatus.PUBLISHED, IdeaStatus.SHORTLISTED),
            Kind.MERGE: move(IdeaStatus.MERGED),
            Kind.REOPEN: move(IdeaStatus.PUBLISHED, IdeaStatus.NOT_SELECTED),
            Kind.ARCHIVE: move(IdeaStatus.ARCHIVED),
            Kind.HIDE: shown and not idea.is_hidden,
            Kind.RESTORE: shown and idea.is_hidden,
        },
    )


def comment_acts(account: Account | None, comment: Comment, round: Round) -> list[Act]:
    may = bool(comments.can_hide(account, comment, round))
    return _allowed(COMMENT_ACTS, {Kind.HIDE: may and not comment.is_hidden, Kind.RESTORE: may and comment.is_hidden})


def _allowed(acts: Mapping[str, Act], may: Mapping[Kind, Verdict | bool]) -> list[Act]:
    return [acts[kind] for kind, yes in may.items() if yes]
