"""What was taken in from files."""

from typing import ClassVar

from django.db import models

from samspil.base import blobs
from samspil.base.ids import new_id
from samspil.intake.models import Account
from samspil.organisation.models import Colleague


class ImportRun(models.Model):
    """One file taken into one account. ``position`` is how many of its records are on disk, so a broken import goes on there."""

    id = models.UUIDField(primary_key=True, default=new_id)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="imports")
    format = models.CharField(max_length=40)
    name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    """SHA-256 of the file and of how it is read: the same file read otherwise is another run."""
    options = models.JSONField(default=dict)
    position = models.BigIntegerField(default=0)
    new = models.BigIntegerField(default=0)
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "exchange_import_run"
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "digest"], name="exchange_import_run_once")]


class PeopleRun(models.Model):
    """One file of people. ``position`` is how many of its rows are done in this state, so that a killed run goes on there.

    ``digest`` names the file while it is needed, "" after. ``looked`` and ``counts`` are {outcome: rows} of the dry run and of the run.
    """

    class State(models.TextChoices):
        CHOSEN = "chosen"
        LOOKING = "looking"
        LOOKED = "looked"
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"
        UNDOING = "undoing"
        UNDONE = "undone"

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=255)
    format = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, blank=True, default="")
    size = models.BigIntegerField(default=0)
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHOSEN)
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    total = models.BigIntegerField(null=True)
    position = models.BigIntegerField(default=0)
    looked = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True, default="")
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "exchange_people_run"

    def __str__(self) -> str:
        return self.name


class PeopleRow(models.Model):
    """What becomes, or became, of one row. ``why`` is a list of [code, value]; ``raw`` are the cells of a row that is given back.

    ``consumer`` is whom it is about; no foreign key, for who is only planned is not there. ``named`` is the name before this run.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    run = models.ForeignKey(PeopleRun, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.BigIntegerField()
    outcome = models.CharField(max_length=10)
    shown = models.CharField(max_length=300, blank=True, default="")
    why = models.JSONField(default=list)
    raw = models.JSONField(null=True)
    consumer = models.UUIDField(null=True)
    named = models.CharField(max_length=200, null=True)

    class Meta:
        db_table = "exchange_people_row"
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "number"], name="exchange_people_row_once")]
        indexes: ClassVar = [models.Index(fields=["run", "outcome", "number"], name="exchange_people_row_of")]


blobs.referred_by("exchange_people_run", "digest")
