"""The checklists of an opened conversation: begun, gone through, added to; and the question before it is finished."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.base.ids import new_id
from samspil.checklist import actions
from samspil.checklist.models import Checklist, Step
from samspil.checklist.queries import called, checklists_of, may_arrange, offered
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation, access_conversations
from samspil.look.answers import tell, uuid_of, uuids_of
from samspil.organisation.models import Colleague
from samspil.organisation.queries import colleagues
from samspil.screens.lists.views.common import for_colleague


def panel_context(me: Colleague, row: Conversation) -> dict[str, Any]:
    """What templates/lists/parts/panel.html reads. Two statements; where nothing runs, two with what is suggested."""
    running = checklists_of(row.pk)
    context: dict[str, Any] = {"c": row, "lists": running, "me_here": me, "ident": new_id(), "suggested": []}
    if not running and row.status == Conversation.Status.OPEN:
        context["suggested"] = [o for o in offered(conversation=row, by=me) if o.suggested][:2]
    steps = [s for r in running for s in r.steps]
    context |= {
        "done": sum(s.state != Step.State.OPEN for s in steps),
        "total": len(steps),
        "next": next((s for s in steps if s.state == Step.State.OPEN), None),
    }
    return context


@for_colleague("GET")
def lists(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """The lists of a conversation; nothing where none runs and none is suggested. A constant number of statements."""
    row = access_conversation(by=me, conversation=conversation)
    return render(request, "lists/parts/panel.html", panel_context(me, row))


@for_colleague("GET")
def choose(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """What can be begun, what fits first, and a step of one's own; fetched when it is opened."""
    row = access_conversation(by=me, conversation=conversation)
    found = offered(conversation=row, by=me)
    context = {"c": row, "offers": found, "ident": new_id(), "arranges": may_arrange(me)}
    return render(request, "lists/parts/choose.html", context)


@for_colleague("POST")
def begin(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """Begin a checklist; the toast takes it away again."""
    template = uuid_of(request.POST.get("template"))
    if template is None:
        raise NotFound("no such checklist")
    ident = uuid_of(request.POST.get("ident"))
    made = actions.begin(conversation=conversation, template=template, by=me, at=now(), ident=ident)
    name = called(made.version) if made.version else ""
    undo = reverse("list-do", args=[made.pk, "remove"]) + "?quiet=1"
    return _panel(request, me, made.conversation_id, toast=_("“%(name)s” has begun") % {"name": name}, undo=undo)


@for_colleague("POST")
def add(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """A step of one's own."""
    made = actions.add(
        conversation=conversation,
        text=request.POST.get("text", ""),
        by=me,
        at=now(),
        ident=uuid_of(request.POST.get("ident")),
    )
    return _panel(request, me, made.checklist.conversation_id)


@for_colleague("POST")
def list_do(request: HttpRequest, me: Colleague, checklist: UUID, verb: str) -> HttpResponse:
    """Remove a list, or bring it back."""
    if verb == "remove":
        row = actions.remove(checklist=checklist, by=me, at=now())
        undo = reverse("list-do", args=[row.pk, "restore"])
        toast = "" if request.GET.get("quiet") else _("The list is removed")
        return _panel(request, me, row.conversation_id, toast=toast, undo=undo)
    if verb == "restore":
        return _panel(request, me, actions.restore(checklist=checklist, by=me).conversation_id)
    raise Http404


@for_colleague("POST")
def step_do(request: HttpRequest, me: Colleague, step: UUID, verb: str) -> HttpResponse:
    """Do one thing with a step. Ticked by who, and when; what was done is taken back in the same place."""
    act = STEPS.get(verb)
    if act is None:
        raise Http404
    row, toast = act(request, me, step)
    conversation = Checklist.objects.values_list("conversation_id", flat=True).get(pk=row.checklist_id)
    if request.POST.get("finish"):
        return _asked(request, me, uuids_of(request.POST.getlist("c")), changed=[conversation])
    return _panel(request, me, conversation, toast=toast)


def _panel(request: HttpRequest, me: Colleague, conversation: UUID, *, toast: str = "", undo: str = "") -> HttpResponse:
    row = access_conversation(by=me, conversation=conversation)
    response = render(request, "lists/parts/panel.html", panel_context(me, row))
    return tell(response, changed=[row.pk], toast=toast, undo=undo, lists_fresh={"conversation": str(row.pk)})


Did = tuple[Step, str]


def _tick(_request: HttpRequest, me: Colleague, step: UUID) -> Did:
    return actions.tick(of=step, by=me, at=now()), ""


def _untick(_request: HttpRequest, me: Colleague, step: UUID) -> Did:
    return actions.untick(of=step, by=me), ""


def _skip(request: HttpRequest, me: Colleague, step: UUID) -> Did:
    return actions.skip(of=step, word=request.POST.get("word", ""), by=me, at=now()), ""


def _give(request: HttpRequest, me: Colleague, step: UUID) -> Did:
    to = uuid_of(request.POST.get("to"))
    row = actions.give(of=step, to=to, by=me, at=now())
    told = _("%(name)s is asked to do it") % {"name": row.given_to.name} if row.given_to and row.given_to != me else ""
    return row, told


def _move(request: HttpRequest, me: Colleague, step: UUID) -> Did:
    actions.move(of=step, places=-1 if request.POST.get("up") else 1, by=me)
    return Step.objects.get(pk=step), ""


STEPS: Mapping[str, Callable[[HttpRequest, Colleague, UUID], Did]] = {
    "tick": _tick,
    "untick": _untick,
    "skip": _skip,
    "give": _give,
    "move": _move,
}


@for_colleague("GET")
def people(request: HttpRequest, me: Colleague, step: UUID) -> HttpResponse:
    """Colleagues to give a step to; fetched when the menu is opened."""
    row = Step.objects.select_related("checklist").filter(pk=step).first()
    if row is None:
        raise NotFound("no such step")
    c = access_conversation(by=me, conversation=row.checklist.conversation_id)
    others = [p for p in colleagues() if p.pk not in (me.pk, row.given_to_id)]
    return render(request, "lists/parts/people.html", {"step": row, "people": others, "me_here": me, "c": c})


@for_colleague("GET")
def finish(request: HttpRequest, me: Colleague) -> HttpResponse:
    """What must be done before the conversations ``c`` are finished: ticked here, passed by for a reason, or left for later."""
    return _asked(request, me, uuids_of(request.GET.getlist("c")))


def _asked(request: HttpRequest, me: Colleague, ids: list[UUID], *, changed: list[UUID] | None = None) -> HttpResponse:
    rows = access_conversations(by=me, conversations=ids, whole=True) if ids else []
    steps: dict[UUID, list[Step]] = {}
    open_ = Step.objects.filter(
        checklist__conversation__in=rows, checklist__removed_at=None, checklist__version__isnull=False, must=True, state="open"
    )
    for step in open_.select_related("checklist__version").order_by("checklist__begun_at", "checklist", "place"):
        steps.setdefault(step.checklist.conversation_id, []).append(step)
    context = {
        "asked": [{"c": row, "steps": steps[row.pk]} for row in rows if row.pk in steps],
        "ids": ",".join(str(row.pk) for row in rows),
        "others": [str(row.pk) for row in rows if row.pk not in steps],
        "number": len(rows),
        "anyway": all(s.checklist.version and s.checklist.version.anyway for each in steps.values() for s in each),
        "open": sum(len(each) for each in steps.values()),
    }
    response = render(request, "lists/parts/finish.html", context)
    fresh = {"conversation": str(changed[0])} if changed else {}
    return tell(response, changed=changed, lists_fresh=fresh) if changed else response
