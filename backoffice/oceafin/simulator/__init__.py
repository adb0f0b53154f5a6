"""A stand-in Oceafin for development, demo, training and tests: `python -m backoffice.oceafin.simulator`.

It imports nothing of the back office but the contract file, which it reads as data, and it checks
signatures by its own implementation of contract section 1: a twin on purpose, so that a mistake in
`signing.py` cannot cancel itself out.

A request's way through the modules: `server` (bytes) -> `door` (who is it, was this key seen before)
-> `routes` -> `products` (what Oceafin would do) -> `book` (money that moved) and `events` (webhooks).
`faults` does wrong on request; `control` is the door for the people who run it.
"""
