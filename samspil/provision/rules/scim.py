"""What SCIM's User and Group are here: the part of RFC 7643 that is kept, and what of it a colleague is."""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    CaseExact,
    ComplexAttribute,
    Email,
    ETag,
    Extension,
    External,
    Filter,
    GroupMembership,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    Role,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

from samspil.base.text import fold
from samspil.provision.rules.columns import ROLE_OF, language_of
from samspil.provision.rules.people import LONGEST, RANK, address_of

PAGE = 200
NOWHERE = "no-mail.invalid"
"""The domain of who has no mail address there: they cannot sign in before they have one."""


class Name(ComplexAttribute):
    """The parts of a name."""

    formatted: str | None = None
    family_name: str | None = None
    given_name: str | None = None


class User(Resource[AnyExtension]):
    """A colleague."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")
    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: Name | None = None
    display_name: str | None = None
    title: str | None = None
    preferred_language: str | None = None
    active: bool | None = None
    emails: list[Email] | None = None
    roles: list[Role] | None = None
    groups: Annotated[list[GroupMembership] | None, Mutability.read_only] = None


class Manager(ComplexAttribute):
    """Who leads a person, by the id that the source has."""

    value: Annotated[str | None, CaseExact.true] = None


class EnterpriseUser(Extension):
    """What a company knows of a colleague."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")
    employee_number: str | None = None
    department: str | None = None
    manager: Manager | None = None


class Member(ComplexAttribute):
    """A colleague in a group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(  # type: ignore[type-arg]
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])


class Group(Resource[Any]):
    """A unit, or a competence."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")
    display_name: Annotated[str | None, Required.true] = None
    members: list[Member] | None = None


Person = User[EnterpriseUser]


def provider() -> ScimProvider:
    """The service as it describes itself. What we do not keep is let pass; the ways of Entra ID are understood."""
    return ScimProvider(
        [User, EnterpriseUser, Group],
        [ResourceType.from_resource(Person), ResourceType.from_resource(Group)],
        ServiceProviderConfig(
            patch=Patch(supported=True),
            filter=Filter(supported=True, max_results=PAGE),
            sort=Sort(supported=True),
            etag=ETag(supported=True),
            authentication_schemes=[
                AuthenticationScheme(
                    type=AuthenticationScheme.Type.oauthbearertoken,
                    name="Bearer token",
                    description="A token that an administrator makes under Organisation, Import colleagues, SCIM.",
                    spec_uri=Reference[External]("https://datatracker.ietf.org/doc/html/rfc6750"),
                )
            ],
        ),
        ScimPolicy(
            unknown=ScimPolicy.Unknown.ignore,
            remove_value_as_filter=ScimPolicy.RemoveValue.apply,
            unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
        ),
    )


def address_in(user: Mapping[str, Any]) -> str:
    """The address that a person signs in with: the primary one, else that of work, else the first, else the user name."""
    mails = [m for m in user.get("emails") or [] if address_of(m.get("value") or "")]
    mails.sort(key=lambda m: (not m.get("primary"), (m.get("type") or "") != "work"))
    name = str(user.get("userName") or "")
    found = address_of(mails[0]["value"]) if mails else address_of(name)
    return found or f"{hashlib.sha256(name.lower().encode()).hexdigest()[:24]}@{NOWHERE}"


def name_in(user: Mapping[str, Any]) -> str:
    """What a person is called."""
    name = user.get("name") or {}
    parts = f"{name.get('givenName') or ''} {name.get('familyName') or ''}".strip()
    found = user.get("displayName") or name.get("formatted") or parts or str(user.get("userName") or "")
    return " ".join(found.split())[: LONGEST["name"]]


def role_in(user: Mapping[str, Any]) -> str | None:
    """The highest role that is named; None where none is."""
    named = [ROLE_OF.get(fold(str(r.get("value") or r.get("display") or ""))) for r in user.get("roles") or []]
    return max((r for r in named if r), key=lambda r: RANK[r], default=None)


def language_in(user: Mapping[str, Any]) -> str | None:
    """A language that the pages speak."""
    return language_of(str(user["preferredLanguage"])) if user.get("preferredLanguage") else None


def department_in(user: Mapping[str, Any]) -> str:
    """The department, as one name."""
    more = user.get(str(EnterpriseUser.__schema__)) or {}
    return " ".join(str(more.get("department") or "").split())[: LONGEST["unit"]]


def version_of(values: Mapping[str, Any]) -> str:
    """A weak tag that changes whenever the values do."""
    text = json.dumps(values, sort_keys=True, default=str)
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'


def entra_shapes(body: Any) -> Any:
    """A body with what Entra ID writes in its own way made plain: a manager as a bare id, booleans as words."""
    if not isinstance(body, dict) or not isinstance(body.get("Operations"), list):
        return body
    for one in body["Operations"]:
        if not isinstance(one, dict):
            continue
        path, value = str(one.get("path") or ""), one.get("value")
        if path.lower().endswith(":manager") and isinstance(value, str):
            one["value"] = {"value": value}
        elif path.lower() == "active" and isinstance(value, str) and value.lower() in {"true", "false"}:
            one["value"] = value.lower() == "true"
        elif isinstance(value, dict) and isinstance(value.get("active"), str) and value["active"].lower() in {"true", "false"}:
            one["value"] = {**value, "active": value["active"].lower() == "true"}
    return body
