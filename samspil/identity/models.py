"""A consumer is a set of handles; a link says why, since when and until when. History is never rewritten."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models

from samspil.base.ids import new_id
from samspil.intake.models import Handle
from samspil.organisation.models import Colleague


class Consumer(models.Model):
    """A person outside. ``folded`` is the name without accents or case, for search (Søren = soeren)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=200, blank=True, default="")
    folded = models.CharField(max_length=400, blank=True, default="")
    named_by_hand = models.BooleanField(default=False)
    place = models.CharField(max_length=120, blank=True, default="")
    language = models.CharField(max_length=8, blank=True, default="")
    since = models.DateTimeField()

    class Meta:
        db_table = "identity_consumer"
        indexes: ClassVar = [GinIndex(OpClass("folded", name="gin_trgm_ops"), name="identity_consumer_folded")]

    def __str__(self) -> str:
        return self.name


class Merge(models.Model):
    """Two consumers were found to be one: the links of ``absorbed`` were ended and made anew at ``kept``. ``undone_at`` takes it back."""

    id = models.UUIDField(primary_key=True, default=new_id)
    kept = models.ForeignKey(Consumer, on_delete=models.PROTECT, related_name="merges")
    absorbed = models.ForeignKey(Consumer, on_delete=models.PROTECT, related_name="absorbed_by")
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=300, blank=True, default="")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "identity_merge"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(kept=models.F("absorbed")), name="identity_merge_of_two")
        ]


class Link(models.Model):
    """This handle belongs to this consumer, because. ``evidence`` is a list of {kind, strength, words}; ``made_by`` None is Samspil itself."""

    id = models.UUIDField(primary_key=True, default=new_id)
    handle = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="links")
    consumer = models.ForeignKey(Consumer, on_delete=models.PROTECT, related_name="links", db_index=False)
    evidence = models.JSONField(default=list)
    made_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    merge = models.ForeignKey(Merge, null=True, on_delete=models.PROTECT, related_name="links")
    from_consumer = models.ForeignKey(Consumer, null=True, on_delete=models.PROTECT, related_name="+")
    """Whose the handle was before, so that an undo at any later time knows where it goes back to."""
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "identity_link"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["handle"], condition=models.Q(ended_at__isnull=True), name="identity_link_one_owner", include=["consumer"]
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["consumer"], condition=models.Q(ended_at__isnull=True), name="identity_link_of", include=["handle"]
            )
        ]
