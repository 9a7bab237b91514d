"""Everything search can do for other areas: take objects in, forget them, find them."""

from portal.search.following import fill
from portal.search.following import wire as follow
from portal.search.indexing import index_pending, rebuild
from portal.search.inside import around, spots_inside
from portal.search.service.entries import put, remove
from portal.search.service.exporting import table
from portal.search.service.finding import Filters, Hit, Results, find, read_query, unit_names, wire
from portal.search.service.outside import get_item, put_item, remove_item
from portal.search.service.rebuilding import IndexState, ask_rebuild, catch_up, index_state, run_rebuild
from portal.search.service.saved import (
    count_news,
    drop_saved,
    find_news,
    forget_recent,
    get_saved,
    list_saved,
    look_at,
    news_of,
    recent_searches,
    recent_things,
    remember,
    save_search,
    set_telling,
)
from portal.search.service.suggesting import offers
from portal.search.service.synonyms import get_synonyms, list_synonyms, remove_synonyms, save_synonyms

__all__ = [
    "Filters", "Hit", "IndexState", "Results", "around", "ask_rebuild", "catch_up", "count_news", "drop_saved",
    "fill", "find", "find_news", "follow", "forget_recent", "get_item", "get_saved", "get_synonyms",
    "index_pending", "index_state", "list_saved", "list_synonyms", "look_at", "news_of", "offers", "put",
    "put_item", "read_query", "rebuild", "recent_searches", "recent_things", "remember", "remove", "remove_item",
    "remove_synonyms", "run_rebuild", "save_search", "save_synonyms", "set_telling", "spots_inside", "table",
    "unit_names", "wire",
]  # fmt: skip
