from sqlalchemy import func, select

from ideation.core.db import db
from ideation.institutions.models import Institution


def all_institutions() -> list[Institution]:
    return list(db.session.scalars(select(Institution).order_by(func.lower(Institution.name))))


def institution_called(name: str) -> Institution | None:
    """Case does not matter: "stadt dortmund" is "Stadt Dortmund"."""
    folded = func.lower(Institution.name) == name.lower()
    return db.session.scalar(select(Institution).where((Institution.name == name) | folded).order_by(Institution.id).limit(1))
