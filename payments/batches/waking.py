"""Telling the workers that a batch has something to do. It may be lost: the sweep looks, too."""

from backoffice.oceafin import bell


def wake_after_commit() -> None:
    bell.ring_after_commit("batches")
