"""The whole journey on one page: which stage reacts to which fact.

A consumer writes. The channel brings an envelope, intake keeps it and understands it, and then, in the same transaction and a
whole batch at a time: identity recognises who it is, conversation joins it to where it belongs, routing finds the colleague.
What is not needed for that happens later, from the log. What open pages are told stands at the end.
"""

from collections.abc import Callable, Mapping
from typing import Any

from samspil.aside.facts import AsideAnswered, AsideChanged, AsideClosed, AsideOpened, AsideSaid, ColleagueAsked
from samspil.aside.reactions import follow_merged, follow_split
from samspil.assist.facts import AnswerPlanned
from samspil.assist.reactions import answer, measure, read
from samspil.automation.facts import RuleChanged, RulePaused
from samspil.automation.reactions import on_change, on_fate, on_mark, on_message
from samspil.base.facts import Fact
from samspil.base.flow import Flow
from samspil.base.live import Signal, changed
from samspil.checklist.facts import ChecklistChanged
from samspil.checklist.reactions import follow_merge as lists_follow_merge
from samspil.checklist.reactions import follow_split as lists_follow_split
from samspil.consent.facts import ConsentChanged
from samspil.conversation.facts import (
    ColleagueNotified,
    ConversationChanged,
    ConversationRead,
    ConversationsMerged,
    FilesChanged,
    MessageJoined,
    NoteWritten,
)
from samspil.conversation.reactions import follow_merge, follow_move, join_message, tell_of_files
from samspil.elsewhere.facts import AnswerSettled
from samspil.elsewhere.reactions import keep, take, tell, tell_again, tell_asked, tell_fate, tell_rooms, tell_taken
from samspil.handover.facts import ConversationHanded
from samspil.handover.reactions import follow_merge as hands_follow_merge
from samspil.handover.reactions import note_hands
from samspil.hours.facts import HoursChanged
from samspil.identity.facts import (
    ConsumerRenamed,
    ConsumersMerged,
    ConsumersParted,
    FieldsChanged,
    HandleLinked,
    HandleMarked,
    HandlesMoved,
    KnowledgeChanged,
    PairsSuggested,
    PolicyChanged,
    SenderRecognised,
    SuggestionAnswered,
    SuggestionReopened,
    WeightsLearned,
)
from samspil.identity.reactions import compare_new, recognise_sender
from samspil.intake.facts import (
    AccountClosed,
    ActReceived,
    EnvelopeRefused,
    FateReported,
    FileSettled,
    HandlesAppeared,
    InteractionReread,
    InteractionsLogged,
    MessageReceived,
    NoticeAnswered,
)
from samspil.organisation.facts import PresenceChanged
from samspil.promise.facts import DueChanged, DuesReckoned, PromiseChanged
from samspil.promise.reactions import reckon_all_of_hours, reckon_changed, reckon_joined, reckon_merged
from samspil.pulse.facts import PulseAnswered
from samspil.pulse.reactions import hear, hear_sign
from samspil.relationship.facts import StageChanged
from samspil.relationship.reactions import count, feel, follow_join, follow_link, follow_moved, recount
from samspil.reply.facts import (
    ApprovalAsked,
    ApprovalDecided,
    ApprovalEscalated,
    FateChanged,
    MessageChanged,
    ReplySent,
    ReplyWritten,
)
from samspil.reply.reactions import fail_waiting, follow_joined, note_fate
from samspil.routing.reactions import note_answers, route, share_out, welcome

TOGETHER: Flow = {
    MessageReceived: [recognise_sender],
    ActReceived: [recognise_sender],
    SenderRecognised: [join_message, hear_sign],
    ConsumersMerged: [follow_merge],
    HandlesMoved: [follow_move],
    MessageJoined: [hear, route],
    ConversationsMerged: [follow_merged, follow_joined, lists_follow_merge, hands_follow_merge],
    ConversationChanged: [follow_split, lists_follow_split],
    FateReported: [note_fate],
    AccountClosed: [fail_waiting],
    FileSettled: [tell_of_files],
    NoticeAnswered: [keep],
}
"""In the transaction that made the fact true."""

LATER: Flow = {
    HandlesAppeared: [compare_new],
    MessageJoined: [reckon_joined, on_message, tell_again, tell_rooms, read, answer],
    ConversationChanged: [share_out, reckon_changed, note_answers, note_hands, on_change, tell_taken],
    ConversationsMerged: [reckon_merged],
    HoursChanged: [reckon_all_of_hours],
    ReplyWritten: [measure],
    FateChanged: [on_fate, tell_fate],
    HandleMarked: [on_mark],
    PresenceChanged: [welcome],
    ColleagueNotified: [tell],
    NoticeAnswered: [take],
    ColleagueAsked: [tell_asked],
    InteractionsLogged: [count],
    InteractionReread: [recount],
    PulseAnswered: [feel],
    ConsumersMerged: [follow_join],
    HandlesMoved: [follow_moved],
    HandleLinked: [follow_link],
}
"""From the log, each reaction at its own pace, exactly once."""


def _to_one(fact: Any) -> Signal:
    return changed(fact, colleague=fact.colleague)


def _to_visitor(fact: Any) -> Signal:
    return changed(fact, handle=fact.handle)


SIGNALS: Mapping[type[Fact], Callable[[Any], Signal]] = {
    MessageJoined: _to_visitor,
    ConversationChanged: changed,
    ConversationRead: _to_one,
    ConversationsMerged: changed,
    NoteWritten: changed,
    ColleagueNotified: _to_one,
    AsideOpened: changed,
    ColleagueAsked: changed,
    AsideSaid: changed,
    AsideAnswered: changed,
    AsideChanged: changed,
    AsideClosed: changed,
    ChecklistChanged: changed,
    ConversationHanded: changed,
    ReplyWritten: changed,
    ApprovalAsked: changed,
    ApprovalDecided: changed,
    ApprovalEscalated: changed,
    ReplySent: _to_visitor,
    FateChanged: _to_visitor,
    MessageChanged: _to_visitor,
    FilesChanged: _to_visitor,
    ConsumersMerged: changed,
    HandlesMoved: changed,
    ConsumersParted: changed,
    ConsentChanged: changed,
    HandleLinked: changed,
    PairsSuggested: changed,
    WeightsLearned: changed,
    HandleMarked: changed,
    ConsumerRenamed: changed,
    KnowledgeChanged: changed,
    FieldsChanged: changed,
    SuggestionAnswered: changed,
    SuggestionReopened: changed,
    PolicyChanged: changed,
    PresenceChanged: changed,
    HoursChanged: changed,
    PromiseChanged: changed,
    DueChanged: changed,
    DuesReckoned: changed,
    PulseAnswered: changed,
    AnswerSettled: changed,
    AnswerPlanned: changed,
    EnvelopeRefused: changed,
    RuleChanged: changed,
    RulePaused: changed,
    StageChanged: changed,
}
"""What open pages hear of: ids only, and to whom."""
