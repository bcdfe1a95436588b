"""What was taken in from files."""

from typing import ClassVar

from django.db import models

from samspil.base.ids import new_id
from samspil.intake.models import Account


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
