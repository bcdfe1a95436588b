"""Files from elsewhere, pinned by our own hashes in `vendor.lock.json`.

- `python -m samspil.look.vendor icon paperclip b-mastodon`: add icons to the sprite (`b-` is a brand, from Simple Icons)
- `python -m samspil.look.vendor fetch`: fetch everything anew and build the sprite
- `python -m samspil.look.vendor check`: compare the files with the lock; no network
"""

import base64
import gzip
import hashlib
import io
import json
import os
import re
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOCK = HERE / "vendor.lock.json"
OUT = HERE / "static" / "look"
REGISTRY = os.environ.get("NPM_CONFIG_REGISTRY", "https://registry.npmjs.org").rstrip("/")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "samspil" / "vendor"
BRAND = "b-"
LUCIDE, SIMPLE = "lucide-static", "simple-icons"
INSIDE = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class Mismatch(Exception):
    """A file is not the one the lock names."""


def lock() -> dict[str, Any]:
    """The lock file: packages (version, integrity, licence), files (package, path, hash) and icons."""
    return dict(json.loads(LOCK.read_text()))


def digest(algorithm: str, content: bytes) -> str:
    """A hash as npm and browsers write it: `sha512-<base64>`."""
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


def icon_names() -> frozenset[str]:
    """The icons in the sprite."""
    return frozenset(lock()["icons"])


def package(name: str, entry: dict[str, str]) -> tarfile.TarFile:
    """The tarball of a package, from the cache or the registry. Raises `Mismatch` when its hash is not the lock's."""
    plain = name.rsplit("/", 1)[-1]
    kept = CACHE / f"{name.replace('/', '-')}-{entry['version']}.tgz"
    if kept.exists():
        content = kept.read_bytes()
    else:
        import httpx

        answer = httpx.get(f"{REGISTRY}/{name}/-/{plain}-{entry['version']}.tgz", timeout=120, follow_redirects=True)
        content = answer.raise_for_status().content
    if digest("sha512", content) != entry["integrity"]:
        raise Mismatch(f"{name} {entry['version']} is not the package in the lock")
    CACHE.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(content)
    return tarfile.open(fileobj=io.BytesIO(gzip.decompress(content)))


def member(tar: tarfile.TarFile, path: str) -> bytes:
    """One file of a package. Raises `KeyError` when there is none."""
    found = tar.extractfile(path)
    if found is None:
        raise KeyError(path)
    return found.read()


def symbol(name: str, svg: str) -> str:
    """One icon as a symbol of the sprite. Lucide is drawn with strokes, which `.icon` gives; brands are filled."""
    inside = INSIDE.search(svg)
    if inside is None:
        raise Mismatch(f"{name} is not an SVG")
    shape = re.sub(r"\s+", " ", re.sub(r"<title>.*?</title>", "", inside[1])).replace("> <", "><").replace(" />", "/>").strip()
    paint = ' fill="currentColor" stroke="none"' if name.startswith(BRAND) else ""
    return f'<symbol id="{name}" viewBox="0 0 24 24"{paint}>{shape}</symbol>'


def sprite(names: Iterable[str], packages: dict[str, dict[str, str]]) -> str:
    """All named icons in one SVG. Raises `KeyError` for an icon that its package does not have."""
    wanted = sorted(names)
    tars = {p: package(p, packages[p]) for p in (LUCIDE, SIMPLE)}
    symbols = []
    for name in wanted:
        source, path = (SIMPLE, name.removeprefix(BRAND)) if name.startswith(BRAND) else (LUCIDE, name)
        symbols.append(symbol(name, member(tars[source], f"package/icons/{path}.svg").decode()))
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "\n".join(symbols) + "</svg>\n"


def write_sprite(held: dict[str, Any]) -> None:
    """Build the sprite and note its icons and hash in the lock."""
    from samspil.look.build import compress

    content = sprite(held["icons"], held["packages"]).encode()
    (OUT / "icons.svg").write_bytes(content)
    compress(OUT / "icons.svg")
    held["icons"] = sorted(held["icons"])
    held["sprite"] = digest("sha384", content)
    LOCK.write_text(json.dumps(held, indent=1) + "\n")


def add_icons(names: Iterable[str]) -> None:
    """Add icons to the sprite; those already there are left."""
    held = lock()
    held["icons"] = sorted({*held["icons"], *names})
    write_sprite(held)


def fetch() -> None:
    """Fetch every file of the lock and build the sprite. Raises `Mismatch` before anything is written."""
    held = lock()
    contents = {}
    for name, entry in held["files"].items():
        content = member(package(entry["package"], held["packages"][entry["package"]]), entry["path"])
        if digest("sha384", content) != entry["sri"]:
            raise Mismatch(f"{name} is not the file in the lock")
        contents[name] = content
    for name, content in contents.items():
        (OUT / name).parent.mkdir(parents=True, exist_ok=True)
        (OUT / name).write_bytes(content)
    write_sprite(held)


def check() -> list[str]:
    """The vendored files that differ from the lock."""
    held = lock()
    expected = {name: entry["sri"] for name, entry in held["files"].items()} | {"icons.svg": held["sprite"]}
    return [name for name, sri in expected.items() if digest("sha384", (OUT / name).read_bytes()) != sri]


def main(arguments: list[str]) -> int:
    match arguments:
        case ["icon", *names] if names:
            add_icons(names)
        case ["fetch"]:
            fetch()
        case ["check"]:
            wrong = check()
            sys.stdout.write(f"not as in the lock: {', '.join(wrong)}\n" if wrong else "all as in the lock\n")
            return bool(wrong)
        case _:
            sys.stdout.write(__doc__ or "")
            return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
