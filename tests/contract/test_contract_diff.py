"""contract_diff: lays a formal file beside ours and says what would break."""

import copy
import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from backoffice.oceafin import contract

ROOT = Path(__file__).resolve().parent.parent.parent
QUOTES = "/partner/v1/customers/{customerId}/fiat-withdrawal-quotes"
WITHDRAWALS = "/partner/v1/customers/{customerId}/fiat-withdrawals"
WITHDRAWAL = "/partner/v1/fiat-withdrawals/{withdrawalId}"


@pytest.fixture
def theirs() -> dict[str, Any]:
    return copy.deepcopy(dict(contract.load()))


def schema(theirs: dict[str, Any], name: str) -> dict[str, Any]:
    return theirs["components"]["schemas"][name]


def sentences(theirs: dict[str, Any], severity: str | None = None) -> list[str]:
    found = contract.compare(contract.load(), theirs)
    return [one.sentence for one in found if severity in {None, one.severity.name}]


def diff(tmp_path: Path, content: str | bytes, name: str = "formal.yaml") -> tuple[int, str]:
    """Exit code and output of the command on a file of this content."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    out = StringIO()
    try:
        call_command("contract_diff", str(path), stdout=out)
    except CommandError as error:
        return error.returncode, str(error)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_finds_nothing_between_the_file_and_itself(theirs):
    assert sentences(theirs) == []


def test_finds_nothing_when_the_same_is_written_otherwise(theirs):
    theirs["servers"] = [{"url": "https://api.oceafin.com/partner/v1"}]
    theirs["paths"] = {
        path.removeprefix("/partner/v1").replace("{customerId}", "{id}"): item
        for path, item in theirs["paths"].items()
    }
    for item in theirs["paths"].values():
        for spec in list(item.values()):
            spec["responses"]["201"] = spec["responses"].pop("2XX")
            item["parameters"], spec["parameters"] = spec["parameters"][:5], spec["parameters"][5:]
            spec["summary"] = "Another text"
    assert sentences(theirs) == []


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_reads_both_versions(theirs, version):
    theirs["openapi"] = version
    for one in theirs["components"]["schemas"].values():
        for field in one.get("properties", {}).values():
            if version == "3.0.3" and isinstance(field.get("type"), list) and "null" in field["type"]:
                field |= {"type": field["type"][0], "nullable": True}
    broken = sentences(theirs, "BREAKS")
    assert broken == []


def test_tells_a_missing_operation(theirs):
    del theirs["paths"][QUOTES]
    assert sentences(theirs) == [f"POST {QUOTES} does not exist."]


def test_tells_a_renamed_path(theirs):
    theirs["paths"]["/partner/v1/customers/{customerId}/withdrawal-quotes"] = theirs["paths"].pop(QUOTES)
    (difference,) = contract.compare(contract.load(), theirs)
    assert difference.severity.name == "BREAKS"
    assert difference.operation_id == "createFiatWithdrawalQuote"
    assert "is POST /partner/v1/customers/{customerId}/withdrawal-quotes there" in difference.sentence
    assert "payments/submission.py" in difference.advice


def test_tells_a_renamed_path_without_operation_ids(theirs):
    spec = theirs["paths"].pop(WITHDRAWAL)
    del spec["get"]["operationId"]
    theirs["paths"]["/partner/v1/fiat-withdrawal/{withdrawalId}"] = spec
    assert sentences(theirs) == [
        f"GET {WITHDRAWAL} is GET /partner/v1/fiat-withdrawal/{{withdrawalId}} there."
    ]


def test_tells_an_operation_that_is_new(theirs):
    theirs["paths"]["/partner/v1/cards"] = {"get": {"operationId": "listCards", "responses": {}}}
    assert sentences(theirs) == ["GET /partner/v1/cards (listCards) is not in our contract."]
    assert sentences(theirs, "NEW")


def test_tells_a_renamed_request_field(theirs):
    body = schema(theirs, "FiatWithdrawalQuoteCreate")
    body["properties"]["sourceAmount"] = body["properties"].pop("amount")
    body["required"] = ["bankAccountId", "currency", "sourceAmount"]
    assert sentences(theirs) == [
        "The field `amount` is not known there; perhaps it is `sourceAmount` now.",
        "The field `sourceAmount` is required.",
    ]
    assert sentences(theirs, "BREAKS") == sentences(theirs)


def test_tells_a_new_required_field_and_a_new_optional_one(theirs):
    body = schema(theirs, "BankAccountCreate")
    body["properties"] |= {"branchCode": {"type": "string"}, "note": {"type": "string"}}
    body["required"].append("branchCode")
    assert sentences(theirs, "BREAKS") == ["The field `branchCode` is required."]
    assert sentences(theirs, "NEW") == ["The field `note` may be sent."]


def test_tells_a_field_that_became_required(theirs):
    schema(theirs, "CustomerCreate")["required"].append("displayName")
    assert sentences(theirs, "BREAKS") == ["The field `displayName` is required there."]


def test_tells_other_types(theirs):
    schema(theirs, "FiatWithdrawalCreate")["properties"]["amount"] = {"type": "number"}
    schema(theirs, "FiatWithdrawal")["properties"]["feeAmount"] = {"type": "object"}
    assert "The field `amount` is number there, string here." in sentences(theirs, "BREAKS")
    assert "The field `feeAmount` is object there, string here." in sentences(theirs, "BREAKS")


def test_tells_other_words_in_a_request_and_in_a_reply(theirs):
    schema(theirs, "CustomerCreate")["properties"]["customerType"]["enum"] = ["INDIVIDUAL", "COMPANY"]
    schema(theirs, "BankAccount")["properties"]["status"]["enum"] = ["PENDING", "VERIFIED", "REJECTED"]
    assert sentences(theirs, "BREAKS") == ["The field `customerType` does not take CORPORATE."]
    assert sentences(theirs, "NEW") == ["The field `customerType` also takes COMPANY."]
    changed = sentences(theirs, "CHANGES")
    assert "The field `status` may say VERIFIED, which we only keep and show." in changed
    assert "The field `status` never says ACTIVE." in changed


def test_tells_a_reply_without_its_id(theirs):
    reply = schema(theirs, "FiatWithdrawal")
    reply["properties"]["id"] = reply["properties"].pop("withdrawalId")
    reply["required"] = ["id", "status"]
    assert "The field `withdrawalId` does not come." in sentences(theirs, "BREAKS")


def test_tells_an_optional_reply_field_that_is_gone(theirs):
    del schema(theirs, "FiatWithdrawalQuote")["properties"]["rate"]
    assert sentences(theirs) == ["The field `rate` does not come."]
    assert sentences(theirs, "CHANGES")


def test_tells_nested_fields(theirs):
    del schema(theirs, "Address")["properties"]["postcode"]
    schema(theirs, "Address")["properties"]["postalCode"] = {"type": "string"}
    assert (
        "The field `personalDetails.residentialAddress.postcode` is not known there; perhaps it is "
        "`personalDetails.residentialAddress.postalCode` now."
    ) in sentences(theirs, "BREAKS")


def test_tells_headers_that_must_be_sent_or_are_not_known(theirs):
    params = theirs["components"]["parameters"]
    params["Nonce"]["name"] = "X-Partner-Once"
    broken, changed = sentences(theirs, "BREAKS"), sentences(theirs, "CHANGES")
    assert broken.count("The header `X-Partner-Once` must be sent.") == len(contract.operations())
    assert "The header `X-Partner-Nonce` is not known there." in changed


def test_reads_headers_from_security_schemes(theirs):
    theirs["components"]["securitySchemes"] = {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}}
    theirs["security"] = [{"key": []}]
    assert "The header `X-Api-Key` must be sent." in sentences(theirs, "BREAKS")


def test_tells_a_form_of_body_that_is_not_taken(theirs):
    content = theirs["paths"]["/partner/v1/customers/{customerId}/files"]["post"]["requestBody"]["content"]
    del content["multipart/form-data"]
    assert sentences(theirs, "BREAKS") == ["A body of type multipart/form-data is not taken."]


def test_tells_new_and_missing_codes(theirs):
    schema(theirs, "ProblemCode")["enum"] = [
        *schema(theirs, "ProblemCode")["enum"][1:],
        "PARTNER_LIMIT_EXCEEDED",
    ]
    changed = sentences(theirs, "CHANGES")
    assert (
        "The code `PARTNER_LIMIT_EXCEEDED` may come; an unknown code stops the action and is shown."
        in changed
    )
    assert "The code `PARTNER_AUTH_FAILED` is not listed there." in changed


def test_tells_what_webhooks_bring(theirs):
    event = schema(theirs, "WebhookEvent")
    event["properties"]["eventType"]["enum"] = ["conversion.created", "refund.completed"]
    event["properties"]["id"] = event["properties"].pop("eventId")
    event["required"] = ["id", "eventType"]
    assert "The field `eventId` does not come." in sentences(theirs, "BREAKS")
    assert "Events of the type `refund.completed` may come; they are applied by their resource." in sentences(
        theirs, "NEW"
    )


def test_says_that_webhooks_are_not_described(theirs):
    del theirs["webhooks"]
    assert sentences(theirs) == ["The file describes no webhooks; they were not compared."]


def test_says_when_the_public_guide_is_contradicted(theirs):
    del theirs["paths"]["/partner/v1/customers"]
    (difference,) = contract.compare(contract.load(), theirs)
    assert "public guide states it" in difference.advice


def test_puts_what_breaks_first(theirs):
    theirs["paths"]["/partner/v1/cards"] = {"get": {"responses": {}}}
    del schema(theirs, "FiatWithdrawalQuote")["properties"]["rate"]
    del theirs["paths"][QUOTES.replace("quotes", "capabilities")]
    severities = [one.severity for one in contract.compare(contract.load(), theirs)]
    assert severities == sorted(severities)
    assert len(set(severities)) == 3


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_ends_with_0_when_nothing_breaks_and_1_when_something_does(theirs, tmp_path, form):
    write = yaml.safe_dump if form == "yaml" else json.dumps
    code, out = diff(tmp_path, write(theirs), f"formal.{form}")
    assert (code, out.strip()) == (0, "0 breaks, 0 changes, 0 new.")
    del theirs["paths"][QUOTES]
    code, out = diff(tmp_path, write(theirs), f"formal.{form}")
    assert code == 1
    assert f"createFiatWithdrawalQuote, operation: POST {QUOTES} does not exist." in out
    assert "1 breaks, 0 changes, 0 new." in out


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{one}: &{one} [{','.join(['*' + before] * 9)}]\n"
    for before, one in zip("abcdefghijk", "bcdefghijkl", strict=True)
)
MERGE_BOMB = "a: &a {x: 1}\n" + "".join(
    f"{one}: &{one} {{<<: [{','.join(['*' + before] * 9)}]}}\n"
    for before, one in zip("abcdefghijk", "bcdefghijkl", strict=True)
)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not an OpenAPI description"),
        (b"just text", "not an OpenAPI description"),
        (b"[1, 2]", "not an OpenAPI description"),
        (b"{a: [", "neither YAML nor JSON (line"),
        (b"\xff\xfe\x00binary", "not UTF-8"),
        (b"openapi: 3.1.0\ninfo: {}\n", "has no paths"),
        (b"openapi: 3.1.0\npaths: 5\n", "has no paths"),
        (b"openapi: 4.0.0\npaths: {}\n", "no `openapi: 3"),
        (b"swagger: '2.0'\npaths: {}\n", "Swagger 2"),
        (b"!!python/object/apply:os.system ['true']", "neither YAML nor JSON"),
        (b"openapi: 3.1.0\npaths: &p {x: *p}\n", "contains itself"),
        (BOMB.encode(), "aliases that stand for more"),
        (MERGE_BOMB.encode(), "aliases that stand for more"),
        (b"[" * 100_000, "nested too deeply"),
        (b"a: " * 10_000, "neither YAML nor JSON"),
        (b"x: " + b"y" * 10_500_000, "larger than 10 MB"),
    ],
    ids=range(16),
)
def test_ends_with_2_and_a_sentence_for_a_file_that_is_none(tmp_path, content, says):
    code, message = diff(tmp_path, content)
    assert code == 2
    assert says in message
    assert message.endswith(".")


def test_ends_with_2_for_nested_json_and_a_missing_file(tmp_path):
    code, message = diff(tmp_path, b'{"a":' * 100_000, "deep.json")
    assert (code, "nested too deeply" in message) == (2, True)
    with pytest.raises(CommandError, match=r"cannot be opened: No such file") as error:
        call_command("contract_diff", str(tmp_path / "missing.yaml"))
    assert error.value.returncode == 2


def test_survives_parts_of_wrong_types(theirs):
    theirs["paths"] = {path: theirs["paths"][path] for path in (QUOTES, WITHDRAWALS)}
    ours = copy.deepcopy(theirs)
    for wrong in (
        None,
        5,
        "x",
        [],
        [None, 5],
        {"get": 5},
        {"get": {"parameters": 5, "responses": [], "tags": 1}},
    ):
        theirs["paths"][QUOTES] = wrong
        assert contract.compare(ours, theirs)[0].sentence == f"POST {QUOTES} does not exist."
    post = theirs["paths"][WITHDRAWALS]["post"]
    for name in ("parameters", "requestBody", "responses", "tags", "operationId"):
        for wrong in (None, 5, "x", [5, None], {"x": 5}, {"200": {"content": {"application/json": 5}}}):
            post[name] = wrong
            assert contract.compare(ours, theirs)


def test_survives_schemas_inside_themselves(theirs):
    schemas = theirs["components"]["schemas"]
    schemas["FiatWithdrawal"]["properties"]["parent"] = {"$ref": "#/components/schemas/FiatWithdrawal"}
    schemas["FiatWithdrawal"]["allOf"] = [{"$ref": "#/components/schemas/FiatWithdrawal"}]
    schemas["Loop"] = {"$ref": "#/components/schemas/Loop"}
    schemas["FiatWithdrawal"]["properties"]["loop"] = {"$ref": "#/components/schemas/Loop"}
    found = sentences(theirs)
    assert "The field `parent` comes too." in found
    assert "The file refers to a $ref that leads to itself; it was not compared." in found


def test_names_refs_that_it_did_not_follow(theirs):
    theirs["paths"][QUOTES]["post"]["requestBody"] = {"$ref": "https://other.example/x.yaml"}
    theirs["paths"][WITHDRAWAL]["get"]["responses"]["2XX"] = {"$ref": "#/components/responses/Gone"}
    found = sentences(theirs, "CHANGES")
    assert any("`https://other.example/x.yaml`, which lies outside the file" in one for one in found)
    assert any("`#/components/responses/Gone`, which the file does not contain" in one for one in found)


def test_keeps_words_that_yaml_would_turn_into_other_things(tmp_path):
    text = yaml.safe_dump(json.loads(json.dumps(dict(contract.load()))))
    text = text.replace("PENDING\n", "NO\n", 1)
    code, out = diff(tmp_path, text)
    assert "False" not in out
    assert code in {0, 1}


def test_works_without_a_database(tmp_path):
    path = tmp_path / "formal.yaml"
    path.write_text("openapi: 3.1.0\npaths: {}\n")
    environment = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    done = subprocess.run(
        [sys.executable, "manage.py", "contract_diff", str(path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert f"{len(contract.operations())} breaks" in done.stdout
