"""The log of facts, the cursors that read it, and counters of what was refused."""

from django.db import models
from django.db.models.functions import Cast, Now


class FactRow(models.Model):
    """Facts of one kind from one transaction. ``data`` is a list of them; ``xid`` lets a reader skip nothing that commits late."""

    id = models.BigAutoField(primary_key=True)
    xid = models.BigIntegerField(
        db_default=Cast(
            Cast(models.Func(function="pg_current_xact_id", output_field=models.TextField()), models.TextField()),
            models.BigIntegerField(),
        ),
    )
    kind = models.CharField(max_length=80)
    at = models.DateTimeField(db_default=Now())
    data = models.JSONField()

    class Meta:
        db_table = "base_fact"
        indexes = [models.Index(fields=["xid", "id"], name="base_fact_order")]


class Cursor(models.Model):
    """How far one reaction has read the log; moved in the transaction of what it did."""

    name = models.CharField(primary_key=True, max_length=200)
    xid = models.BigIntegerField(default=0)
    fact = models.BigIntegerField(default=0)
    failures = models.IntegerField(default=0)
    error = models.TextField(blank=True, default="")

    class Meta:
        db_table = "base_cursor"


class Counter(models.Model):
    """How often something happened that leaves no row of its own, such as a forged webhook."""

    name = models.CharField(primary_key=True, max_length=200)
    count = models.BigIntegerField(default=0)
    last_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "base_counter"


class Kept(models.Model):
    """One value that a channel remembers of an account, encrypted. ``version`` is one more with each writing."""

    pk = models.CompositePrimaryKey("owner", "name")
    owner = models.UUIDField()
    name = models.CharField(max_length=200)
    value = models.BinaryField()
    version = models.IntegerField()

    class Meta:
        db_table = "base_kept"
