"""Published elections, read where they lie."""

import csv

from ideation.elections.rules import Election
from ideation.pabulib.rules import read
from tests.transfer.files import real

WINTERTHUR = "winterthur-kk25/kk25.pb"


def outcomes() -> dict[str, dict[str, str]]:
    with real("pb/expected_outcomes.csv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def election(file: str) -> Election:
    reading = read(real(f"pb/{file}").read_bytes())
    assert reading.election is not None, reading.faults
    return reading.election
