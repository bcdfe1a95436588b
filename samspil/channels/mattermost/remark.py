"""What we say in the thread of a notice, under what a colleague did there (api.mattermost.com, posts, root_id)."""

from samspil.channels.mattermost.api import call, thing
from samspil.channels.mattermost.notify import link_of, post
from samspil.channels.mattermost.settings import ID, settings_of
from samspil.channels.mattermost.words import escaped
from samspil.kit import Account, Remark, Sent, Unreachable
from samspil.kit.reading import text


def remark(said: Remark, account: Account) -> Sent:
    """One remark. Raises SignInAgain, TryLater, Unreachable, Uncertain."""
    settings = settings_of(account)
    if not ID.fullmatch(said.place):
        raise Unreachable("Mattermost knows no such thread")
    # A thread is named by its first post; in which channel that stands the server says.
    first = thing(call(settings, "GET", f"posts/{said.place}"))
    place = text(first.get("channel_id"), 40)
    if not ID.fullmatch(place):
        raise Unreachable("Mattermost does not say where the thread is")
    words = "\n\n".join(filter(None, [escaped(said.text), link_of(said.link, said.language)]))
    return post(settings, place, ident=said.id, words=words, root=text(first.get("root_id"), 40) or said.place)
