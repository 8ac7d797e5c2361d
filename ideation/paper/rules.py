"""Codes on paper, and paper ballots typed in twice."""

from enum import StrEnum


class BoxStatus(StrEnum):
    OPEN = "open"
    COUNTED = "counted"
    DROPPED = "dropped"
