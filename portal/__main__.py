"""`python -m portal` is `pkip`."""

from portal.cli import main

main()
