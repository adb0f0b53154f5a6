"""Reads an OpenAPI file, YAML or JSON, of whatever origin: bounded in size, depth and aliases. Pure."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

LARGEST_FILE = 10 * 1024 * 1024
DEEPEST = 100
MOST_NODES = 1_000_000

Document = dict[str, Any]


class FileUnreadable(Exception):
    """The file cannot be read as an OpenAPI 3 description; says why in a sentence."""


class _Loader(yaml.CSafeLoader):
    """YAML with JSON's own types only: `NO` stays a country, `2026-06-28` stays text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag not in {"tag:yaml.org,2002:timestamp"}]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _first in "yYnNoOtTfF":
    _Loader.yaml_implicit_resolvers[_first] = [
        (tag, re.compile("^(?:true|false)$") if tag == "tag:yaml.org,2002:bool" else rule)
        for tag, rule in _Loader.yaml_implicit_resolvers.get(_first, [])
    ]


def read(path: Path) -> Document:
    """The file as a dict. Raises FileUnreadable for what is no OpenAPI 3 file, or too large to be one."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FileUnreadable(f"{path.name} is larger than 10 MB. That is no API description.")
        data = path.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be opened: {error.strerror}.") from error
    return check(parse(data, name=path.name), name=path.name)


def parse(data: bytes, *, name: str) -> Any:
    """The YAML or JSON value in `data`. Raises FileUnreadable."""
    try:
        text = data.decode("utf-8-sig")
        return json.loads(text) if text.lstrip().startswith("{") and name.endswith(".json") else _yaml(text)
    except (UnicodeDecodeError, json.JSONDecodeError, yaml.YAMLError, ValueError) as error:
        raise FileUnreadable(f"{name} is neither YAML nor JSON ({_where(error)}).") from error
    except RecursionError:
        raise FileUnreadable(f"{name} is nested too deeply to be an API description.") from None


def check(document: Any, *, name: str) -> Document:
    """The document itself, if it calls itself OpenAPI 3. Raises FileUnreadable."""
    if not isinstance(document, dict):
        raise FileUnreadable(f"{name} is not an OpenAPI description.")
    if "swagger" in document:
        raise FileUnreadable(f"{name} is Swagger 2. Convert it to OpenAPI 3 first.")
    if not str(document.get("openapi", "")).startswith("3."):
        raise FileUnreadable(f"{name} is not an OpenAPI 3 description: it has no `openapi: 3...`.")
    if not isinstance(document.get("paths"), dict):
        raise FileUnreadable(f"{name} has no paths. That is no description of an API that can be called.")
    return document


def _yaml(text: str) -> Any:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise RecursionError
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _weigh(node, {})
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _weigh(node: yaml.Node, known: dict[int, int]) -> int:
    """The number of nodes once every alias is written out: a few lines of aliases can stand for billions."""
    if id(node) in known:
        if known[id(node)] == 0:
            raise ValueError("an alias that contains itself")
        return known[id(node)]
    known[id(node)] = 0
    weight = 1
    if isinstance(node, yaml.SequenceNode):
        weight += sum(_weigh(item, known) for item in node.value)
    elif isinstance(node, yaml.MappingNode):
        weight += sum(_weigh(key, known) + _weigh(value, known) for key, value in node.value)
    if weight > MOST_NODES:
        raise ValueError("aliases that stand for more than can be read")
    known[id(node)] = weight
    return weight


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return f"line {mark.line + 1}"
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}"
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)[:100]
