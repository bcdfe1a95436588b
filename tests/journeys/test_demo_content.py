"""The demo company: every key resolves, time runs forward, nobody real can be reached, routing has enough to learn from."""

import itertools
import re
import tomllib
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

DEMO = Path(__file__).resolve().parents[2] / "demo"
UNITS = {"d": "days", "h": "hours", "m": "minutes"}
NETWORKS = {"mail", "webchat", "mastodon", "matrix", "instagram", "bluesky", "facebook"}
COLOURS = {"fjord", "koral", "blomme", "skov", "rav", "fejl"}
WEEKS = timedelta(weeks=5)
KEYS_OF_ENTRY = {
    "in": {"kind", "channel", "ago", "text"},
    "out": {"kind", "channel", "by", "ago", "text"},
    "note": {"kind", "channel", "by", "ago", "text"},
    "purchase": {"kind", "channel", "ago", "text", "amount", "currency", "number"},
}


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((DEMO / name).read_text(encoding="utf-8"))


ORGANISATION = read("organisation.toml")
COLLEAGUES = {row["key"]: row for row in read("colleagues.toml")["colleague"]}
CONSUMERS = {row["key"]: row for row in read("consumers.toml")["consumer"]}
LABELS = {row["key"]: row for row in read("labels.toml")["label"]}
REPLIES = read("replies.toml")["reply"]
QUESTIONS = read("training.toml")["question"]
COMPETENCES = {row["key"] for row in ORGANISATION["competence"]}
CONVERSATIONS = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((DEMO / "conversations").glob("*.toml"))
}
EACH = pytest.mark.parametrize("name", CONVERSATIONS)


def ago(text: str) -> timedelta:
    """Read "12d 3h 20m" as the time before now; ValueError when it is anything else."""
    if not re.fullmatch(r"(\d+[dhm])( \d+[dhm])*", text):
        raise ValueError(text)
    return timedelta(**{UNITS[part[-1]]: int(part[:-1]) for part in text.split()})


def messages(conversation: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for entry in conversation["entry"] if entry["kind"] in {"in", "out"}]


def duplicates(values: list[str]) -> list[str]:
    return [value for value, times in Counter(value.casefold().strip() for value in values).items() if times > 1]


def test_units_are_one_tree_with_one_triage_unit() -> None:
    units = {row["key"]: row for row in ORGANISATION["unit"]}
    assert len(units) == len(ORGANISATION["unit"]) == 10
    assert [key for key, row in units.items() if row.get("triage")] == ["service"]
    assert [key for key, row in units.items() if "parent" not in row] == ["ledelse"]
    for row in ORGANISATION["unit"]:
        seen = [row["key"]]
        while "parent" in units[seen[-1]]:
            seen.append(units[seen[-1]]["parent"])
            assert len(seen) <= len(units), f"a circle of units: {seen}"
        assert seen[-1] == "ledelse"
    assert {row["unit"] for row in COLLEAGUES.values()} == set(units)


def test_colleagues_are_complete_and_signed_in_by_unique_addresses() -> None:
    assert len(COLLEAGUES) == len(read("colleagues.toml")["colleague"]) == 16
    assert duplicates([row["email"] for row in COLLEAGUES.values()]) == []
    assert [key for key, row in COLLEAGUES.items() if row["role"] == "admin"] == ["mette"]
    for key, row in COLLEAGUES.items():
        given = {"key", "name", "email", "title", "unit", "role", "language", "capacity", "competences"}
        assert given <= set(row) <= given | {"languages", "said", "days"}
        assert set(row.get("said", ())) <= set(row["competences"])
        assert set(row.get("languages", {}).values()) <= {1, 2, 3}
        assert row["email"] == f"{key}@nordlys.example"
        assert row["role"] in {"employee", "lead", "admin"}
        assert row["language"] in {"da", "en"}
        assert row["capacity"] > 0
        assert set(row["competences"]) <= COMPETENCES
        assert set(row["competences"].values()) <= {1, 2, 3, 4, 5}


