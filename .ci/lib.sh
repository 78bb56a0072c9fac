# What several stages need. Sourced by each.
set -euo pipefail

# fail says why the stage fails, and ends it.
fail() {
  echo "stage fails: $*" >&2
  exit 1
}

# note NAME TEXT puts a figure into the table at the end.
note() { echo "$2" >"$CI_TMP/$1.note"; }

# readme_command "first command" prints the code block of README.md that stands
# directly below the line <!-- first command -->. So what is tested is what a
# newcomer reads.
readme_command() {
  local text
  [ -f README.md ] || fail "there is no README.md"
  text=$(awk -v marker="<!-- $1 -->" '
    inside && /^```/ { exit }
    inside           { print; next }
    armed && /^```/  { inside = 1; next }
    armed && NF      { exit }
    index($0, marker) { armed = 1 }
  ' README.md)
  [ -n "$text" ] || fail "README.md has no code block directly below '<!-- $1 -->'"
  echo "$text"
}

# ischia_binary builds ischia once and prints its path.
ischia_binary() {
  local binary=$CI_TMP/bin/ischia
  [ -x "$binary" ] || CGO_ENABLED=0 go build -trimpath -o "$binary" ./cmd/ischia >&2
  echo "$binary"
}

# shows_accuracy FILE: the run ended with a trained model and its accuracy.
shows_accuracy() {
  grep -iE 'accuracy[^0-9]*[01]\.[0-9]+' "$1" || fail "no accuracy was printed"
}

# go_settings prints the caller's Go settings that a fresh HOME would lose.
go_settings() {
  local name
  for name in GOPROXY GOSUMDB GOPRIVATE GONOSUMDB GOFLAGS GOTOOLCHAIN; do
    echo "$name=$(go env $name)"
  done
}

# python_venv DIR makes a virtual environment, and activates it.
python_venv() {
  command -v python3 >/dev/null || fail "python3 is not installed"
  # Debian splits venv from Python; virtualenv does without it.
  if ! python3 -m venv "$1" 2>/dev/null; then
    rm -rf "$1"
    python3 -m pip install -q --target "$CI_TMP/virtualenv" virtualenv==20.35.4 ||
      fail "python3 has neither venv nor pip: install python3-venv"
    PYTHONPATH="$CI_TMP/virtualenv" python3 -m virtualenv -q "$1"
  fi
  . "$1/bin/activate"
  python --version
  python -c "import sys; sys.exit(sys.version_info < (3, 11))" || fail "Python 3.11 or newer is needed"
}
