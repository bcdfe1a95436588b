"""Checklists: the templates with their versions, and the lists that run in conversations."""

from typing import ClassVar

from django.db import models

from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.intake.models import Interaction
from samspil.organisation.models import Colleague, Competence, Unit


class Template(models.Model):
    """A checklist that colleagues can begin. What stands in it is its newest version; ``number`` says which that is.

    ``unit``: only offered in that unit's conversations and to its colleagues; None: everywhere. ``name`` is Danish.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True, default="")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    number = models.PositiveIntegerField(default=1)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "checklist_template"

    def __str__(self) -> str:
        return self.name


class Offered(models.Model):
    """A template is suggested first where this competence is asked for."""

    id = models.UUIDField(primary_key=True, default=new_id)
    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="offered")
    competence = models.ForeignKey(Competence, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "checklist_offered"
        constraints: ClassVar = [models.UniqueConstraint(fields=["template", "competence"], name="checklist_offered_once")]


class Version(models.Model):
    """What a template said from a time on, and who said so. Never changed: a running list keeps the one it began with.

    ``steps`` are {text, hint, link, must}. ``anyway``: the conversation may be finished with a must open, for a reason.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True, default="")
    steps = models.JSONField(default=list)
    anyway = models.BooleanField(default=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        db_table = "checklist_version"
        constraints: ClassVar = [models.UniqueConstraint(fields=["template", "number"], name="checklist_version_once")]


class Checklist(models.Model):
    """One list in one conversation. Without ``version`` it is steps of colleagues' own. ``cause`` is the rule's deed that began it.

    ``about`` is the newest message when it began: after a split the list lies where that message lies.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="checklists")
    version = models.ForeignKey(Version, null=True, on_delete=models.PROTECT, related_name="+")
    about = models.ForeignKey(Interaction, null=True, on_delete=models.SET_NULL, related_name="+")
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    cause = models.UUIDField(null=True)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "checklist"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cause", "version"], condition=models.Q(cause__isnull=False), name="checklist_once_a_cause"
            )
        ]


class Step(models.Model):
    """One step of a running list, with who did it and when. ``word`` says why it was skipped."""

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        SKIPPED = "skipped"

    id = models.UUIDField(primary_key=True, default=new_id)
    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="steps")
    place = models.PositiveIntegerField()
    text = models.CharField(max_length=300)
    hint = models.CharField(max_length=500, blank=True, default="")
    link = models.CharField(max_length=500, blank=True, default="")
    must = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(null=True)
    word = models.CharField(max_length=300, blank=True, default="")
    given_to = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    given_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    given_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "checklist_step"
        indexes: ClassVar = [models.Index(fields=["given_to"], condition=models.Q(state="open"), name="checklist_step_given")]
