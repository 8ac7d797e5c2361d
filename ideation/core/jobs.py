"""Due work follows from rows. One loop asks each job; a job that fails is logged and asked again."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Flask

from ideation.core.clock import now as clock_now
from ideation.core.db import db

log = logging.getLogger("ideation.jobs")
PAUSE = 2.0


@dataclass(frozen=True, slots=True)
class Job:
    work: Callable[[datetime], object]
    seconds: float


def run_once(app: Flask, jobs: list[Job]) -> int:
    """Asks every job once; returns how many failed."""
    failed = 0
    for job in jobs:
        with app.app_context():
            try:
                job.work(clock_now())
                db.session.commit()
            except Exception:
                db.session.rollback()
                failed += 1
                log.exception("job %s failed", job.work.__name__)
    return failed


def run_forever(app: Flask, jobs: list[Job], while_: Callable[[], bool] = lambda: True) -> None:
    due = [0.0] * len(jobs)
    while while_():
        for number, job in enumerate(jobs):
            if time.monotonic() >= due[number]:
                run_once(app, [job])
                due[number] = time.monotonic() + job.seconds
        time.sleep(PAUSE)
