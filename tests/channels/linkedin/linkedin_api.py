"""A stand-in for LinkedIn's REST API and its tokens, after their documentation: posts, comments and answers below them, people's names.

It insists on the version and the protocol, refuses what is not documented, and can lose answers. No approved app could be had.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from samspil.channels.linkedin.version import version
from tests.channels.stand_in import Call, StandIn

OWN, KAROLINE, ANTON = "urn:li:organization:2414183", "urn:li:person:yrZCpj2Z12", "urn:li:person:aNt0n"
POST, ACTIVITY = "urn:li:share:6635885000000000000", "urn:li:activity:6635886000000000000"
KEYS = {"organization": "2414183", "client_id": "klient", "client_secret": "hemmelig", "refresh_token": "AQfornyelse"}
VERSION = version().value
REACTIONS = {"LIKE", "PRAISE", "EMPATHY", "INTEREST", "APPRECIATION", "ENTERTAINMENT"}
NAMES = {"yrZCpj2Z12": ("Karoline", "Vang")}


class LinkedInApi(StandIn):
    """One page with one post. ``comments`` are by what they stand below, ``reactions`` ours by their comment, ``images`` by their name."""

    prefix, tokens_at = "/rest/", "/oauth/v2/accessToken"

    def __init__(self) -> None:
        super().__init__()
        self.comments: dict[str, list[dict[str, Any]]] = {POST: []}
        self.reactions: dict[str, str] = {}
        self.images: dict[str, dict[str, Any]] = {}
        self.number = 0
        self.names = True

    def renew(self, form: Mapping[str, str]) -> tuple[int, Any]:
        if form != {**{k: KEYS[k] for k in ("client_id", "client_secret", "refresh_token")}, "grant_type": "refresh_token"}:
            return 400, {"error": "invalid_grant", "error_description": "The provided refresh token is invalid"}
        token = f"AQX{len(self.tokens)}"
        self.tokens.add(token)
        return 200, {"access_token": token, "expires_in": 5183999, "refresh_token": KEYS["refresh_token"]}

    def refused(self, call: Call) -> tuple[int, Any] | None:
        if not self.bearer(call):
            return 401, {"message": "The token used in the request has been revoked by the user", "status": 401}
        if call.headers.get("linkedin-version") != VERSION or call.headers.get("x-restli-protocol-version") != "2.0.0":
            return 426, {"message": "Requested version is not active", "code": "NONEXISTENT_VERSION", "status": 426}
        return None

    def broken(self, fault: tuple[int, dict[str, str]]) -> tuple[int, Any, Mapping[str, str]]:
        return fault[0], {"message": f"No: {fault[0]}", "status": fault[0]}, fault[1]

    def answer(self, call: Call) -> tuple[Any, ...]:
        update = call.headers.get("x-restli-method") == "PARTIAL_UPDATE"
        if call.path.startswith("reactions"):
            return self._react(call)
        if call.path.startswith("images/") and call.method == "GET":
            found = self.images.get(unquote(call.path.removeprefix("images/")))
            return (200, found) if found else (404, {"message": "Not found", "status": 404})
        if call.method == "DELETE" or update:
            return self._change(call, update=update)
        if call.method == "GET":
            return self.get(call.path, dict(call.query))
        status, said = self.create(call.path, call.body)
        made = said.pop("made", "")
        return status, said, ({"x-restli-id": made.rpartition(",")[2].rstrip(")")} if made else {})

    def _change(self, call: Call, *, update: bool) -> tuple[Any, ...]:
        """A comment of our own is edited or deleted, in the page's name."""
        found = re.fullmatch(r"socialActions/([^/]+)/comments/(\d+)", call.path)
        if not found or dict(call.query) != {"actor": OWN}:
            return 400, {"message": f"Invalid param {sorted(call.query)}", "status": 400}
        urn = f"urn:li:comment:({unquote(found[1])},{found[2]})"
        row = next((r for rows in self.comments.values() for r in rows if r["commentUrn"] == urn), None)
        if row is None:
            return 404, {"message": f"{urn} was not found", "status": 404}
        if row["actor"] != OWN:
            return 403, {"message": "Unpermitted: not the author of the comment", "status": 403}
        if not update:
            self.comments = {above: [r for r in rows if r is not row] for above, rows in self.comments.items()}
            return 204, None
        text = call.body["patch"]["message"]["$set"]["text"]
        if set(call.body) != {"patch"} or not 0 < len(text) <= 1250:
            return 400, {"message": "ERROR :: /patch :: invalid", "status": 400}
        self.edit(urn, text)
        return 200, None, {"x-resourceidentity-urn": urn}

    def _react(self, call: Call) -> tuple[Any, ...]:
        every = {r["commentUrn"] for rows in self.comments.values() for r in rows}
        if call.method == "POST" and call.path == "reactions" and dict(call.query) == {"actor": OWN}:
            if set(call.body) != {"root", "reactionType"} or call.body["reactionType"] not in REACTIONS:
                return 400, {"message": "ERROR :: /reactionType :: invalid", "status": 400}
            if call.body["root"] not in every:
                return 404, {"message": "Not found", "status": 404}
            if self.reactions.get(call.body["root"]) == call.body["reactionType"]:
                return 409, {"message": "The reaction exists", "status": 409}
            self.reactions[call.body["root"]] = call.body["reactionType"]
            return 201, {"id": f"urn:li:reaction:({OWN},{call.body['root']})"}
        key = re.fullmatch(r"reactions/\(actor:([^,]+),entity:([^,]+)\)", call.path)
        if call.method != "DELETE" or not key or unquote(key[1]) != OWN:
            return 400, {"message": "Invalid key", "status": 400}
        return (204, None) if self.reactions.pop(unquote(key[2]), "") else (404, {"message": "Not found", "status": 404})

    def comment(self, text: str, *, by: str = KAROLINE, below: str = POST) -> str:
        """Somebody comments on the post, or answers a comment."""
        self.number += 1
        at = 1795166100000 + self.number * 1000
        urn = f"urn:li:comment:({ACTIVITY},{6636062862760560000 + self.number})"
        made = {
            "actor": by, "commentUrn": urn, "id": str(6636062862760560000 + self.number), "object": ACTIVITY, "message": {"text": text},
            "created": {"actor": by, "time": at}, "lastModified": {"actor": by, "time": at},
            **({"parentComment": below} if below != POST else {}),
        }  # fmt: skip
        self.comments.setdefault(below, []).append(made)
        return urn

    def edit(self, urn: str, text: str) -> None:
        """The author changes a comment."""
        self.number += 1
        row = next(r for rows in self.comments.values() for r in rows if r["commentUrn"] == urn)
        row["message"], row["lastModified"] = {"text": text}, {"actor": row["actor"], "time": 1795166100000 + self.number * 1000}

    def get(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        if path == "posts" and set(query) == {"q", "author", "count", "sortBy"} and query["author"] == OWN:
            return 200, {"elements": [{"id": POST, "author": OWN}], "paging": {"start": 0, "count": 1}}
        if path.startswith("people/(id:"):
            found = NAMES.get(path.removeprefix("people/(id:").removesuffix(")"))
            if not self.names:
                return 403, {"message": "Not enough permissions to access: people.GET", "status": 403}
            return (
                (200, {"localizedFirstName": found[0], "localizedLastName": found[1]})
                if found
                else (404, {"message": "Not found"})
            )
        above = unquote(path.removeprefix("socialActions/").removesuffix("/comments"))
        if not path.endswith("/comments") or set(query) != {"start", "count"} or above == path:
            return 400, {"message": f"Invalid param {sorted(query)}", "status": 400}
        every = [self._counted(row) for row in self.comments.get(above, [])]
        start, size = int(query["start"]), int(query["count"])
        return 200, {"elements": every[start : start + size], "paging": {"start": start, "count": size, "total": len(every)}}

    def _counted(self, row: dict[str, Any]) -> dict[str, Any]:
        below = len(self.comments.get(row["commentUrn"], []))
        return {**row, "commentsSummary": {"aggregatedTotalComments": below, "totalFirstLevelComments": below}} if below else row

    def create(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        above = unquote(path.removeprefix("socialActions/").removesuffix("/comments"))
        if set(body) != {"actor", "object", "message", "parentComment"} or body["parentComment"] != above or body["actor"] != OWN:
            return 400, {"message": "ERROR :: /parentComment :: invalid", "status": 400}
        if not any(row["commentUrn"] == above for row in self.comments[POST]):
            return 404, {"message": f"{above} was not found", "status": 404}
        if any(row["message"] == body["message"] and row["actor"] == OWN for rows in self.comments.values() for row in rows):
            return 409, {"message": "Content is a duplicate", "status": 409}
        return 201, {"made": self.comment(body["message"]["text"], by=OWN, below=above)}
