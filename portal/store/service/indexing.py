"""What search is told about an item."""

from portal.search import service as search
from portal.store.models import ItemState

KIND = "store_item"


def index_item(item):
    """Tell search the present data of an item, in the transaction of the change."""
    if item.state != ItemState.ACTIVE:
        search.remove(KIND, item.id)
        return
    search.put(
        KIND,
        item.id,
        item.title,
        item.external_id or "",
        item.facts.get("description", ""),
        item.date,
        "",
        f"/store/items/{item.id}",
        item.access_set_id,
        extra_text="\n".join(_words(item)),
    )


def _words(item):
    for value in (*(value for name, value in item.facts.items() if name != "description"), *item.properties.values()):
        if isinstance(value, list):
            yield from value
        elif not isinstance(value, bool):
            yield str(value)
