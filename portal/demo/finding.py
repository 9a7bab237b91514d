"""Searching: words that mean the same, a saved search."""

from portal.search import service as search

GROUPS = ("bērnudārzs\npirmsskolas izglītības iestāde\nPII", "remonts\natjaunošana", "būvvalde\nbūvniecības kontrole")


def make(town):
    """What a record-keeper and an employee have set up."""
    for group in GROUPS:
        search.save_synonyms(town.actors["anna"], group)
    search.save_search(town.actors["anna"], "Ielu apgaismojums", "apgaismojums", search.Filters(kind="document"))
    search.save_search(town.actors["anna"], "Iesniegumi par zemi", "zeme klase:iesniegums", search.Filters())
