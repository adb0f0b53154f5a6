"""One field finds everything that has a reference, an id or a name; each kind by its own index, for its own right."""