def test_every_competence_has_somebody_good_and_job_has_only_dorte() -> None:
    assert len(COMPETENCES) == len(ORGANISATION["competence"]) == 15
    for row in ORGANISATION["competence"]:
        assert (
            {"key", "name", "name_en", "description", "words"}
            <= set(row)
            <= {"key", "name", "name_en", "parent", "description", "words"}
        )
        assert len(row["words"]) >= 8
        assert max(one["competences"].get(row["key"], 0) for one in COLLEAGUES.values()) >= 4, row["key"]
    carriers = {one: [key for key, row in COLLEAGUES.items() if one in row["competences"]] for one in COMPETENCES}
    assert {one: keys for one, keys in carriers.items() if len(keys) == 1} == {"job": ["dorte"]}


def test_consumers_have_handles_with_evidence() -> None:
    assert len(CONSUMERS) == len(read("consumers.toml")["consumer"]) == 50
    handles = [handle for row in CONSUMERS.values() for handle in row["handles"]]
    assert duplicates([f"{handle['network']} {handle['address']}" for handle in handles]) == []
    for row in CONSUMERS.values():
        assert set(row) == {"key", "name", "city", "since", "language", "handles"}
        assert row["language"] in {"da", "en", "de", "sv"}
        assert 2015 <= row["since"] <= 2025
        for position, handle in enumerate(row["handles"]):
            assert handle["network"] in NETWORKS
            assert ("joined_by" in handle) is (position > 0), handle["address"]
            if position:
                assert set(handle["joined_by"]) == {"da", "en"}
                assert all(handle["joined_by"].values())


def test_every_consumer_has_written() -> None:
    assert {row["consumer"] for row in CONVERSATIONS.values()} == set(CONSUMERS)


def test_nobody_real_can_be_reached() -> None:
    for row in CONSUMERS.values():
        for handle in row["handles"]:
            if handle["network"] == "webchat":
                assert re.fullmatch(r"besoeg-[0-9a-f]{8}", handle["address"])
            else:
                assert handle["address"].endswith(".example"), handle["address"]
    for path in DEMO.rglob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert "http" not in text, path
        hosts = re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", text)
        assert [host for host in hosts if not host.endswith(".example")] == [], path
        phones = re.findall(r"(?<![\d-])(?:\+45 ?)?\d{2} \d{2} \d{2} \d{2}(?!\d)|\+\d[\d ]{7,}", text)
        assert [phone for phone in phones if not phone.startswith("+45 00 00 ")] == [], path


@EACH
def test_conversation_resolves(name: str) -> None:
    row = CONVERSATIONS[name]
    snoozed = {"snoozed_days"} if row["status"] == "snoozed" else set()
    assert set(row) == {"subject", "consumer", "competence", "assignee", "status", "labels", "entry"} | snoozed | (
        {"aside"} & set(row)
    )
    assert row["competence"] in COMPETENCES
    assert set(row["labels"]) <= set(LABELS)
    networks = {handle["network"] for handle in CONSUMERS[row["consumer"]]["handles"]}
    if row["assignee"]:
        assert row["competence"] in COLLEAGUES[row["assignee"]]["competences"]
    for entry in row["entry"]:
        assert set(entry) - {"attachments"} == KEYS_OF_ENTRY[entry["kind"]]
        assert entry["text"].strip() == entry["text"] != ""
        if entry["kind"] in {"out", "note"}:
            assert entry["by"] in COLLEAGUES
        if entry["kind"] in {"in", "out"}:
            assert entry["channel"] in networks
        else:
            assert entry["channel"] == {"note": "internal", "purchase": "shop"}[entry["kind"]]
        if entry["kind"] == "note":
            assert set(re.findall(r"@(\w+)", entry["text"])) <= set(COLLEAGUES)
        for attachment in entry.get("attachments", []):
            assert set(attachment) == {"name", "content_type", "size"}
            assert attachment["size"] > 0


@EACH
def test_asides_resolve_and_come_after_what_they_ask_about(name: str) -> None:
    row = CONVERSATIONS[name]
    for asked in row.get("aside", []):
        assert set(asked) - {"people", "competences", "said"} == {"by", "ago", "text"}
        assert {asked["by"], *asked.get("people", [])} <= set(COLLEAGUES)
        assert set(asked.get("competences", [])) <= COMPETENCES
        assert asked.get("people") or asked.get("competences")
        assert ago(asked["ago"]) < ago(row["entry"][0]["ago"])
        for said in asked.get("said", []):
            assert set(said) == {"by", "ago", "text"}
            assert said["by"] in COLLEAGUES
            assert ago(said["ago"]) < ago(asked["ago"])


