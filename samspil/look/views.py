"""The gallery: every component in its states. Served only in DEBUG."""

import datetime as dt

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

NAV = [
    {
        "key": "work",
        "href": "?section=work",
        "label": "Work",
        "icon": "inbox",
        "count": 6,
        "shortcut": "g w",
        "children": [
            {"key": "mine", "href": "?section=work", "label": "My turn", "count": 6},
            {"key": "help", "href": "?section=work", "label": "Can I help?", "count": 1},
            {"key": "all", "href": "?section=work", "label": "All open"},
        ],
    },
    {"key": "people", "href": "?section=people", "label": "People", "icon": "users", "shortcut": "g p"},
    {"key": "ideas", "href": "?section=ideas", "label": "Ideas", "icon": "lightbulb"},
    {"key": "insight", "href": "?section=insight", "label": "Insight", "icon": "chart-spline"},
    {"key": "learning", "href": "?section=learning", "label": "Learning", "icon": "graduation-cap"},
]
ROWS = [
    (
        "Karoline Vestergaard",
        "The battery runs out of breath",
        "Is it the one you know the problem from?",
        "Battery",
        "mail",
        6,
        74,
        1,
    ),
    (
        "Sofie Damgaard",
        "First ride with two children",
        "May I screw the child seat to the floor, or do I ruin it?",
        "Parts",
        "b-mastodon",
        52,
        46,
        1,
    ),
    (
        "Malthe Nygaard",
        "Wants to give a talk",
        "I speak at the night of culture and would like to show …",
        "Club",
        "b-matrix",
        0,
        81,
        0,
    ),
    (
        "Gert Poulsen",
        "A drawing for the fender",
        "I have drawn a new holder that does not rattle.",
        "Frame",
        "message-circle",
        0,
        77,
        0,
    ),
    (
        "Yusuf Demir",
        "The chain skips in fourth gear",
        "It began after the service. Should I come by?",
        "Gears",
        "b-instagram",
        180,
        61,
        0,
    ),
]


class SampleForm(forms.Form):
    """Fields in all their states."""

    name = forms.CharField(label="Name", help_text="As others see it.")
    email = forms.EmailField(label="E-mail")
    unit = forms.ChoiceField(label="Unit", choices=[("1", "Workshop"), ("2", "Design")])
    text = forms.CharField(label="About you", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agree = forms.BooleanField(label="Show my craft to others", required=False)


def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in its states; `?page=desk` the three panes, `?page=bare` a sign-in card. 404 unless DEBUG."""
    if not settings.DEBUG:
        raise Http404
    page = request.GET.get("page", "components")
    now = timezone.now()
    context = {
        "brand": "Nordlys Cykler",
        "nav": NAV,
        "section": request.GET.get("section", "work"),
        "subsection": "mine",
        "me": {"name": "Jonas Lund", "subtitle": "Motor and battery", "id": "jl", "state": "on"},
        "me_menu": [{"href": "#settings", "label": "Settings", "icon": "settings"}],
        "palette_url": "palette",
        "rows": [
            dict(zip(("name", "title", "text", "chip", "icon", "wait", "strength", "unread"), row, strict=True)) for row in ROWS
        ],
        "now": now,
        "earlier": now - dt.timedelta(days=1, hours=3),
        "form": SampleForm({"name": "", "email": "karoline@", "unit": "1", "agree": "on"}),
        "history": [52, 54, 57, 56, 60, 63, 62, 68, 70, 67, 72, 74],
        "lows": [44, 47, 50, 49, 54, 57, 56, 62, 64, 61, 66, 67],
        "highs": [60, 61, 64, 63, 66, 69, 68, 74, 76, 73, 78, 80],
        "sample": {
            "channels": [
                {"value": "1", "label": "E-mail", "icon": "mail", "selected": True},
                {"value": "2", "label": "Mastodon"},
            ],
            "later": [{"value": "tomorrow", "label": "Tomorrow morning", "note": "8.00"}],
            "coach": [{"kind": "ok", "text": "A private channel"}, {"kind": "tip", "text": "Say when the battery arrives"}],
        },
    }
    templates = {"desk": "look/gallery_desk.html", "bare": "look/gallery_bare.html", "error": "404.html"}
    return render(request, templates.get(page, "look/gallery.html"), context)


def palette(request: HttpRequest) -> HttpResponse:
    """What a palette endpoint answers: groups of links. 404 unless DEBUG."""
    if not settings.DEBUG:
        raise Http404
    query = request.GET.get("q", "").lower()
    entries = [
        {"href": "#", "label": row[0], "note": row[3], "avatar": {"name": row[0], "id": row[0], "kind": "them"}}
        for row in ROWS
        if query and query in f"{row[0]} {row[3]}".lower()
    ]
    return render(request, "look/palette_results.html", {"groups": [{"label": "People", "entries": entries}]})


def suggestions(request: HttpRequest) -> JsonResponse:
    """What a mention endpoint answers. 404 unless DEBUG."""
    if not settings.DEBUG:
        raise Http404
    query = request.GET.get("q", "").lower()
    names = ["Mette Krogh", "Amira Saleh", "Bo Thygesen"]
    return JsonResponse([{"label": name, "note": "Workshop"} for name in names if query in name.lower()], safe=False)
