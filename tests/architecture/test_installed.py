"""What `bin/up` installs is enough for what it runs: libraries of developers are not there."""

import ast
import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = {"samspil/look/build.py", "samspil/kit/testing.py", "samspil/project/testing.py"}  # run by developers alone
FILES = [p for p in (ROOT / "samspil").rglob("*.py") if "tests" not in p.parts and str(p.relative_to(ROOT)) not in TOOLS]


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def _installed() -> set[str]:
    """The names of everything that the project's own dependencies bring, directly or through others."""
    found: set[str] = set()
    waiting = [_name(r) for r in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]]
    while waiting:
        one = waiting.pop()
        if one not in found:
            try:
                needs = distribution(one).requires or []
            except PackageNotFoundError:  # for another system or another Python
                continue
            found.add(one)
            waiting += [_name(r) for r in needs if "extra ==" not in r]
    return found


def _on_import(tree: ast.AST) -> set[str]:
    """The packages that importing a module imports: not those inside functions."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            found |= _on_import(node)
    return found


@pytest.fixture(scope="module")
def there() -> set[str]:
    installed = _installed()
    return {module for module, owners in packages_distributions().items() if {_name(o) for o in owners} & installed}


def test_every_module_imports_what_is_installed_without_developers_libraries(there):
    missing = {
        str(path.relative_to(ROOT)): lacking
        for path in FILES
        if (lacking := _on_import(ast.parse(path.read_text())) - there - set(sys.stdlib_module_names) - {"samspil"})
    }
    assert missing == {}
    assert "playwright" not in there
