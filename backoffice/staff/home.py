"""The first page after signing in: blocks that other apps register, each for those whose right opens it.

    home.register(Block("approvals", Right.APPROVE_PAYMENTS, render=approvals_block, order=10))

`render(request)` returns the block's HTML (from a template), or "" when there is nothing to say.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from backoffice.staff.models import User
from backoffice.staff.roles import Right, rights_of


@dataclass(frozen=True)
class Block:
    name: str
    right: Right
    render: Callable[[HttpRequest], str]
    order: int = 50


_blocks: dict[str, Block] = {}


def register(block: Block) -> None:
    """Called in an app's ready()."""
    _blocks[block.name] = block


def blocks_for(request: HttpRequest) -> list[str]:
    """The blocks of this person, in order."""
    user = request.user
    rights = rights_of(user.roles) if isinstance(user, User) else frozenset()
    mine = sorted((b for b in _blocks.values() if b.right in rights), key=lambda block: block.order)
    return [html for html in (block.render(request) for block in mine) if html]
