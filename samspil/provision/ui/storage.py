"""SCIM's resources over the organisation: read set-based, written by the package's actions."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from scim2_models import (
    ForbiddenException,
    GroupMembership,
    InvalidValueException,
    Meta,
    NotFoundException,
    PreconditionFailedException,
    Reference,
    Resource,
    ResourceType,
    ResponseParameters,
    SCIMException,
    SearchRequest,
    UniquenessException,
)
from scim2_models.path import CompareOperator, Comparison
from scim2_server.storage import ScimStorage, SearchPage

from samspil.base.clock import now
from samspil.base.errors import SamspilError
from samspil.base.flow import step
from samspil.organisation.models import Colleague, Competence, CompetenceHeld, Unit
from samspil.provision.actions import scim
from samspil.provision.models import Provisioned, Source, Token
from samspil.provision.queries import stored
from samspil.provision.rules.scim import NOWHERE, Group, Member, Person, User, address_in, name_in, version_of

REFUSED = {
    "provision.taken": UniquenessException,
    "organisation.already_here": UniquenessException,
    "organisation.name_taken": UniquenessException,
    "organisation.last_administrator": ForbiddenException,
    "samspil.not_allowed": ForbiddenException,
}


class Storage(ScimStorage):
    """What one token sees and may change."""

    def __init__(self, token: Token) -> None:
        self.token = token
        self.thing = scim.THINGS[token.groups]

    @contextmanager
    def operation(self) -> Iterator[None]:
        """One step for a request; what the organisation refuses is said as SCIM says it."""
        try:
            with step():
                yield
        except SamspilError as error:
            raise _refusal(error) from error

    def get(
        self, resource_type: ResourceType, resource_id: str, *, response_parameters: ResponseParameters[Any] | None = None
    ) -> Resource[Any]:
        """One colleague or group."""
        del response_parameters
        found = self._all(resource_type, only=[_uuid(resource_id)])
        if not found:
            raise NotFoundException(detail="There is no such resource")
        return found[0]

    def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        """A page of those that match. An equality of a user name or an external id is found by the database."""
        del position
        found: list[Resource[Any]] = []
        for kind in resource_types:
            found += self._all(kind, only=self._hint(kind, search_request.filter))
        if search_request.filter is not None:
            found = [row for row in found if search_request.filter.match(row)]
        if search_request.sort_by is not None:
            found = list(search_request.sort(found))
        start = search_request.start_index_0 or 0
        stop = None if search_request.count is None else start + search_request.count
        return SearchPage(len(found), found[start:stop])

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """Take somebody or a group in."""
        scim.hold_the_door()
        if resource_type.name == "Group":
            name, members, external = _group(resource)
            ident = scim.bring_group(token=self.token, name=name, members=members, external=external, at=now())
        else:
            ident = scim.bring_person(token=self.token, user=_user(resource), at=now())
        return self.get(resource_type, str(ident))

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """Make it as it is described."""
        scim.hold_the_door()
        ident = _uuid(resource.id or "")
        current = self._as_expected(resource_type, ident, expected_version)
        if resource_type.name == "Group":
            name, members, external = _group(resource)
            scim.change_group(token=self.token, group=ident, name=name, members=members, external=external, at=now())
        else:
            scim.change_person(token=self.token, colleague=ident, user=_user(resource), before=_user(current), at=now())
        return self.get(resource_type, str(ident))

    def delete(self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None) -> None:
        """Close the access, or empty the group."""
        scim.hold_the_door()
        ident = _uuid(resource_id)
        self._as_expected(resource_type, ident, expected_version)
        if resource_type.name == "Group":
            scim.remove_group(token=self.token, group=ident, at=now())
        else:
            scim.remove_person(token=self.token, colleague=ident, at=now())

    def _as_expected(self, resource_type: ResourceType, ident: UUID, version: str | None) -> Resource[Any]:
        current = self.get(resource_type, str(ident))
        if version is not None and current.meta is not None and current.meta.version != version:
            raise PreconditionFailedException
        return current

    def _all(self, kind: ResourceType, only: Sequence[UUID] | None = None) -> list[Resource[Any]]:
        return self._groups(only) if kind.name == "Group" else self._people(only)

    def _hint(self, kind: ResourceType, scim_filter: Any) -> Sequence[UUID] | None:
        node = scim_filter.ast if scim_filter is not None else None
        if not isinstance(node, Comparison) or node.op != CompareOperator.eq or not isinstance(node.value, str):
            return None
        attribute = str(node.attr_path).lower().rpartition(":")[2]
        if kind.name == "Group" or attribute not in {"username", "externalid"}:
            return None
        rows = Provisioned.objects.filter(source=Source.SCIM, colleague__isnull=False, gone=False)
        if attribute == "externalid":
            return list(rows.filter(external=node.value).values_list("colleague", flat=True))
        said = rows.filter(data__user__userName__iexact=node.value).values_list("colleague", flat=True)
        same = Colleague.objects.filter(email__iexact=node.value).values_list("pk", flat=True)
        return list({*said, *same})

    def _people(self, only: Sequence[UUID] | None) -> list[Resource[Any]]:
        rows = Colleague.objects.filter(outside=False).order_by("id")
        people = list(rows if only is None else rows.filter(pk__in=list(only)))
        idents = None if only is None else [p.pk for p in people]
        said = stored(Source.SCIM, "colleague", idents)
        groups = self._groups_of(idents)
        return [
            _person(row, said.get(row.pk), groups.get(row.pk, [])) for row in people if not (row.pk in said and said[row.pk].gone)
        ]

    def _groups_of(self, only: Sequence[UUID] | None) -> Mapping[UUID, list[tuple[UUID, str]]]:
        found: dict[UUID, list[tuple[UUID, str]]] = {}
        named: Any
        if self.thing == "unit":
            rows = Colleague.objects.filter(unit__isnull=False)
            pairs = rows.filter(pk__in=only) if only is not None else rows
            named = pairs.order_by("id").values_list("pk", "unit", "unit__name")
        else:
            held = CompetenceHeld.objects.filter(competence__active=True)
            pairs_held = held.filter(colleague__in=only) if only is not None else held
            named = pairs_held.order_by("id").values_list("colleague", "competence", "competence__name")
        for colleague, group, name in named:
            found.setdefault(colleague, []).append((group, name))
        return found

    def _groups(self, only: Sequence[UUID] | None) -> list[Resource[Any]]:
        rows: Any = Unit.objects.order_by("id") if self.thing == "unit" else Competence.objects.filter(active=True).order_by("id")
        groups = list(rows if only is None else rows.filter(pk__in=list(only)))
        said = stored(Source.SCIM, self.thing, None if only is None else list(only))
        away = Provisioned.objects.filter(source=Source.SCIM, gone=True, colleague__isnull=False).values("colleague")
        idents = [g.pk for g in groups]
        named: Any
        members: dict[UUID, list[tuple[UUID, str]]] = {}
        if self.thing == "unit":
            people = Colleague.objects.filter(unit__in=idents, outside=False).exclude(pk__in=away)
            named = people.order_by("id").values_list("unit", "pk", "name")
        else:
            held = CompetenceHeld.objects.filter(competence__in=idents, colleague__outside=False).exclude(colleague__in=away)
            named = held.order_by("id").values_list("competence", "colleague", "colleague__name")
        for group, ident, name in named:
            members.setdefault(group, []).append((ident, name))
        return [
            _group_of(row, said.get(row.pk), members.get(row.pk, []))
            for row in groups
            if not (row.pk in said and said[row.pk].gone)
        ]


def _refusal(error: SamspilError) -> SCIMException:
    return REFUSED.get(error.code, InvalidValueException)(detail=str(error))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundException(detail="There is no such resource") from None


def _user(resource: Resource[Any]) -> dict[str, Any]:
    """What is kept of a person: everything they are described with but what we make ourselves."""
    found = resource.model_dump(scim_ctx=None, mode="json", by_alias=True, exclude_none=True)
    return {k: v for k, v in found.items() if k not in {"id", "meta", "groups"}}


def _group(resource: Any) -> tuple[str, list[UUID], str]:
    members: list[UUID] = []
    for one in resource.members or []:
        try:
            members.append(UUID(one.value or ""))
        except ValueError:
            raise InvalidValueException(detail="A member is nobody here") from None
    return resource.display_name or "", list(dict.fromkeys(members)), resource.external_id or ""


def _person(row: Colleague, said: Provisioned | None, groups: Sequence[tuple[UUID, str]]) -> Resource[Any]:
    """What SCIM said, and over it what is so here: what was changed by hand is seen."""
    user: dict[str, Any] = dict(said.data.get("user", {})) if said else {}
    user.setdefault("schemas", [str(User.__schema__)])
    user.setdefault("userName", row.email)
    if name_in(user) != row.name:
        user |= {"displayName": row.name, "name": {"formatted": row.name}}
    if address_in(user) != row.email and not row.email.endswith(f"@{NOWHERE}"):
        user["emails"] = [{"value": row.email, "type": "work", "primary": True}]
    if said is None or "active" in user or said.data.get("unsaid") != row.is_active:
        user["active"] = row.is_active
    user.pop("title", None)
    if row.title:
        user["title"] = row.title
    if said and said.external:
        user["externalId"] = said.external
    found = Person.model_validate(user)
    if groups:
        found.groups = [
            GroupMembership(value=str(k), display=name, type="direct", ref=Reference[Any](f"Groups/{k}")) for k, name in groups
        ]
    return _with_meta(found, "User", row.pk, row.created_at, said, {**user, "groups": [str(k) for k, _ in groups]})


def _group_of(row: Any, said: Provisioned | None, members: Sequence[tuple[UUID, str]]) -> Resource[Any]:
    found = Group(display_name=row.name, external_id=(said.external or None) if said else None)
    if members:
        found.members = [Member(value=str(k), type="User", ref=Reference[Any](f"Users/{k}")) for k, name in members]
    values = {"name": row.name, "external": said.external if said else "", "members": [str(k) for k, _ in members]}
    return _with_meta(found, "Group", row.pk, None, said, values)


def _with_meta(found: Resource[Any], kind: str, ident: UUID, made: Any, said: Provisioned | None, values: Any) -> Resource[Any]:
    found.id = str(ident)
    at = said.changed_at if said else made
    found.meta = Meta(resource_type=kind, created=made or at, last_modified=at, version=version_of(values))
    return found
