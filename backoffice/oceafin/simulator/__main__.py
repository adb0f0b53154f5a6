"""`python -m backoffice.oceafin.simulator --port 8900`"""

import signal
import sys
import threading

from .control import Control
from .options import read_options
from .postman import Postman
from .server import SimulatorServer
from .walk import walk_by_itself
from .world import World


def main() -> None:
    """Serves until it is told to stop; the first line of output says where."""
    world = World(read_options())
    postman = Postman(world)
    try:
        server = SimulatorServer(world, control_door=Control(world, postman))
    except OSError as error:
        sys.exit(f"simulator: cannot listen on {world.options.host}:{world.options.port}: {error.strerror}")
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    if world.options.until_stdin_closes:
        threading.Thread(target=_stop_with_stdin, args=(stopped,), daemon=True).start()
    postman.start()
    if world.options.auto:
        threading.Thread(target=walk_by_itself, args=(world, stopped), daemon=True).start()
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    print(f"simulator http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201
    stopped.wait()
    postman.stop()
    server.shutdown()
    world.store.close()


def _stop_with_stdin(stopped: threading.Event) -> None:
    sys.stdin.read()
    stopped.set()


if __name__ == "__main__":
    main()
