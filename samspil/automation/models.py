"""Rules with their versions, what happened with what was so then, and what rules did."""

from typing import ClassVar

from django.db import models

from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.organisation.models import Colleague, Unit


class Rule(models.Model):
    """A rule as it is now; what it says is its newest version. One that is deleted stays, for its history.

    ``since`` is when it was switched on or changed: what happened before is not its business. ``paused_at``: it stopped itself.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=120)
    enabled = models.BooleanField(default=False)
    place = models.IntegerField(default=0)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    document = models.JSONField()
    number = models.IntegerField(default=1)
    per_minute = models.IntegerField(default=300)
    since = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    paused_why = models.CharField(max_length=20, blank=True, default="")
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "automation_rule"
        ordering: ClassVar = ["place", "id"]

    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """A rule as somebody saved it. ``restored`` is the number of the older version that it is equal to."""

    id = models.UUIDField(primary_key=True, default=new_id)
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    name = models.CharField(max_length=120)
    document = models.JSONField()
    unit = models.ForeignKey(Unit, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    enabled = models.BooleanField()
    deleted = models.BooleanField(default=False)
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    why = models.CharField(max_length=300, blank=True, default="")
    restored = models.IntegerField(null=True)

    class Meta:
        db_table = "automation_version"
        constraints: ClassVar = [models.UniqueConstraint(fields=["rule", "number"], name="automation_version_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Moment(models.Model):
    """One thing that happened, with what was so of its conversation then: what a dry run looks back on.

    ``fact`` is the key of the fact. ``cause`` is the deed of a rule that it comes from, and ``chain`` the rules behind that.
    """

    fact = models.UUIDField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+")
    interaction = models.UUIDField(null=True)
    what = models.CharField(max_length=20)
    at = models.DateTimeField()
    state = models.JSONField()
    chain = models.JSONField(default=list)

    class Meta:
        db_table = "automation_moment"
        indexes: ClassVar = [
            models.Index(fields=["at", "fact"], name="automation_moment_order"),
            models.Index(fields=["interaction"], condition=models.Q(interaction__isnull=False), name="automation_moment_message"),
        ]

    def __str__(self) -> str:
        return f"{self.what} at {self.at:%Y-%m-%d %H:%M}"


class Run(models.Model):
    """A rule held for something that happened: what it did, or why it did not. Its id is the deed's, by which it is undone."""

    class Outcome(models.TextChoices):
        DONE = "done"
        FAILED = "failed"
        STOPPED = "stopped"

    id = models.UUIDField(primary_key=True, default=new_id)
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="runs", db_index=False)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+", db_index=False)
    fact = models.UUIDField()
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    why = models.CharField(max_length=200, blank=True, default="")
    did = models.JSONField(default=list)
    answered = models.BooleanField(default=False)
    chain = models.JSONField(default=list)

    class Meta:
        db_table = "automation_run"
        constraints: ClassVar = [models.UniqueConstraint(fields=["rule", "fact"], name="automation_run_once")]
        indexes: ClassVar = [
            models.Index(fields=["rule", "-at"], name="automation_run_of"),
            models.Index(fields=["-at"], name="automation_run_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} at {self.at:%Y-%m-%d %H:%M}"


class Permit(models.Model):
    """A unit has decided that rules may answer in its conversations, in the name of this colleague."""

    unit = models.OneToOneField(Unit, primary_key=True, on_delete=models.CASCADE, related_name="+")
    speaker = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+", db_index=False)
    by = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "automation_permit"

    def __str__(self) -> str:
        return str(self.unit)
