"""Measurements: `make bench`. Ratios in one run, rounds interleaved, so that a busy machine slows both sides."""
