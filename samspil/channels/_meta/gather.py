"""All events of a webhook with several things in it, of which some may not be understood."""

from collections.abc import Callable, Iterable, Sequence

from samspil.kit import Event, NotUnderstood


def gather(things: Iterable[Callable[[], Sequence[Event]]], empty: str) -> Sequence[Event]:
    """The events of all that is understood. Raises NotUnderstood when nothing is: an envelope holds one thing, unless Meta changes the form."""
    events: list[Event] = []
    whys: list[str] = []
    known = False
    for one in things:
        try:
            events += one()
            known = True
        except NotUnderstood as error:
            whys.append(str(error))
    if not known:
        raise NotUnderstood(whys[0] if whys else empty)
    return events
