"""Everything the workplace can do: the only door for other code."""

from portal.workplace.service.places import NAVIGATION, Entry, navigation

__all__ = ["NAVIGATION", "Entry", "navigation"]
