"""What was said about a purpose, at the handle where it was said."""

from typing import ClassVar

from django.db import models

from samspil.base.ids import new_id
from samspil.intake.models import Handle
from samspil.organisation.models import Colleague


class Consent(models.Model):
    """One word on one purpose. The newest of a handle and purpose holds (``ended_at`` None). ``source`` says where it was said."""

    class State(models.TextChoices):
        GIVEN = "given"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=new_id)
    handle = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=40)
    state = models.CharField(max_length=7, choices=State.choices)
    source = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "consent"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["handle", "purpose"], condition=models.Q(ended_at__isnull=True), name="consent_newest_holds"
            )
        ]
