"""Who fills which port: what an early stage wants of a later one, in one place."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from samspil.assist import ports as assist
from samspil.automation import ports as automation
from samspil.automation.rules.kinds import Kind
from samspil.checklist.actions import Begin, begin_many
from samspil.checklist.queries import hindrances
from samspil.conversation import ports as conversation
from samspil.conversation.queries.openness import has_open
from samspil.elsewhere import ports as elsewhere
from samspil.elsewhere.queries import reached_elsewhere
from samspil.hours.queries import is_used, on_duty
from samspil.identity import ports as identity
from samspil.organisation.queries import languages_of
from samspil.project.doctor import check_account, diagnose
from samspil.project.settings import settings
from samspil.project.setup_code import setup_code
from samspil.promise.queries import FIRST, due_term, dues, priority_term
from samspil.pulse import ports as pulse
from samspil.pulse.queries import verdicts
from samspil.routing import ports as routing
from samspil.screens.setup import ports as setup
from samspil.screens.widget import ports as widget


def fill() -> None:
    """Fill every port; called once when all packages are loaded."""
    setup.fill(
        setup.Offered(
            diagnose=diagnose,
            check_account=check_account,
            setup_code=setup_code,
            live_address=lambda host: settings().live_address(host),
            public_address=lambda: settings().public_url,
        )
    )
    elsewhere.fill(public_address=lambda: settings().public_url)
    pulse.fill(public_address=lambda: settings().public_url if settings().secure else "")
    assist.fill(verdicts=verdicts)
    routing.fill(verdicts=verdicts, on_duty=_on_duty, due=_due, languages=_languages, reached=reached_elsewhere)
    identity.fill(has_open=has_open)
    conversation.fill(
        hindrances=hindrances,
        orders={"due": conversation.Order(*FIRST)},
        terms={"due": due_term, "priority": priority_term},
    )
    automation.fill(
        deeds={Kind(name="checklist", shape="one", source="checklists"): _begin_lists},
        words={"checklist": ("begin the checklist", "begynd tjeklisten")},
    )
    widget.fill(live_address=lambda host: settings().live_address(host))


def _begin_lists(asked: Sequence[automation.Asked], at: datetime) -> None:
    begin_many(begins=[Begin(conversation=a.conversation, template=UUID(a.value), cause=a.cause) for a in asked], at=at)


def _on_duty(colleagues: Collection[UUID], at: datetime) -> Mapping[UUID, datetime | None]:
    return on_duty(list(colleagues), at) if is_used() else dict.fromkeys(colleagues)


def _due(conversations: Collection[UUID]) -> Mapping[UUID, datetime]:
    return {ident: row.answer_due for ident, row in dues(list(conversations)).items() if row.answer_due}


def _languages(colleagues: Collection[UUID]) -> Mapping[UUID, frozenset[str]]:
    return {ident: frozenset(said) for ident, said in languages_of(colleagues).items()}
