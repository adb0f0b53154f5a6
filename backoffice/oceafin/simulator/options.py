"""How the simulator is started: command line first, then the environment. Secrets belong in the latter."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """What does not change while the simulator runs. Seconds everywhere."""

    host: str = "127.0.0.1"
    port: int = 8900
    state: str = ":memory:"
    client_id: str = "demo-client"
    client_secret: str = "demo-client-secret"  # noqa: S105  a stand-in has no secret to keep
    webhook_secret: str = "demo-webhook-secret"  # noqa: S105
    webhook_url: str = ""
    seed: str = ""
    auto: bool = False
    speed: float = 1.0
    freshness: float = 300
    key_lifetime: float = 24 * 3600
    until_stdin_closes: bool = False


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """Reads the command line; what it does not name comes from SIMULATOR_* variables, else the default."""
    plain = Options()

    def given(name: str, default: str) -> str:
        return os.environ.get(f"SIMULATOR_{name}", "") or default

    parser = argparse.ArgumentParser(prog="simulator", description="A stand-in Oceafin.")
    parser.add_argument("--host", default=plain.host, help="loopback unless you say otherwise")
    parser.add_argument("--port", type=int, default=plain.port, help="0 picks a free one")
    parser.add_argument("--state", default=given("STATE", plain.state), help="a file that keeps everything")
    parser.add_argument("--client-id", default=given("CLIENT_ID", plain.client_id))
    parser.add_argument("--client-secret", default=given("CLIENT_SECRET", plain.client_secret))
    parser.add_argument("--webhook-secret", default=given("WEBHOOK_SECRET", plain.webhook_secret))
    parser.add_argument("--webhook-url", default=given("WEBHOOK_URL", plain.webhook_url))
    parser.add_argument("--seed", default=plain.seed, help="the same seed gives the same ids and delays")
    parser.add_argument("--auto", action="store_true", help="resources move forward by themselves")
    parser.add_argument(
        "--speed", type=float, default=plain.speed, help="with --auto: 10 is ten times as fast"
    )
    parser.add_argument("--freshness", type=float, default=plain.freshness)
    parser.add_argument("--key-lifetime", type=float, default=plain.key_lifetime)
    parser.add_argument(
        "--until-stdin-closes", action="store_true", help="ends with the process that started it"
    )
    options = Options(**vars(parser.parse_args(arguments)))
    if options.speed <= 0:
        parser.error("--speed must be greater than 0")
    return options
