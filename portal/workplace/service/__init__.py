"""Everything the workplace can do: the only door for other code."""

from portal.workplace.service.account_news import tell_account_news
from portal.workplace.service.banners import (
    LEVELS,
    Banner,
    banners,
    get_banner,
    list_banners,
    remove_banner,
    save_banner,
)
from portal.workplace.service.counts import counts
from portal.workplace.service.embedding import bar_cookie, bar_cookie_name, token_of_bar_cookie
from portal.workplace.service.look import (
    COLOURS,
    Letterhead,
    Look,
    letterhead,
    logo_png,
    look,
    look_at,
    look_of,
    mail_head,
    save_look,
)
from portal.workplace.service.mailing import ask_mail, ask_trial_mail, send_mail
from portal.workplace.service.navigation import (
    BADGES,
    ICONS,
    Item,
    editable,
    get_line,
    label_of,
    move_line,
    navigation,
    preview,
    remove_line,
    save_line,
    show_line,
)
from portal.workplace.service.origins import add_origin, end_origin, list_origins, may_embed
from portal.workplace.service.places import NAVIGATION, Entry
from portal.workplace.service.search_news import tell_of_search
from portal.workplace.service.task_news import tell_of_task
from portal.workplace.service.versions import TOPIC, discard_draft, draft, history, in_force, publish_draft, take_back

__all__ = [
    "BADGES", "COLOURS", "ICONS", "LEVELS", "NAVIGATION", "TOPIC", "Banner", "Entry", "Item", "Letterhead", "Look",
    "add_origin", "ask_mail", "ask_trial_mail", "banners", "bar_cookie", "bar_cookie_name", "counts", "discard_draft",
    "draft", "editable", "end_origin", "get_banner", "get_line", "history", "in_force", "label_of", "letterhead",
    "list_banners", "list_origins", "logo_png", "look", "look_at", "look_of", "mail_head", "may_embed", "move_line",
    "navigation", "preview", "publish_draft", "remove_banner", "remove_line", "save_banner", "save_line", "save_look",
    "send_mail", "show_line", "take_back", "tell_account_news", "tell_of_search", "tell_of_task", "token_of_bar_cookie",
]  # fmt: skip
