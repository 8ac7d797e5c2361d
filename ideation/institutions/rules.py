from enum import StrEnum


class Kind(StrEnum):
    CITY = "city"
    OFFICE = "office"
    PARTNER = "partner"
