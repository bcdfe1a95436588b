"""Who came from where, what each run did, and what opens the door for directories."""

from typing import ClassVar

from django.db import models

from samspil.base import blobs
from samspil.base.ids import new_id
from samspil.organisation.models import Colleague, Competence, Unit


class Source(models.TextChoices):
    """Where people come from."""

    CSV = "csv"
    SCIM = "scim"
    LDAP = "ldap"


class Provisioned(models.Model):
    """Whom or what a source means by its id. ``data`` is what the source said and nobody else here keeps; ``gone``: it took it away."""

    id = models.UUIDField(primary_key=True, default=new_id)
    source = models.CharField(max_length=8, choices=Source.choices)
    external = models.CharField(max_length=200, blank=True, default="")
    colleague = models.ForeignKey(Colleague, null=True, on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.CASCADE, related_name="+")
    competence = models.ForeignKey(Competence, null=True, on_delete=models.CASCADE, related_name="+")
    data = models.JSONField(default=dict)
    gone = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "provision_provisioned"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(colleague__isnull=False, unit=None, competence=None)
                | models.Q(colleague=None, unit__isnull=False, competence=None)
                | models.Q(colleague=None, unit=None, competence__isnull=False),
                name="provision_of_one_thing",
            ),
            models.UniqueConstraint(fields=["source", "colleague"], name="provision_colleague_once"),
            models.UniqueConstraint(fields=["source", "unit"], name="provision_unit_once"),
            models.UniqueConstraint(fields=["source", "competence"], name="provision_competence_once"),
            models.UniqueConstraint(
                fields=["source", "external"],
                condition=~models.Q(external="") & models.Q(colleague__isnull=False),
                name="provision_external_once",
            ),
        ]


class Run(models.Model):
    """One import: a file, a look at a directory, or what a SCIM client changed in a day. ``position`` is how many rows are done.

    ``closing`` of ``active`` colleagues lose their access by it, which is the brake. ``digest`` names a file that is still needed.
    """

    class State(models.TextChoices):
        CHOSEN = "chosen"
        LOOKED = "looked"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        UNDOING = "undoing"
        UNDONE = "undone"

    id = models.UUIDField(primary_key=True, default=new_id)
    source = models.CharField(max_length=8, choices=Source.choices)
    name = models.CharField(max_length=255)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHOSEN)
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    whole = models.BooleanField(default=True, db_default=True)
    """Set up by somebody who might do everything: then it works on in another such one's name when they are gone."""
    digest = models.CharField(max_length=64, blank=True, default="")
    options = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    units = models.JSONField(default=list)
    closing = models.PositiveIntegerField(default=0)
    active = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True, default="")
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta:
        db_table = "provision_run"

    def __str__(self) -> str:
        return self.name


class RunRow(models.Model):
    """What becomes, or became, of one person: the audit of every change. ``changes`` are {field: [old, new]}; ``why`` is a list of [code, about].

    ``place`` is the order, ``number`` the line in the file (0 where there is none). ``left`` says why an undo left something.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="rows", db_index=False)
    place = models.PositiveIntegerField()
    number = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=10)
    shown = models.CharField(max_length=300, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    external = models.CharField(max_length=200, blank=True, default="")
    colleague = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    changes = models.JSONField(default=dict)
    why = models.JSONField(default=list)
    done_at = models.DateTimeField(null=True)
    left = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "provision_run_row"
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "place"], name="provision_run_row_once")]


class Token(models.Model):
    """What a SCIM client shows at the door: only its SHA-256 is kept. ``groups`` says what its groups are here: units or competences."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)
    groups = models.CharField(max_length=12, default="units", choices=[("units", "units"), ("competences", "competences")])
    roles = models.BooleanField(default=False)
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    whole = models.BooleanField(default=True, db_default=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "provision_token"

    def __str__(self) -> str:
        return self.name


class Directory(models.Model):
    """The one LDAP directory. ``password`` is sealed; ``mapping`` are {meaning: attribute}; ``brake`` is in percent."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    url = models.CharField(max_length=300)
    start_tls = models.BooleanField(default=False)
    authority = models.TextField(blank=True, default="")
    """Certificates (PEM) that its own must come from; "" is what this machine trusts."""
    bind = models.CharField(max_length=300, blank=True, default="")
    password = models.BinaryField(default=bytes)
    base = models.CharField(max_length=300)
    filter = models.CharField(max_length=500)
    preset = models.CharField(max_length=12, default="ad")
    mapping = models.JSONField(default=dict)
    unit_from = models.CharField(
        max_length=12, default="attribute", choices=[("attribute", "attribute"), ("ou", "ou"), ("none", "none")]
    )
    missing = models.CharField(max_length=6, default="leave", choices=[("leave", "leave"), ("close", "close")])
    brake = models.PositiveSmallIntegerField(default=20)
    nightly = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True, default="")
    asked_at = models.DateTimeField(null=True)
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    whole = models.BooleanField(default=True, db_default=True)

    class Meta:
        db_table = "provision_directory"
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="provision_directory_is_one")]


blobs.referred_by("provision_run", "digest")
