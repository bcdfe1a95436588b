"""Settings come from the environment and nothing else."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from samspil.project.keep import kept_secret
from samspil.project.settings import Settings, WrongSetting, settings


def test_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATA_DIR", "DATABASE_URL", "SECRET_KEY"):
        monkeypatch.delenv(f"SAMSPIL_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    found = Settings()
    assert found.data_dir == tmp_path / ".samspil"
    assert (found.host, found.port, found.live_port, found.public_url) == ("127.0.0.1", 8000, 8001, "http://localhost:8000")
    assert (found.language, found.time_zone, found.debug, found.database_url) == ("da", "Europe/Copenhagen", False, None)
    assert found.hosts == ["localhost", "127.0.0.1", "[::1]"]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("localhost:9000", "http://localhost:9001"),
        ("desk.example.dk", "http://desk.example.dk:9001"),
        ("[::1]:9000", "http://[::1]:9001"),
        ("", "http://localhost:9001"),
    ],
)
def test_live_address_is_the_pages_own_host(monkeypatch: pytest.MonkeyPatch, host: str, address: str) -> None:
    monkeypatch.setenv("SAMSPIL_PORT", "9000")
    assert Settings().live_address(host) == address


def test_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = {
        "ALLOWED_HOSTS": "a.dk, b.dk",
        "PUBLIC_URL": "https://desk.dk/",
        "LIVE_URL": "https://live.dk/",
        "LIVE_PORT": "7000",
    }
    values |= {"DATA_DIR": str(tmp_path), "DATABASE_URL": "postgresql://u:p@h/d", "MAX_MAIL_BYTES": "2000"}
    for name, value in values.items():
        monkeypatch.setenv(f"SAMSPIL_{name}", value)
    found = Settings()
    assert found.hosts == ["localhost", "127.0.0.1", "[::1]", "desk.dk", "a.dk", "b.dk"]
    assert (found.public_url, found.live_address("x:1"), found.live_port, found.secure) == (
        "https://desk.dk",
        "https://live.dk",
        7000,
        True,
    )
    assert found.database_dsn() == "postgresql://u:p@h/d"
    assert found.database_parameters() == {"user": "u", "password": "p", "host": "h", "dbname": "d"}


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "70000"), ("LANGUAGE", "xx"), ("MAX_MAIL_BYTES", "1"), ("PORT", "a"), ("WEB_THREADS", "0")]
)
def test_wrong_values_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SAMSPIL_{name}", value)
    with pytest.raises((ValidationError, ValueError)):
        Settings()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMSPIL_SECRET_KEY", "hush-key")
    monkeypatch.setenv("SAMSPIL_DATABASE_URL", "postgresql://u:hush-pw@h/d")
    assert "hush" not in repr(Settings())
    assert "hush" not in str(Settings())


def test_key_is_made_once_and_private(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: kept_secret(tmp_path / "deep" / "secret_key"), range(40)))
    assert len(found) == 1
    assert len(found.pop()) >= 50
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["secret_key"]
    assert stat.S_IMODE((tmp_path / "deep" / "secret_key").stat().st_mode) == 0o600


def test_settings_fill_in_the_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SAMSPIL_SECRET_KEY", raising=False)
    monkeypatch.setenv("SAMSPIL_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    try:
        assert settings().secret_key == (tmp_path / "secret_key").read_text()
    finally:
        settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "abc", "SAMSPIL_PORT: Input should be a valid integer"),
        ("LIVE_PORT", "x", "SAMSPIL_LIVE_PORT: Input should be a valid integer"),
        ("LANGUAGE", "xx", "SAMSPIL_LANGUAGE: Input should be 'da' or 'en'"),
        ("DATABASE_URL", "hush", "SAMSPIL_DATABASE_URL: is no address of a database"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    monkeypatch.setenv(f"SAMSPIL_{name}", value)
    settings.cache_clear()
    try:
        with pytest.raises(WrongSetting) as told:
            settings()
    finally:
        settings.cache_clear()
    assert str(told.value).startswith(words)
    assert "hush" not in str(told.value)


def test_a_data_folder_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SAMSPIL_SECRET_KEY", raising=False)
    (tmp_path / "file").touch()
    monkeypatch.setenv("SAMSPIL_DATA_DIR", str(tmp_path / "file"))
    settings.cache_clear()
    try:
        with pytest.raises(WrongSetting, match=r"SAMSPIL_DATA_DIR: .*file cannot be used: "):
            settings()
    finally:
        settings.cache_clear()
