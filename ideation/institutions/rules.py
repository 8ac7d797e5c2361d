from enum import StrEnum

NAME_MAX = 160


class Kind(StrEnum):
    CITY = "city"
    OFFICE = "office"
    PARTNER = "partner"
