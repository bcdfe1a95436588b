"""Two colleagues at the same moment: one deed is done, the other is told, and nothing is lost."""

import pytest

from samspil.base.clock import now
from samspil.base.errors import SamspilError
from samspil.identity.actions import merge, undo
from samspil.identity.actions.fields import add_detail, correct_detail
from samspil.identity.actions.knowledge import ChangedMeanwhile, add_note, change_note
from samspil.identity.actions.marks import AlreadyMarked, put_mark
from samspil.identity.models import Decision, Detail, Link, Mark, Note
from samspil.identity.queries.preview import preview_merge, preview_undo
from samspil.intake.models import Handle
from samspil.screens.people.views.common import surely
from tests.journeys.conftest import mail, receive
from tests.journeys.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def three(mailbox):
    receive(mailbox, *[mail(sender=f"{n} <{n}@x.example>", ident=f"{n}@x") for n in "abc"])
    return [Handle.objects.get(address=f"{n}@x.example") for n in "abc"]


def owner(handle):
    return Link.objects.get(handle=handle, ended_at=None).consumer_id


def refusals(*deeds):
    """What the deeds raised, begun at the same moment."""
    raised = []

    def tried(deed):
        def one():
            try:
                deed()
            except SamspilError as error:
                raised.append(type(error))

        return one

    at_once(*[tried(deed) for deed in deeds])
    return raised


def test_one_wording_of_a_note_stands_and_the_other_is_told(three, mette, jonas):
    note = add_note(handle=three[0].pk, text="old", by=mette, at=now())
    told = refusals(
        *[lambda by=by: change_note(note=note.pk, text=by.name, by=by, at=now()) for by in (mette, jonas, mette, jonas)]
    )
    assert told == [ChangedMeanwhile] * 3
    assert Note.objects.filter(deleted_at=None).count() == 1
    assert Note.objects.count() == 2


def test_one_correction_of_a_detail_stands(three, mette, jonas):
    made = add_detail(handle=three[0].pk, field="city", value="Aarhus", by=mette, at=now())
    told = refusals(
        *[lambda v=v: correct_detail(detail=made.pk, value=v, by=mette, at=now()) for v in ("Odense", "Vejle", "Randers")]
    )
    assert told == [ChangedMeanwhile] * 2
    assert Detail.objects.filter(ended_at=None).count() == 1


def test_a_mark_is_put_once(three, mette, jonas):
    told = refusals(*[lambda by=by: put_mark(handle=three[0].pk, kind="shared", by=by, at=now()) for by in (mette, jonas)])
    assert told == [AlreadyMarked]
    assert Mark.objects.count() == 1


def test_of_two_joins_that_were_previewed_only_one_is_done(three, mette, jonas):
    a, b, c = map(owner, three)

    def join(kept, absorbed, by):
        stamp = preview_merge(kept=kept, absorbed=absorbed).stamp
        return lambda: surely(
            stamp=stamp,
            first=kept,
            second=absorbed,
            expected=lambda: preview_merge(kept=kept, absorbed=absorbed),
            deed=lambda: merge(kept=kept, absorbed=absorbed, by=by, why="x", at=now()),
        )

    told = refusals(join(a, b, mette), join(c, b, jonas))
    assert len(told) == 1
    assert Decision.objects.count() == 1
    assert owner(three[1]) == Decision.objects.get().kept_id


def test_of_two_undos_that_were_previewed_only_one_is_done(three, mette, jonas):
    a, b = owner(three[0]), owner(three[1])
    made = merge(kept=a, absorbed=b, by=mette, why="x", at=now())
    stamp = preview_undo(decision=made.pk).stamp
    told = refusals(
        *[
            lambda by=by: surely(
                stamp=stamp,
                first=a,
                second=b,
                expected=lambda: preview_undo(decision=made.pk),
                deed=lambda: undo(decision=made.pk, by=by, at=now()),
            )
            for by in (mette, jonas)
        ]
    )
    assert len(told) == 1
    assert Decision.objects.filter(kind="undo").count() == 1
    assert owner(three[1]) == b
