"""How large and how many groups of a lab are."""

TITLE_MAX, GROUPS_MAX = 120, 30
