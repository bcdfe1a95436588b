"""Our calls and fixtures against X's own description of its API, where that lies beside the project."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from samspil.channels.x_com.pull import FIELDS, MESSAGE_FIELDS, MESSAGES, PAGE
from tests.channels.x_com.x_api import KAROLINE, OWN, QUERIES, XApi

DATA = Path(os.environ.get("SAMSPIL_DATA", Path(__file__).parents[4] / "shared" / "data")) / "specs" / "x-openapi.json"
FIXTURES = Path(__file__).parents[3] / "samspil" / "channels" / "x_com" / "fixtures"
BROKEN = {"no_author", "no_time", "number_is_text", "control_characters", "unknown", "account"}
pytestmark = [pytest.mark.data, pytest.mark.skipif(not DATA.exists(), reason=f"no data at {DATA}; set SAMSPIL_DATA")]
TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list, "number": (int, float)}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return json.loads(DATA.read_text())


def at(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        found = described
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def faults(  # noqa: PLR0911 - one for each kind
    described: dict[str, Any], value: Any, schema: dict[str, Any], where: str
) -> list[str]:
    """What does not fit the schema; an unknown name is a fault too."""
    schema = at(described, schema)
    if "oneOf" in schema:
        return min((faults(described, value, one, where) for one in schema["oneOf"]), key=len)
    kind = schema.get("type")
    if kind and not isinstance(value, TYPES[kind]):
        return [f"{where} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where} is none of {schema['enum']}"]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return [f"{where} does not match {schema['pattern']}"]
    if kind == "array":
        return [f for n, one in enumerate(value) for f in faults(described, one, schema["items"], f"{where}[{n}]")]
    names = schema.get("properties", {})
    if kind != "object" or not names:
        return []
    missing = [f"{where}.{name} is missing" for name in schema.get("required", []) if name not in value]
    unknown = [f"{where}.{name} is not known" for name in value if name not in names]
    inner = [f for n, v in value.items() if n in names for f in faults(described, v, names[n], f"{where}.{n}")]
    return missing + unknown + inner


def parameters(described: dict[str, Any], path: str) -> dict[str, Any]:
    every = [at(described, p) for p in described["paths"][path]["get"].get("parameters", [])]
    return {p["name"]: p["schema"] for p in every if p["in"] == "query"}


def test_every_question_is_one_that_x_describes(described):
    for path, names in QUERIES.items():
        assert names <= set(parameters(described, path)), path


@pytest.mark.parametrize(
    ("path", "fields"),
    [("/2/users/{id}/mentions", FIELDS), ("/2/users/{id}/tweets", FIELDS), ("/2/dm_events", MESSAGE_FIELDS)],
)
def test_every_field_asked_for_is_known(described, path, fields):
    known = parameters(described, path)
    for name, value in fields.items():
        assert set(value.split(",")) <= set(known[name]["items"]["enum"]), name
    largest = known["max_results"]
    assert all(largest["minimum"] <= size <= largest["maximum"] for size in (PAGE, MESSAGES))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/2/tweets", {"text": "Hej", "reply": {"in_reply_to_tweet_id": "1001"}}),
        ("/2/users/{id}/likes", {"tweet_id": "1001"}),
        ("/2/dm_conversations/with/{participant_id}/messages", {"text": "Hej"}),
        ("/2/dm_conversations/{dm_conversation_id}/messages", {"text": "Hej"}),
    ],
)
def test_every_body_is_one_that_x_describes(described, path, body):
    call = described["paths"][path]["post"]
    assert faults(described, body, call["requestBody"]["content"]["application/json"]["schema"], "body") == []
    assert {"UserToken": []} in call["security"]  # OAuth 1.0a


@pytest.mark.parametrize("path", sorted(p for p in FIXTURES.glob("*.json") if "." not in p.stem and p.stem not in BROKEN))
def test_every_fixture_is_as_x_describes_it(described, path):
    said = json.loads(path.read_text())
    schemas = described["components"]["schemas"]
    if "post" in said:
        assert faults(described, said["post"], schemas["Post"], path.stem) == []
    else:
        assert faults(described, said["message"], schemas["DmEvent"], path.stem) == []
    for row in said["users"]:
        assert faults(described, row, schemas["User"], path.stem) == []
    for row in said["media"]:
        assert faults(described, row, schemas["Media"], path.stem) == []


def test_the_stand_in_answers_as_x_describes_it(described):
    api = XApi()
    first = api.post("@nordlyscykler Hej")
    api.write("Hej")
    asked = [
        ("/2/users/{id}/mentions", api.get(f"/2/users/{OWN}/mentions", {"max_results": "5", "user.fields": "id"})),
        ("/2/dm_events", api.get("/2/dm_events", {"max_results": "5"})),
        ("/2/users/me", api.get("/2/users/me", {})),
    ]
    for path, (_, said) in asked:
        schema = described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert faults(described, said, schema, path) == []
    posted = api.create("/2/tweets", {"text": "Ja", "reply": {"in_reply_to_tweet_id": first}})[1]
    assert faults(described, posted, described["components"]["schemas"]["CreatePostsResponse"], "post") == []
    direct = api.create(f"/2/dm_conversations/with/{KAROLINE}/messages", {"text": "Ja"})[1]
    schema = described["components"]["schemas"]["CreateDirectMessagesByParticipantIdResponse"]
    assert faults(described, direct, schema, "message") == []


@pytest.mark.parametrize("path", ["/2/tweets/{id}", "/2/users/{id}/likes/{tweet_id}"])
def test_what_is_taken_back_is_a_call_that_x_describes(described, path):
    call = described["paths"][path]["delete"]
    assert {"UserToken": []} in call["security"]
    assert "requestBody" not in call


def test_the_stand_in_changes_as_x_describes_it(described):
    api = XApi()
    ours = api.post("Hej", by=OWN)
    schemas = described["components"]["schemas"]
    for method, path, body, name in (
        ("POST", f"/2/users/{OWN}/likes", {"tweet_id": ours}, "LikePostResponse"),
        ("DELETE", f"/2/users/{OWN}/likes/{ours}", None, "UnlikePostResponse"),
        ("DELETE", f"/2/tweets/{ours}", None, "DeletePostsResponse"),
    ):
        status, said = api.change(method, path, body)
        assert (status, faults(described, said, schemas[name], name)) == (200, [])
