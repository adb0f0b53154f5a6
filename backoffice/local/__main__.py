"""`python -m backoffice.local run|test|lint|bench|secrets`: what the Makefile calls."""

import sys
from pathlib import Path

from backoffice.local.errors import CannotRun, sentence_for

USAGE = "Say what to do: python -m backoffice.local run|test|lint|bench|secrets"


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["run"]:
                from backoffice.local.run import run

                return run()
            case ["run", folder]:
                from backoffice.local.run import run

                return run(Path(folder))
            case ["prepare"]:
                from backoffice.local.prepare import prepare

                return prepare()
            case ["test"]:
                from backoffice.local.testing import test

                return test()
            case ["lint"]:
                from backoffice.local.lint import lint

                return lint()
            case ["bench"]:
                from backoffice.local.testing import bench

                return bench()
            case ["secrets"]:
                from backoffice.local.installation import container_secrets

                print("\n".join(f"{name}={value}" for name, value in container_secrets().items()))
                return 0
            case _:
                raise CannotRun(USAGE)
    except CannotRun as reason:
        print(reason, file=sys.stderr)
    except OSError as error:
        sentence = sentence_for(error, "this folder")
        if sentence is None:
            raise
        print(sentence, file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
