"""People, units, roles and signing in (1.1, 1.3, 2.2).

Words: person (lietotājs), unit (struktūrvienība), role (loma), substitute (aizvietotājs), session (sesija)."""
