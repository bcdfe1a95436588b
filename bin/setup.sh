# Read by the other scripts here: setup [--no-dev] brings uv and every dependency. Needs Python >= 3.11 with pip, nothing else.

ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$ROOT"
UV_VERSION=0.13.9

find_python() {
    for name in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
            PYTHON=$("$name" -c 'import sys; print(sys.executable)')
            return
        fi
    done
    echo "Samspil needs Python 3.11 to 3.14; here is $(python3 --version 2>/dev/null || echo no python3)." >&2
    echo "Install one (Debian and Ubuntu: apt install python3 python3-pip), or name it: PYTHON=/path/to/python3.12 $0" >&2
    exit 1
}

setup() {
    find_python
    if ! [ -x .uv/bin/uv ] || [ "$(.uv/bin/uv --version 2>/dev/null | cut -d ' ' -f 2)" != "$UV_VERSION" ]; then
        if ! "$PYTHON" -m pip --version >/dev/null 2>&1; then
            echo "$PYTHON has no pip. Install it (Debian and Ubuntu: apt install python3-pip)." >&2
            exit 1
        fi
        echo "Fetching uv $UV_VERSION ..." >&2
        # Into a folder of ours: allowed where the system's Python is managed by the system, and needs no venv module.
        rm -rf .uv
        "$PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps --root-user-action=ignore --target .uv "uv==$UV_VERSION" >&2
    fi
    unset VIRTUAL_ENV
    # The machine's own certificates, where it has any: an organisation's network may have a certificate of its own.
    if [ -z "${UV_SYSTEM_CERTS:-}" ] && { [ "$(uname)" = Darwin ] || [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ]; }; then
        export UV_SYSTEM_CERTS=true
    fi
    [ -d .venv ] || echo "Installing Samspil's libraries (about a minute the first time) ..." >&2
    # --inexact: bin/up does not remove what bin/test has installed.
    .uv/bin/uv sync --quiet --frozen --inexact --no-python-downloads --python "$PYTHON" "$@"
    export PATH="$ROOT/.venv/bin:$PATH"
}
