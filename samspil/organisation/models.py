"""The organisation: one row of itself, its units as a tree, its colleagues and what they know."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from samspil.base.ids import new_id


class Organisation(models.Model):
    """The one organisation of this installation."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=8, default="da")
    demo = models.BooleanField(default=False)
    undo_seconds = models.PositiveSmallIntegerField(default=6)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "organisation"
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="organisation_is_one")]

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A department or team. The ``triage`` unit takes what routing does not know; a ``closed`` unit's conversations are its own."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True, default="")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    triage = models.BooleanField(default=False)
    closed = models.BooleanField(default=False)

    class Meta:
        db_table = "organisation_unit"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["triage"], condition=models.Q(triage=True), name="organisation_one_triage_unit"),
            models.UniqueConstraint("parent", Lower("name"), name="organisation_unit_name", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.name


class CustomRole(models.Model):
    """A role of the organisation's own: exactly these ``rights``, {right: reach} in words as ``rules.rights`` reads them.

    A removed one (``ended_at``) allows nothing and nobody has it; it is kept for the history.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True, default="")
    rights = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("organisation.Colleague", null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("organisation.Colleague", null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "organisation_custom_role"
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), condition=models.Q(ended_at=None), name="organisation_role_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Competence(models.Model):
    """A skill that consumers ask for. ``description`` and ``words`` are what routing knows of it before anybody has answered.

    ``parent`` is the wider skill that it belongs to: who holds the one does not hold the other.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True, default="")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    description = models.TextField(blank=True, default="")
    words = models.JSONField(default=list)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "organisation_competence"
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), name="organisation_competence_name"),
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("id")),
                name="organisation_competence_not_its_own_parent",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Colleagues(BaseUserManager["Colleague"]):
    """Looks colleagues up by mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "Colleague":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "Colleague":
        colleague = self.model(email=self.normalize_email(email).lower(), **extra)
        colleague.set_password(password)
        colleague.save(using=self._db)
        return colleague

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "Colleague":
        return self.create_user(email, password, role=Colleague.Role.ADMIN, is_superuser=True, **extra)


class Colleague(AbstractBaseUser, PermissionsMixin):
    """A person inside. ``capacity`` is how many open conversations the person will hold at once; ``away_until`` says «not me now»."""

    class Role(models.TextChoices):
        EMPLOYEE = "employee"
        LEAD = "lead"
        ADMIN = "admin"

    id = models.UUIDField(primary_key=True, default=new_id)
    email = models.EmailField()
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, blank=True, default="")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.SET_NULL, related_name="colleagues")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.EMPLOYEE)
    custom_role = models.ForeignKey(CustomRole, null=True, blank=True, on_delete=models.PROTECT, related_name="holders")
    """A role of the organisation's own; ``role`` is then that of an employee, so that nothing is allowed by mistake."""
    language = models.CharField(max_length=8, default="da")
    theme = models.CharField(max_length=5, default="auto")
    single_keys = models.BooleanField(default=True)
    notify_browser = models.BooleanField(default=True)
    capacity = models.PositiveSmallIntegerField(default=12)
    seen_at = models.DateTimeField(null=True, blank=True)
    away_until = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    outside = models.BooleanField(default=False)
    """Known only from imported history: shown as the author, cannot sign in, is never assigned."""

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]
    objects: ClassVar[Colleagues] = Colleagues()

    class Meta:
        db_table = "organisation_colleague"
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="organisation_colleague_email"),
            models.CheckConstraint(
                condition=models.Q(custom_role=None) | models.Q(role="employee"), name="organisation_one_role"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """Whether the person may open the administration pages."""
        return self.role == self.Role.ADMIN

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        words = self.name.split() or [self.email]
        return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()


class RoleChange(models.Model):
    """What happened to a role: ``made``, ``changed``, ``ended``, ``back``; or to whom it was ``given``, with the role before it.

    ``told``: of made and changed {right: [reach before, after]} and {"name": [before, after]}; of given {"before": name, "after": name}.
    """

    class What(models.TextChoices):
        MADE = "made"
        CHANGED = "changed"
        ENDED = "ended"
        BACK = "back"
        GIVEN = "given"

    id = models.UUIDField(primary_key=True, default=new_id)
    what = models.CharField(max_length=8, choices=What.choices)
    role = models.ForeignKey(CustomRole, null=True, on_delete=models.CASCADE, related_name="changes")
    colleague = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    told = models.JSONField(default=dict)
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "organisation_role_change"
        indexes: ClassVar = [models.Index(fields=["role", "at"], name="organisation_role_change_of")]


class Speaks(models.Model):
    """A language that a colleague answers in, as two letters; ``level`` 1 gets by, 2 works in it, 3 as their own."""

    id = models.UUIDField(primary_key=True, default=new_id)
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="speaks")
    language = models.CharField(max_length=8)
    level = models.PositiveSmallIntegerField(default=2)

    class Meta:
        db_table = "organisation_speaks"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["colleague", "language"], name="organisation_speaks_once"),
            models.CheckConstraint(condition=models.Q(level__gte=1, level__lte=3), name="organisation_speaks_1_to_3"),
        ]


class CompetenceHeld(models.Model):
    """A colleague holds a competence at a level from 1 (knows a little) to 5 (the one to ask).

    ``level`` is what routing uses; ``fine`` the same from 1.0 to 5.0 and ``spread`` its standard deviation, in levels, both weighed
    from the evidence by ``rules.weigh`` at ``weighed_at``. ``source`` is what the newest statement rests on. ``languages``: the
    competence is held in these alone; empty is all that the colleague answers in.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="held")
    competence = models.ForeignKey(Competence, on_delete=models.CASCADE, related_name="holders")
    level = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=10, default="self", choices=[("self", "self"), ("lead", "lead"), ("answers", "answers")])
    fine = models.FloatField(null=True)
    spread = models.FloatField(null=True)
    weighed_at = models.DateTimeField(null=True)
    languages = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))

    class Meta:
        db_table = "organisation_competence_held"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["colleague", "competence"], name="organisation_held_once"),
            models.CheckConstraint(condition=models.Q(level__gte=1, level__lte=5), name="organisation_level_1_to_5"),
        ]


class ColleagueAddress(models.Model):
    """A further mail address of a colleague's own, from which answers are taken as theirs."""

    id = models.UUIDField(primary_key=True, default=new_id)
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="addresses")
    address = models.CharField(max_length=254, unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        db_table = "organisation_colleague_address"


class Evidence(models.Model):
    """Why a colleague is believed to know something. Holds no consumer's data: a kind, a level, a day, and a digest as ``key``.

    ``said`` by the person, ``confirmed`` by a lead (``by``); ``well`` and ``again``: a conversation answered and done at once, or done
    only after it was opened again; ``verdict``: what a consumer thought of it; ``lesson``: passed. ``level`` 0 says «does not».
    ``key`` names what the evidence is of, so that it counts once however often it is told.
    """

    class Kind(models.TextChoices):
        SAID = "said"
        CONFIRMED = "confirmed"
        WELL = "well"
        AGAIN = "again"
        VERDICT = "verdict"
        LESSON = "lesson"

    id = models.UUIDField(primary_key=True, default=new_id)
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="evidence")
    competence = models.ForeignKey(Competence, on_delete=models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    level = models.FloatField()
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    key = models.UUIDField(null=True, unique=True)

    class Meta:
        db_table = "organisation_evidence"
        indexes: ClassVar = [models.Index(fields=["colleague", "competence", "kind", "at"], name="organisation_evidence_of")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(level__gte=0, level__lte=5), name="organisation_evidence_0_to_5")
        ]
