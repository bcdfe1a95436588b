"""Learning anew from the settings: asked for once, by administrators, and shown how far it is."""

import pytest
from django.urls import reverse

from samspil.identity.models import Weights
from samspil.screens.matching.tests.conftest import signed_in

pytestmark = pytest.mark.django_db


def test_who_asks_twice_waits_for_one_run_and_sees_how_far_it_is(mette):
    admin = signed_in(mette)
    for _ in range(2):
        answer = admin.post(reverse("identity_learn"))
        assert answer.url == reverse("identity_settings") + "#h-weights"
    row = Weights.objects.get()
    assert row.report == {"stage": "asked"}
    page = admin.get(reverse("identity_settings")).content.decode()
    assert "Waits for the worker" in page
    assert reverse("identity_learn") not in page
    Weights.objects.update(report={"stage": "reading", "done": 20_000})
    assert "20,000 handles" in admin.get(reverse("identity_learning")).content.decode()
    Weights.objects.update(report={"stage": "done"}, weights={"version": 1})
    done = admin.get(reverse("identity_learning")).content.decode()
    assert "every 2s" not in done
    assert "in use" in done


def test_only_administrators(jonas):
    his = signed_in(jonas)
    assert his.post(reverse("identity_learn")).status_code == 403
    assert his.get(reverse("identity_learning")).status_code == 403
    assert Weights.objects.count() == 0
