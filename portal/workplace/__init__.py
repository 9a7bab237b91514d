"""The universal workplace: navigation bar and start page (2.1).

Words: work list (darbu saraksts), start page „Mans darbs”, navigation bar (navigācijas josla)."""
