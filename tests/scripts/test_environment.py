"""scripts/environment.sh finds a Python that really runs, and notices an environment that is not whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIM = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A place that looks like a fresh clone to the scripts."""
    place = tmp_path / "clone"
    (place / "scripts").mkdir(parents=True)
    for name in ("environment.sh", "serve"):
        shutil.copy(ROOT / "scripts" / name, place / "scripts" / name)
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


KEPT = {name: value for name, value in os.environ.items() if name != "ONEAPI_PYTHON"}


def bash(clone: Path, command: str, **more: str) -> subprocess.CompletedProcess[str]:
    script = f". {clone}/scripts/environment.sh; {command}"
    return subprocess.run(["bash", "-c", script], env={**KEPT, **more}, capture_output=True, text=True, check=False)


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def tools(folder: Path) -> None:
    """The few programs that the script needs, and no Python."""
    folder.mkdir()
    for name in ("dirname", "bash", "sed", "cat", "cksum"):
        (folder / name).symlink_to(str(shutil.which(name)))


def test_a_name_that_does_not_run_is_no_python(clone: Path, tmp_path: Path) -> None:
    shims = tmp_path / "shims"
    for name in ("python3.14", "python3.13", "python3.12"):
        program(shims, name, SHIM)
    program(shims, "python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    assert bash(clone, "find_python", PATH=f"{shims}:{os.environ['PATH']}").stdout == "python3\n"


def test_the_newest_python_is_taken_first(clone: Path, tmp_path: Path) -> None:
    for name in ("python3.13", "python3.12", "python3"):
        program(tmp_path / "bin", name, f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    found = bash(clone, "usable python3.14 || find_python", PATH=path)
    assert found.stdout in ("python3.13\n", "")


def test_no_python_at_all_says_what_to_do(clone: Path, tmp_path: Path) -> None:
    tools(tmp_path / "bin")
    done = bash(clone, "find_python", PATH=str(tmp_path / "bin"))
    assert done.returncode == 1
    assert "no Python of 3.11 or newer found" in done.stderr
    assert "ONEAPI_PYTHON=" in done.stderr


def test_a_python_without_venv_says_which_package_is_missing(clone: Path, tmp_path: Path) -> None:
    tools(tmp_path / "bin")
    program(tmp_path / "bin", "python3", '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\nexit 0\n')
    done = bash(clone, "find_python", PATH=str(tmp_path / "bin"))
    assert "apt-get install python3-venv" in done.stderr


def test_a_named_python_that_is_none_is_refused(clone: Path) -> None:
    done = bash(clone, "find_python", ONEAPI_PYTHON="/nonexistent/python")
    assert done.returncode == 1
    assert "is not a Python of 3.11 or newer" in done.stderr


def test_an_environment_is_sound_only_when_it_is_whole_and_here(clone: Path) -> None:
    venv = clone / ".venv"
    assert bash(clone, "sound").returncode == 1
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    assert bash(clone, "sound").returncode == 1
    (venv / ".oneapi-python").write_text(f"python3\n{clone}\n")
    assert bash(clone, "sound").returncode == 0
    assert bash(clone, "sound", ONEAPI_PYTHON="python3.13").returncode == 1
    (venv / ".oneapi-unfinished").touch()
    assert bash(clone, "sound").returncode == 1
    (venv / ".oneapi-unfinished").unlink()
    (venv / ".oneapi-python").write_text("python3\n/somewhere/else\n")
    assert bash(clone, "sound").returncode == 1


def test_a_changed_pyproject_is_noticed(clone: Path) -> None:
    (clone / ".venv").mkdir()
    assert bash(clone, 'stamp >"$VENV/.oneapi-run"; has run').returncode == 0
    with (clone / "pyproject.toml").open("a") as text:
        text.write("\n# a new dependency\n")
    assert bash(clone, "has run").returncode == 1


def test_a_failing_pip_is_quoted_and_the_rest_is_made_anew(clone: Path) -> None:
    """Without an index pip finds nothing at once; what is left of the environment is not taken for one."""
    offline = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": "",
        "PIP_CONFIG_FILE": os.devnull,
        "ONEAPI_PYTHON": sys.executable,
    }
    done = bash(clone, "ensure_environment run", **offline)
    assert done.returncode == 1
    assert "No matching distribution" in done.stderr
    assert "Is the network there?" in done.stderr
    assert bash(clone, "sound").returncode == 1
    again = bash(clone, "ensure_environment run", **offline)
    assert "making it anew" in again.stderr


def test_a_ready_environment_starts_without_looking_for_anything(clone: Path) -> None:
    venv = clone / ".venv"
    program_folder = venv / "bin"
    program_folder.mkdir(parents=True)
    program(program_folder, "python", SHIM)
    program(program_folder, "oneapi", '#!/bin/sh\necho "started with $*"\n')
    (venv / ".oneapi-python").write_text(f"python3\n{clone}\n")
    bash(clone, 'stamp >"$VENV/.oneapi-run"')
    command = [str(clone / "scripts" / "serve"), "--port", "1"]
    started = subprocess.run(command, env=KEPT, capture_output=True, text=True, check=True)
    assert started.stdout == "started with --port 1\n"
