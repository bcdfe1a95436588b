"""What we say in the thread of a notice, under what a colleague did there (docs.slack.dev/reference/methods/chat.postMessage, thread_ts)."""

from samspil.channels.slack.notify import post, rich, section
from samspil.channels.slack.settings import PLACE, STAMP, settings_of
from samspil.kit import Account, Remark, Sent, Unreachable
from samspil.kit.notices import LINK, worded


def remark(said: Remark, account: Account) -> Sent:
    """One remark. Raises SignInAgain, TryLater, Unreachable, Uncertain."""
    place, _, stamp = said.place.partition(":")
    if not PLACE.fullmatch(place) or not STAMP.fullmatch(stamp):
        raise Unreachable("Slack knows no such thread")
    if not said.certain and not place.startswith("D"):
        # In a channel it may be other people's talk, in which nobody asked us.
        raise Unreachable("It is not sure that the thread is ours")
    blocks = [rich(section(said.text))]
    if said.link:
        link = {"type": "link", "url": said.link, "text": worded(LINK, said.language)}
        blocks.append(rich({"type": "rich_text_section", "elements": [link]}))
    return post(settings_of(account), place, ident=said.id, words=said.text, blocks=blocks, thread=stamp)
