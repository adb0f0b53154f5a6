"""The README's table of operations names each that is used, once, and none that is not."""

import re
from pathlib import Path

from backoffice.oceafin import contract
from tests.contract.operations import NOT_YET, used

README = Path(__file__).parent.parent.parent / "README.md"


def rows() -> list[tuple[str, str]]:
    """Operation and place, line by line."""
    return re.findall(r"^\| `(\w+)` \| (.+) \|$", README.read_text(), flags=re.MULTILINE)


def test_names_each_operation_once_with_its_place() -> None:
    found = [operation for operation, _place in rows() if operation in contract.operations()]
    assert sorted(found) == sorted(used())
    assert all(place.strip() for _operation, place in rows())


def test_leaves_out_only_what_the_contract_has() -> None:
    assert set(contract.operations()) >= NOT_YET
