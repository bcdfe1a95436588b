"""How a colleague is told, what was told, and what came back."""

from typing import ClassVar

from django.db import models

from samspil.base.ids import new_id
from samspil.conversation.models import Conversation, Note
from samspil.intake.models import Account
from samspil.organisation.models import Colleague, Unit
from samspil.reply.models import Reply


class Preference(models.Model):
    """When a colleague is told by mail; who has no row is told when not at the desk."""

    class When(models.TextChoices):
        AWAY = "away"
        ALWAYS = "always"
        NEVER = "never"

    colleague = models.OneToOneField(Colleague, on_delete=models.CASCADE, primary_key=True, related_name="+")
    when = models.CharField(max_length=6, choices=When.choices, default=When.AWAY)
    unreachable = models.CharField(max_length=500, blank=True, default="")
    """Why the last notice came back; "" while they arrive."""
    account = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    """By which account one wants to be told; None: by the first there is."""
    lost = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    """The account by which one could not be told of late; None again as soon as one is."""
    lost_kind = models.CharField(max_length=10, blank=True, default="", db_default="")
    """Whose it is to mend: sign_in (the account's), person (who one is there), later (it did not answer in time)."""
    lost_why = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        db_table = "elsewhere_preference"


class Seat(models.Model):
    """Who a colleague is on a network where colleagues talk: the network's own id of a person, as the network said it to us.

    An id is one colleague's, and a colleague has one in each place (``scope``: a workspace, a server).
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="+", db_index=False)
    network = models.CharField(max_length=40)
    scope = models.CharField(max_length=200)
    address = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        db_table = "elsewhere_seat"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["network", "scope", "address"], name="elsewhere_seat_one_colleague"),
            models.UniqueConstraint(fields=["colleague", "network", "scope"], name="elsewhere_seat_one_id"),
        ]


class Notice(models.Model):
    """One notice to one colleague about one conversation. ``id`` is signed into the place where it is answered.

    ``kind``: assigned, wrote (again, in a conversation of one's own), mentioned, asked, trouble (an answer could not be sent, ``detail`` why),
    yes_asked (an answer waits for their yes), yes_waits (their own waits for somebody's, ``detail`` whose), yes_back (it was sent back).
    ``into`` is the aside that an answer goes into; None: the conversation itself. ``place`` is what the network calls it once it is sent.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        NOT_NEEDED = "not_needed"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id)
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="+", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10)
    into = models.UUIDField(null=True)
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    at = models.DateTimeField()
    send_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    detail = models.CharField(max_length=1000, blank=True, default="")
    place = models.CharField(max_length=200, blank=True, default="", db_default="")
    instead = models.BooleanField(default=False, db_default=False)
    """It goes by mail, for ``account`` did not take it."""

    class Meta:
        db_table = "elsewhere_notice"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "place"], condition=~models.Q(place=""), name="elsewhere_notice_at"),
            # A burst of messages is one notice: what waits already tells of all of them.
            models.UniqueConstraint(
                fields=["colleague", "conversation", "into"],
                condition=models.Q(state="queued") & ~models.Q(kind="trouble"),
                name="elsewhere_one_waits",
                nulls_distinct=False,
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["send_at"], condition=models.Q(state="queued"), name="elsewhere_notice_due"),
            models.Index(fields=["claimed_at"], condition=models.Q(state="sending"), name="elsewhere_notice_sending"),
            models.Index(fields=["conversation", "-at"], name="elsewhere_notice_of"),
        ]


class Room(models.Model):
    """Where a unit's colleagues talk: what waits for anybody of it is told there. ``place`` is what the network calls the room."""

    id = models.UUIDField(primary_key=True, default=new_id)
    unit = models.OneToOneField(Unit, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    place = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    set_by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)
    """When it was last asked who of the unit is who there."""
    trouble = models.CharField(max_length=500, blank=True, default="", db_default="")
    """Why the last thing could not be told there."""

    class Meta:
        db_table = "elsewhere_room"


