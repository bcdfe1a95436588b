"""The design system in templates: `{% load look %}`."""

import datetime as dt
import re
import zlib
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from samspil.look.vendor import icon_names

register = template.Library()
HUES = 12
THEMES = {"auto", "light", "dark"}
YESTERDAY, WEEK = 1, 7
_known_icons = cache(icon_names)


@register.simple_tag
def icon(name: str, size: int = 18, cls: str = "") -> SafeString:
    """One icon of the sprite, hidden from screen readers: say in words what it means. An unknown name is an error in DEBUG."""
    return _drawn(_icon, name, size, cls)


def _drawn(draw: Any, *asked: Any) -> SafeString:
    """From what was drawn before, but for DEBUG, in which files change. A page has a hundred icons and faces, the same again and again."""
    drawn: SafeString = (draw.__wrapped__ if settings.DEBUG else draw)(*asked)
    return drawn


@lru_cache(maxsize=1024)
def _icon(name: str, size: int, cls: str) -> SafeString:
    if name not in _known_icons():
        if settings.DEBUG:
            raise template.TemplateSyntaxError(f"no icon {name!r}: python -m samspil.look.vendor icon {name}")
        name = "circle"
    return format_html(
        '<svg class="icon{}" width="{}" height="{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {cls}" if cls else "",
        size,
        size,
        static("look/icons.svg"),
        name,
    )


@register.filter
def initials(name: object) -> str:
    """Two letters: "Karoline Vestergaard" -> "KV"; an address gives its first letter; nothing gives "?"."""
    words = re.findall(r"\w+", str(name or "").split("@")[0] or str(name or ""))
    letters = [word[0] for word in words if not word[0].isdigit()] or [word[0] for word in words]
    return "".join([letters[0], letters[-1]] if len(letters) > 1 else letters).upper() or "?"


@register.filter
def hue(ident: object) -> int:
    """A steady number from 0 to 11 for an id: the colour of an avatar, also over restarts and processes."""
    return zlib.crc32(str(ident).encode()) % HUES


@register.simple_tag
def avatar(
    name: object, ident: object = "", *, kind: str = "them", size: str = "", badge: str = "", state: str = "", title: str = ""
) -> SafeString:
    """The initials of somebody.

    `kind` them (round, a hue from `ident`), us (rounded square) or group (grey). `size` xs 20, s 26, "" 38, l 64, xl 84 px.
    `badge` is an icon at the corner, `state` "on" or "away" a dot there. Hidden from screen readers unless there is a `title`.
    """
    # A title that somebody marked as safe is equal to one that is not, and must not be kept for it.
    return _drawn(_avatar, str(name or ""), str(ident or name), kind, size, badge, state, title + "")


@lru_cache(maxsize=1024)
def _avatar(name: str, ident: str, kind: str, size: str, badge: str, state: str, title: str) -> SafeString:
    classes = " ".join(["avatar", *([] if kind == "them" else [f"is-{kind}"]), *([f"is-{size}"] if size else [])])
    corner = format_html('<span class="avatar-badge">{}</span>', icon(badge, 11)) if badge else ""
    if state:
        corner = format_html('{}<i class="avatar-on{}"></i>', corner, " is-away" if state == "away" else "")
    told = (
        format_html(' role="img" aria-label="{}" title="{}"', title, title) if title else format_html(' aria-hidden="{}"', "true")
    )
    return format_html('<span class="{}" data-hue="{}"{}>{}{}</span>', classes, hue(ident), told, initials(name), corner)


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """`auto`, `light` or `dark`: from the cookie `theme`."""
    return _cookie(context, "theme", THEMES, "auto")


@register.simple_tag(takes_context=True)
def single_keys(context: template.Context) -> str:
    """`on` or `off`: whether single letters do things. From the cookie `single-keys`."""
    return _cookie(context, "single-keys", {"on", "off"}, "on")


def _cookie(context: template.Context, name: str, allowed: set[str], otherwise: str) -> str:
    request = context.get("request")
    value = request.COOKIES.get(name, otherwise) if request is not None else otherwise
    return value if value in allowed else otherwise


@register.simple_tag
def interval(
    value: float,
    low: float,
    high: float,
    minimum: float = 0,
    maximum: float = 100,
    *,
    words: str = "",
    label: str = "",
    cls: str = "",
) -> SafeString:
    """A value with its uncertainty: ground from minimum to maximum, band from low to high, marker at the value, and words.

    `words` stands under the band ("67–80 with 90 % certainty"); `label` is what a screen reader says, `words` when empty.
    """
    span = (maximum - minimum) or 1

    def at(x: float) -> str:
        return f"{min(max((x - minimum) / span, 0), 1) * 100:.2f}"

    width = f"{float(at(high)) - float(at(low)):.2f}"
    return format_html(
        '<div class="interval{}"><svg role="img" aria-label="{}">'
        '<rect class="interval-ground" y="2" width="100%" height="10" rx="5"/>'
        '<rect class="interval-band" x="{}%" y="2" width="{}%" height="10" rx="5"/>'
        '<svg x="{}%" overflow="visible"><rect class="interval-mark" x="-2" width="4" height="14" rx="2"/></svg></svg>'
        "<p><span>{}</span><span>{}</span><span>{}</span></p></div>",
        f" {cls}" if cls else "",
        label or words,
        at(low),
        width,
        at(value),
        f"{minimum:g}",
        words,
        f"{maximum:g}",
    )


