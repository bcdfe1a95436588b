"""The signature by the standard's own example, lengths as X counts them, and prices on both sides of each day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from samspil.channels.x_com.length import has_link, weighted
from samspil.channels.x_com.meter import Meter, budget, price, prices, seconds_of_month, spent_words
from samspil.channels.x_com.oauth import Keys, base_string, escaped, header, signature
from samspil.kit import Account


def test_the_base_string_of_rfc_5849():
    """Section 3.4.1.1, with the parameters of 3.4.1.3.1."""
    url = "http://EXAMPLE.com:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b"
    ours = [
        ("oauth_consumer_key", "9djdj82h48djs9d2"), ("oauth_token", "kkk9d7dh3k39sjv7"), ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131201"), ("oauth_nonce", "7d8f3e4a"), ("c2", ""), ("a3", "2 q"),
    ]  # fmt: skip
    assert base_string("post", url, ours) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26"
        "oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26"
        "oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


def test_the_signature_of_rfc_5849():
    """The request for a photo in section 1.2."""
    keys = Keys(
        consumer="dpf43f3p2l4k3l03", consumer_secret="kd94hf93k423kf44", token="nnch734d00sl2jdk", token_secret="pfkkdhi9sl3r4s00"
    )
    ours = [
        ("oauth_consumer_key", keys.consumer), ("oauth_token", keys.token), ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131202"), ("oauth_nonce", "chapoH"),
    ]  # fmt: skip
    base = base_string("GET", "http://photos.example.net/photos?file=vacation.jpg&size=original", ours)
    assert signature(base, keys) == "MdpQcU8iPSUjWoN/UDMsK2sui9I="


def test_the_header_of_x_own_example():
    """The signature in X's guide "Creating a signature", whose body is a form there."""
    keys = Keys(
        consumer="xvz1evFS4wEEPTGEFPHBog", consumer_secret="kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
        token="370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", token_secret="LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
    )  # fmt: skip
    query = {"status": "Hello Ladies + Gentlemen, a signed OAuth request!", "include_entities": "true"}
    made = header(
        "POST", "https://api.twitter.com/1.1/statuses/update.json", query, keys,
        nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg", at=1318622958,
    )  # fmt: skip
    assert f'oauth_signature="{escaped("hCtSmYh+iHYCEqBWrE7C7hYmtUk=")}"' in made
    assert "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw" not in repr(keys)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Hej", 3), ("æøå", 3), ("e\u0301", 1), ("字", 2), ("한국", 4), ("😀", 2), ("👩‍👩‍👧‍👦", 2), ("👍🏽", 2), ("🇩🇰", 2), ("1️⃣", 2),
        ("https://a.example/" + "x" * 500, 23), ("Se https://a.example/b og hej", 33), ("nordlys.dk", 23), ("hej.Jeg", 7), ("@a.b", 4),
        ("\u10ff", 1), ("\u1100", 2), ("\u2010", 1), ("\u2026", 2),
    ],
)  # fmt: skip
def test_a_post_is_as_long_as_x_counts(text, length):
    assert weighted(text) == length


def test_what_x_sees_as_a_link():
    assert has_link("Se https://a.example")
    assert has_link("Se nordlys.dk/cykler")
    assert not has_link("Skriv til os. Vi svarer")


@pytest.mark.parametrize(
    ("name", "day", "before", "after"),
    [
        ("own_post_read", date(2026, 4, 20), 5, 1),
        ("write_with_link", date(2026, 4, 20), 15, 200),
        ("write", date(2026, 2, 6), 15, 15),
    ],
)
def test_a_price_holds_from_its_day(name, day, before, after):
    assert price(name, day - timedelta(days=1)) == before
    assert price(name, day) == after


def test_every_price_has_a_day_and_a_source():
    reads = {"post_read", "own_post_read", "user_read", "message_read", "media_read"}
    assert reads | {"write", "write_with_link", "like", "unlike", "delete"} == set(prices())
    assert all(value > 0 for rows in prices().values() for _, value in rows)


def test_the_meter_turns_with_the_month_and_counts_a_thing_once_a_day():
    last, first = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    meter = Meter.of(None, last)
    meter.read("user_read", ["5", "6"], last)
    meter.read("user_read", ["5"], last)
    meter.add("write", 2, last)
    assert (meter.month, meter.mills) == ("2026-11", 50)
    again = Meter.of(meter.to_json(), last)
    assert again == meter
    again.read("user_read", ["5"], first)
    assert (again.month, again.mills) == ("2026-12", 10)
    day = datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC)
    other = Meter.of(None, day)
    other.read("post_read", ["1"], day)
    other.read("post_read", ["1"], day + timedelta(seconds=1))
    assert other.mills == 10


def test_the_month_ends_when_it_ends():
    assert seconds_of_month(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)) == 1
    assert seconds_of_month(datetime(2026, 11, 1, tzinfo=UTC)) == 30 * 86400
    assert "on 2027-01-01" in spent_words(Meter(month="2026-12", mills=5), 5, datetime(2026, 12, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    ("said", "mills"),
    [(None, 0), ("", 0), (5, 5000), ("2.5", 2500), (-1, 0), ("mange", 0), ([], 0), (float("nan"), 0), (float("inf"), 0)],
)
def test_a_budget_is_a_number_or_nothing(said, mills):
    assert budget(Account(id="a", name="X", config={"budget": said}, key=bytes(32))) == mills


@pytest.mark.parametrize("kept", [None, 5, [], {"mills": "x", "paid": 5}, {"month": [], "day": {}}])
def test_a_meter_that_is_none_begins_at_zero(kept):
    assert Meter.of(kept, datetime(2026, 11, 1, tzinfo=UTC)).mills == 0