class Post(models.Model):
    """One new conversation that nobody had, told in a room, once. ``place`` is what the network calls it once it is told.

    ``taken_by`` is who has the conversation as the room is told it; ``mark_at``: when that is to be shown on the post.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        NOT_NEEDED = "not_needed"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="+")
    room = models.ForeignKey(Room, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    at = models.DateTimeField()
    send_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    place = models.CharField(max_length=200, blank=True, default="")
    taken_by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    mark_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "elsewhere_post"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "place"], condition=~models.Q(place=""), name="elsewhere_post_at"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["send_at"], condition=models.Q(state="queued"), name="elsewhere_post_due"),
            models.Index(fields=["claimed_at"], condition=models.Q(state="sending"), name="elsewhere_post_sending"),
            models.Index(fields=["mark_at"], condition=models.Q(mark_at__isnull=False), name="elsewhere_post_mark"),
        ]


class Arrival(models.Model):
    """What came to where a notice is answered, once each, and what was done with it.

    ``verdict``: waiting (not looked at yet), fetching (its files), answered, noted, given_back, changed (what was answered before has new
    words, or is called back), automatic, bounced, told (could not be sent: the colleague was told why), held (for somebody to decide),
    dropped, refused (not signed by us).
    """

    class Verdict(models.TextChoices):
        WAITING = "waiting"
        FETCHING = "fetching"
        ANSWERED = "answered"
        NOTED = "noted"
        GIVEN_BACK = "given_back"
        CHANGED = "changed"
        AUTOMATIC = "automatic"
        BOUNCED = "bounced"
        TOLD = "told"
        HELD = "held"
        DROPPED = "dropped"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=new_id)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    envelope = models.UUIDField(null=True)
    external_id = models.CharField(max_length=1000)
    notice = models.ForeignKey(Notice, null=True, on_delete=models.CASCADE, related_name="arrivals", db_index=False)
    post = models.ForeignKey(Post, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    """What it answers where that was told a whole room, and not one colleague (``notice``)."""
    network = models.CharField(max_length=40, default="mail", db_default="mail")
    scope = models.CharField(max_length=200, blank=True, default="", db_default="")
    sender = models.CharField(max_length=320)
    sender_name = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    text = models.TextField(blank=True, default="")
    automatic = models.CharField(max_length=20, blank=True, default="")
    unsure = models.CharField(max_length=40, blank=True, default="")
    detail = models.CharField(max_length=1000, blank=True, default="")
    files = models.JSONField(default=list)
    """Of each file (part, name, content type, size)."""
    place = models.CharField(max_length=200, blank=True, default="", db_default="")
    done = models.CharField(max_length=6, default="said", db_default="said")
    """What was done: said, edit, delete, sign (kit.ColleagueWrote.kind)."""
    target = models.CharField(max_length=1000, blank=True, default="", db_default="")
    """To which message of the colleague's own it was done, where it was done to one."""
    fetch_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0, db_default=0)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.WAITING)
    why = models.CharField(max_length=40, blank=True, default="")
    reply = models.ForeignKey(Reply, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.ForeignKey(Note, null=True, on_delete=models.SET_NULL, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        db_table = "elsewhere_arrival"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "external_id"], name="elsewhere_arrival_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["notice"], name="elsewhere_arrival_of"),
            models.Index(fields=["post"], condition=models.Q(post__isnull=False), name="elsewhere_arrival_post"),
            models.Index(fields=["envelope"], name="elsewhere_arrival_in"),
            models.Index(fields=["account", "target"], condition=~models.Q(target=""), name="elsewhere_arrival_target"),
            models.Index(fields=["at"], condition=models.Q(verdict="held"), name="elsewhere_arrival_held"),
            models.Index(fields=["fetch_at"], condition=models.Q(verdict="fetching"), name="elsewhere_arrival_fetch"),
        ]

    @property
    def about(self) -> Conversation | None:
        """The conversation that it is about; None where it is about none of ours."""
        told = self.notice or self.post
        return told.conversation if told else None


class Remark(models.Model):
    """What is said in a notice's thread under what came: once what became of it, and once more where that fails later.

    Its words are made when it is said, of what is true then. ``colleague`` is spoken to, in their language.
    """

    class Kind(models.TextChoices):
        SETTLED = "settled"
        FAILED = "failed"

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        NOT_NEEDED = "not_needed"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id)
    arrival = models.ForeignKey(Arrival, on_delete=models.CASCADE, related_name="+", db_index=False)
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.SETTLED)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    at = models.DateTimeField()
    send_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    detail = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        db_table = "elsewhere_remark"
        constraints: ClassVar = [models.UniqueConstraint(fields=["arrival", "kind"], name="elsewhere_remark_once")]
        indexes: ClassVar = [
            models.Index(fields=["send_at"], condition=models.Q(state="queued"), name="elsewhere_remark_due"),
            models.Index(fields=["claimed_at"], condition=models.Q(state="sending"), name="elsewhere_remark_sending"),
        ]