@register.simple_tag
def spark(values: Sequence[float], lows: Sequence[float] = (), highs: Sequence[float] = (), *, label: str = "") -> SafeString:
    """A small line with its band over time; `lows` and `highs` are as long as `values` or empty. Under two values: nothing."""
    if len(values) < 2:  # noqa: PLR2004 - a line needs two points
        return SafeString("")
    width, height = 240, 56
    bottom, top = min([*values, *lows]), max([*values, *highs])
    room = (top - bottom) or 1

    def points(series: Sequence[float], *, backwards: bool = False) -> str:
        placed = [
            f"{4 + i * (width - 8) / (len(series) - 1):.1f},{height - 4 - (y - bottom) * (height - 8) / room:.1f}"
            for i, y in enumerate(series)
        ]
        return " ".join(reversed(placed) if backwards else placed)

    band = ""
    if lows and highs:
        band = format_html('<polygon class="spark-band" points="{} {}"/>', points(highs), points(lows, backwards=True))
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" height="{}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '{}<polyline class="spark-line" points="{}" vector-effect="non-scaling-stroke"/></svg>',
        width,
        height,
        height,
        label,
        band,
        points(values),
    )


@register.filter
def clock(when: dt.datetime) -> str:
    """15.19 in Danish, 15:19 in English, in the local time zone."""
    return date_format(timezone.localtime(when), pgettext("time of day, Django's date format", "H:i"))


@register.filter
def day(when: dt.datetime) -> str:
    """Today, Yesterday, 21 Nov, or 21 Nov 2024 in another year."""
    local, now = timezone.localtime(when), timezone.localtime()
    match (now.date() - local.date()).days:
        case 0:
            return _("Today")
        case 1:
            return _("Yesterday")
    same = pgettext("day without year, Django's date format", "j M")
    return date_format(local, same if local.year == now.year else pgettext("day with year, Django's date format", "j M Y"))


@register.filter
def when(moment: dt.datetime) -> str:
    """As short as a list needs it: the clock today, then yesterday, a weekday within the week, a date before that."""
    local = timezone.localtime(moment)
    days = (timezone.localdate() - local.date()).days
    if days == 0:
        return clock(moment)
    if days == YESTERDAY:
        return pgettext("in a list", "yesterday")
    return date_format(local, "D") if YESTERDAY < days < WEEK else day(moment)


@register.filter
def duration(seconds: float | dt.timedelta) -> str:
    """How long somebody has waited, in one unit: 6 min., 3 h, 2 days."""
    total = int(seconds.total_seconds() if isinstance(seconds, dt.timedelta) else seconds)
    minutes, hours, days = total // 60, total // 3600, total // 86400
    if hours < 1:
        return _("%(n)d min.") % {"n": max(minutes, 1)}
    return _("%(n)d h") % {"n": hours} if days < 2 else _("%(n)d days") % {"n": days}  # noqa: PLR2004 - 47 hours says more than 1 day


@register.filter
def stretch(minutes: int | None) -> str:
    """Minutes of opening hours as a person says them: 45 min., 2 h, 1 h 30 min.; a dash for none."""
    if minutes is None:
        return "–"
    hours, rest = divmod(minutes, 60)
    parts = [_("%(n)d h") % {"n": hours}] if hours else []
    return " ".join([*parts, *([_("%(n)d min.") % {"n": rest}] if rest or not hours else [])])


@register.inclusion_tag("look/field.html")
def field(bound: BoundField, **extra: Any) -> dict[str, Any]:
    """A form field with its label, help and errors, tied together for screen readers. `extra` become attributes of the input."""
    kind = getattr(bound.field.widget, "input_type", "")
    described = [f"{bound.auto_id}-help"] * bool(bound.help_text) + [f"{bound.auto_id}-error"] * bool(bound.errors)
    attributes: dict[str, Any] = {name.replace("_", "-"): value for name, value in extra.items()}
    if kind != "checkbox":
        attributes["class"] = " ".join(filter(None, ["input", bound.field.widget.attrs.get("class", "")]))
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return {"field": bound, "input": bound.as_widget(attrs=attributes), "inline": kind == "checkbox", "hidden": bound.is_hidden}


@register.simple_tag
def same(name: str) -> SafeString:
    """A template that is the same for everybody who reads the same language: no variables. It is rendered once for each language."""
    return _drawn(_same, name, get_language() or "")


@lru_cache(maxsize=64)
def _same(name: str, language: str) -> SafeString:  # noqa: ARG001 - one for each language
    return mark_safe(get_template(name).render())  # noqa: S308 - rendered by the engine


@register.simple_tag
@cache
def keys(shortcut: str) -> SafeString:
    """A shortcut as keys: "g s" gives two, "shift+x" gives ⇧ X, "ctrl+enter" gives Ctrl ↵."""
    names = {"shift": "⇧", "ctrl": "Ctrl", "mod": "Ctrl", "enter": "↵", "escape": "Esc"}
    pressed = [names.get(part, part.upper()) for part in re.split(r"[ +]", shortcut) if part]
    return format_html_join(" ", "<kbd>{}</kbd>", ((part,) for part in pressed))
