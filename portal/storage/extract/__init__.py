"""Read text and inner files out of a file that nobody has checked: by content, within limits, never crashing.

`reading.py` starts `child.py` with a file; the other modules run in that process (a few also here, for small things
such as a look into an archive's directory), know neither Flask nor the database, and speak in causes, not sentences."""
