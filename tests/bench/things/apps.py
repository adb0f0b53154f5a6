from datetime import datetime

from django.apps import AppConfig


class ThingsConfig(AppConfig):
    """A kind of submission whose app has nothing to do, so that the border alone is measured."""

    name = "tests.bench.things"
    label = "things"

    def ready(self) -> None:
        from backoffice.oceafin import kinds
        from backoffice.oceafin.models import Submission

        def go(submission: Submission, now: datetime) -> kinds.GateAnswer:
            return kinds.Go()

        def settle(submission: Submission, outcome: kinds.Outcome, now: datetime) -> None:
            pass

        kinds.register(
            kinds.Kind(
                name="bench.post",
                label="A thing",
                lane="money",
                operation="createFiatWithdrawal",
                moves_money=True,
                gate=go,
                settle=settle,
                identify=kinds.resource_with_id("thingId"),
            )
        )
