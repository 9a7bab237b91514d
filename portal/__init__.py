"""PKIP: the system a Latvian municipality runs on. `app.py` builds it; each folder beside it is one area."""
