"""How payments go: what waits, what settled and failed, how long it took, and who decided it."""
