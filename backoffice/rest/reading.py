"""Reading what a program sent: strictly, within limits, and with a sentence for each field that is wrong."""

import json
from decimal import Decimal
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from backoffice import references
from backoffice.staff import uploads

MAX_JSON_BYTES = 1024 * 1024
MAX_FORM_BYTES = 21 * 1024 * 1024
MAX_DEPTH = 24


class JsonOnly(BaseContentNegotiation):
    """Answers are JSON, whatever the Accept header says."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        # None is answered 415: a body of another type is not guessed at.
        content_type = request.content_type.partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == content_type), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class StrictJSONParser(BaseParser):
    """JSON as UTF-8, without doubled keys, NaN, NUL or halves of characters, and not nested without end.

    Numbers with a fraction are Decimal, digit by digit.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        raw = stream.read(MAX_JSON_BYTES + 1)
        if len(raw) > MAX_JSON_BYTES:
            raise RequestDataTooBig
        try:
            data = json.loads(
                raw.decode(),
                parse_float=Decimal,
                parse_constant=_refuse_constant,
                object_pairs_hook=_without_doubles,
            )
        except UnicodeDecodeError:
            raise ParseError(_("The body is not UTF-8 text.")) from None
        except RecursionError:
            raise ParseError(_("The body is nested too deeply.")) from None
        except ValueError as error:
            raise ParseError(_("The body is not valid JSON: %(why)s.") % {"why": _why(error)}) from None
        _check_text(data)
        return data


class FormParser(MultiPartParser):
    """A form with a file, within limits that are checked before anything is read."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        request = (parser_context or {})["request"]
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > MAX_FORM_BYTES:
            raise RequestDataTooBig
        watched = uploads.Watched(stream)
        parsed = super().parse(watched, media_type, parser_context)
        if not watched.is_whole(int(length)):
            raise ParseError(uploads.broke_off())
        return parsed


class Text(serializers.CharField):
    """Text that was sent as text: a number or a truth value is not turned into words."""

    default_error_messages = {"invalid": gettext_lazy("Send text, in quotation marks.")}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


def optional_text(longest: int = 200, **more: Any) -> Text:
    """Text that may be left out, empty or null."""
    return Text(required=False, allow_blank=True, allow_null=True, max_length=longest, **more)


class Reference(serializers.RegexField):
    """A reference of the partner's, `[A-Za-z0-9._:-]{1,64}`."""

    default_error_messages = {
        "invalid": gettext_lazy("Use 1 to 64 letters, digits, dots, underscores, colons and hyphens.")
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(rf"^{references.PATTERN}\Z", trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Choice(serializers.ChoiceField):
    """One of a few words. The message lists them; it does not repeat what was sent."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            words = ", ".join(str(choice) for choice in self.choices)
            raise serializers.ValidationError(_("Choose one of: %(words)s.") % {"words": words})
        return data


class StrictSerializer(serializers.Serializer):
    """Refuses what it does not know, so that a misspelt field is not silently left out."""

    default_error_messages = {"invalid": gettext_lazy("Send a JSON object with named fields.")}

    def to_internal_value(self, data: Any) -> Any:
        unknown = (
            sorted(str(name)[:100] for name in data if name not in self.fields) if _is_object(data) else []
        )
        problems: dict[str, Any] = {name: [_("There is no such field.")] for name in unknown}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **problems}) from None
            raise
        if problems:
            raise serializers.ValidationError(problems)
        return value


def read_body(request: Request, serializer: type[serializers.Serializer]) -> dict[str, Any]:
    """The body's fields, by their names in the contract. Raises a problem with a sentence per field."""
    return _valid(serializer(data=request.data))


def read_query(request: Request, serializer: type[serializers.Serializer]) -> dict[str, Any]:
    """The query's parameters. One that is not known is refused: a misspelt filter would show everything."""
    return _valid(serializer(data=request.query_params.dict()))


def _valid(serializer: serializers.Serializer) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _is_object(data: Any) -> bool:
    return hasattr(data, "keys")


def _refuse_constant(name: str) -> None:
    raise ValueError(_("%(name)s is not a number") % {"name": name})


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(_("a field is given twice"))
    return found


def _why(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, line {error.lineno} column {error.colno}"
    return str(error) if len(str(error)) < 100 else _("a number is too long")


def _check_text(data: Any) -> None:
    waiting: list[tuple[Any, int]] = [(data, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise ParseError(_("The body is nested too deeply."))
        if isinstance(value, str):
            if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
                raise ParseError(_("The body holds text with NUL or half a character. Take it out."))
        elif isinstance(value, dict):
            waiting.extend((part, depth + 1) for pair in value.items() for part in pair)
        elif isinstance(value, list):
            waiting.extend((part, depth + 1) for part in value)