def test_the_demo_shows_an_aside_that_was_answered_and_one_that_waits() -> None:
    asides = [asked for row in CONVERSATIONS.values() for asked in row.get("aside", [])]
    assert sorted(len(asked.get("said", [])) for asked in asides) == [0, 1]


@EACH
def test_conversation_runs_forward_in_time_and_ends_as_its_status_says(name: str) -> None:
    row = CONVERSATIONS[name]
    times = [ago(entry["ago"]) for entry in row["entry"]]
    assert all(earlier > later for earlier, later in itertools.pairwise(times)), [entry["ago"] for entry in row["entry"]]
    spoken = messages(row)
    assert spoken[0]["kind"] == "in"
    assert ago(spoken[0]["ago"]) <= WEEKS
    kinds = {entry["kind"] for entry in spoken}
    if row["status"] == "open":
        assert spoken[-1]["kind"] == "in"
        assert timedelta(minutes=5) <= ago(spoken[-1]["ago"]) <= timedelta(days=3)
    elif row["status"] == "snoozed":
        assert spoken[-1]["kind"] == "out"
        assert 1 <= row["snoozed_days"] <= 14
    else:
        assert row["status"] == "done"
        assert kinds == {"in", "out"}
        assert ago(spoken[-1]["ago"]) > timedelta(days=5)


def test_the_desk_has_work_and_history() -> None:
    assert Counter(row["status"] for row in CONVERSATIONS.values()) == {"open": 25, "snoozed": 5, "done": 47}
    free = [name for name, row in CONVERSATIONS.items() if not row["assignee"]]
    assert len(free) == 3
    assert all(CONVERSATIONS[name]["status"] == "open" for name in free)
    notes = [entry for row in CONVERSATIONS.values() for entry in row["entry"] if entry["kind"] == "note"]
    assert sum("@" in entry["text"] for entry in notes) >= 15
    assert {label for row in CONVERSATIONS.values() for label in row["labels"]} == set(LABELS)


def test_most_is_mail_and_web_chat_and_a_dozen_cross_channels() -> None:
    channels = Counter(entry["channel"] for row in CONVERSATIONS.values() for entry in messages(row))
    assert set(channels) == NETWORKS
    assert (channels["mail"] + channels["webchat"]) / channels.total() >= 0.6
    crossing = [
        name
        for name, row in CONVERSATIONS.items()
        if len({entry["channel"] for entry in messages(row) if entry["kind"] == "in"}) > 1
    ]
    assert len(crossing) >= 12


def test_routing_has_enough_to_learn_from() -> None:
    heard: Counter[str] = Counter()
    for row in CONVERSATIONS.values():
        kinds = [entry["kind"] for entry in messages(row)]
        if "out" in kinds:
            heard[row["competence"]] += kinds.count("in")
    assert {one: heard[one] for one in COMPETENCES if heard[one] < 4} == {}
    asked = Counter((row["competence"], row["language"]) for row in QUESTIONS)
    assert set(asked) == {(one, language) for one in COMPETENCES for language in ("da", "en")}
    assert all(25 <= asked[one, "da"] <= 40 for one in COMPETENCES)
    assert all(asked[one, "en"] == 8 for one in COMPETENCES)
    assert all(set(row) == {"competence", "language", "text"} for row in QUESTIONS)


def test_no_text_is_said_twice() -> None:
    said = [entry["text"] for row in CONVERSATIONS.values() for entry in row["entry"]]
    assert duplicates(said + [row["text"] for row in QUESTIONS]) == []
    assert duplicates([row["subject"] for row in CONVERSATIONS.values()]) == []


def test_replies_and_labels() -> None:
    assert len({row["key"] for row in REPLIES}) == len(REPLIES) == 12
    assert all(set(row) == {"key", "name", "da", "en"} and row["da"] != row["en"] for row in REPLIES)
    assert len(read("labels.toml")["label"]) == 6
    assert {row["colour"] for row in LABELS.values()} == COLOURS
    assert all(set(row) == {"key", "name", "name_en", "colour"} for row in LABELS.values())
