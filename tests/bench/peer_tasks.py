"""The peer: a Celery task per POST, with no database and nothing remembered."""

import os

import requests
from celery import Celery

app = Celery("peer", broker=os.environ["PEER_BROKER"])
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=1)
app.conf.task_default_queue = "peer"
_session: list[requests.Session] = []


@app.task(name="peer.post")
def post(url: str, body: str) -> None:
    if not _session:
        _session.append(requests.Session())
    _session[0].post(url, data=body.encode(), headers={"Content-Type": "application/json"}, timeout=10)
