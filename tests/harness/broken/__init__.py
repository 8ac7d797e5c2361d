"""Servers with one deliberate flaw each. A race test counts only if it catches its broken twin."""
