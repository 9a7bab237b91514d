"""The document store that every municipal system uses (14.1, 14.2).

An *item* (glabātavas vienība) is what an application keeps here: metadata and files, in *versions* (versijas). It
belongs to one application, its *owner* (īpašnieks); the portal's own documents belong to `portal`. It has a *class*
(klase) and a *level* of confidentiality (konfidencialitātes līmenis). A *grant* (piekļuves piešķīrums) opens items
to another application, a unit or a role. A *property set* (īpašību kopa) is what IT staff define beside the fields
of Dublin Core.

Bytes lie in `storage`, once for all that refer to them; who may read them is decided here."""
