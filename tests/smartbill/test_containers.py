"""What can be known of image and compose file without an engine: what they name exists, and secrets stay out."""

from __future__ import annotations

import re
import shlex
from datetime import timedelta
from fnmatch import fnmatch
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from django.urls import resolve
from django.utils.module_loading import import_string

from smartbill.supervisor import Patience, read_procfile
from tests.architecture.sources import FLOORS, PROJECT

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "smartbill"}
DOCKERFILE = re.sub(r"\\\n\s*", "", (PROJECT / "Dockerfile").read_text())
NOT_OURS = ("PYTHON", "PIP_")  # variables of the interpreter and of pip


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name}\s+(.+)$", DOCKERFILE, re.MULTILINE)


def known_settings() -> set[str]:
    explained = set(re.findall(r"^# ?([A-Z][A-Z0-9_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    return explained | {f"{name}_FILE" for name in settings.SECRETS}


def copied() -> list[str]:
    return [source for line in instructions("COPY") for source in line.split()[:-1]]


def is_ignored(path: str) -> bool:
    """Whether .dockerignore keeps a path out: the last rule that fits it, or a folder above it, decides."""
    ignored = False
    parts = path.split("/")
    ancestors = ["/".join(parts[: length + 1]) for length in range(len(parts))]
    for line in (PROJECT / ".dockerignore").read_text().splitlines():
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        pattern = rule.lstrip("!")
        names = [one.rsplit("/", 1)[-1] for one in ancestors] if pattern.startswith("**/") else ancestors
        if any(fnmatch(name, pattern.removeprefix("**/")) for name in names):
            ignored = not rule.startswith("!")
    return ignored


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name: str) -> None:
    program, *arguments = OURS[name]["command"]
    if program == "gunicorn":
        assert (PROJECT / arguments[arguments.index("--config") + 1]).is_file()
        assert callable(import_string(f"{arguments[-1]}.application"))
    else:
        assert (program, arguments[0]) == ("python", "manage.py")
        assert arguments[1] in get_commands()


def test_the_same_processes_run_under_the_supervisor_and_in_containers() -> None:
    lines = read_procfile((PROJECT / "Procfile").read_text(), {"SANDBOX_PORT": "1", "DATA_DIR": "x"})
    procfile = {command.name: list(command.argv) for command in lines if command.name != "sandbox"}
    assert {name: OURS[name]["command"] for name in procfile} == procfile


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_known_setting(name: str) -> None:
    assert set(OURS[name]["environment"]) - known_settings() == set()


def test_the_image_sets_known_variables() -> None:
    given = {word.split("=")[0] for line in instructions("ENV") for word in shlex.split(line)}
    assert "PRODUCTION" in given
    assert {name for name in given if not name.startswith(NOT_OURS)} - known_settings() == set()


def test_secrets_come_from_files_that_are_declared() -> None:
    assert {f"{name}_FILE" for name in settings.SECRETS} <= set(OURS["web"]["environment"])
    for name, service in COMPOSE["services"].items():
        for variable, value in service["environment"].items():
            if re.search(r"SECRET|PASSWORD|PEPPER|KEYS|TOKEN|_URL_FILE", variable):
                assert variable.endswith("_FILE"), (name, variable)
                assert value.removeprefix("/run/secrets/") in service["secrets"], (name, variable)
        assert set(service["secrets"]) <= set(COMPOSE["secrets"])
    ignored = (PROJECT / ".gitignore").read_text().splitlines()
    assert "secrets/" in ignored
    assert all(secret["file"].startswith("./secrets/") for secret in COMPOSE["secrets"].values())


def test_what_is_copied_exists_and_is_all_that_is_needed() -> None:
    assert [path for path in copied() if not (PROJECT / path).exists()] == []
    assert {*FLOORS, "manage.py", "gunicorn.conf.py", "locale", "static", "templates"} <= set(copied())
    assert [path for path in copied() if is_ignored(path)] == []
    assert not is_ignored("smartbill/settings.py")


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.local",
        "smartbill/.env",
        "var/secrets/secret_key",
        "secrets/vault_keys",
        "documents/secrets/x",
        ".git/config",
        ".venv/bin/python",
        "tests/conftest.py",
        "smartbill/__pycache__/settings.cpython-311.pyc",
    ],
)
def test_data_and_secrets_are_kept_out_of_the_image(path: str) -> None:
    assert is_ignored(path)


def test_nobody_in_the_image_is_root_and_nothing_is_compiled() -> None:
    assert instructions("USER") == ["smartbill"]
    assert DOCKERFILE.index("\nUSER") < DOCKERFILE.index("\nCMD")
    assert not re.search(r"\b(gcc|g\+\+|build-essential|python3-dev|libpq-dev)\b", DOCKERFILE)
    assert "--only-binary :all:" in DOCKERFILE


def test_the_client_programs_are_not_older_than_the_server() -> None:
    """Debian 12 carries PostgreSQL 15: a newer server would need newer programs for a backup."""
    assert instructions("FROM") == ["python:3.11-slim-bookworm"]
    assert COMPOSE["services"]["postgres"]["image"] == "postgres:15-bookworm"


def test_the_health_check_asks_what_is_there() -> None:
    (check,) = instructions("HEALTHCHECK")
    path = re.search(r"http://127\.0\.0\.1:8000(/\w+)", check)
    assert path is not None
    assert resolve(path[1]).view_name == "health"
    assert [name for name in OURS if "healthcheck" not in OURS[name]] == ["web"]
    assert "127.0.0.1" in settings.ALLOWED_HOSTS
    assert re.match(settings.SECURE_REDIRECT_EXEMPT[0], path[1].lstrip("/"))


def test_there_is_time_for_the_grace_before_a_process_is_killed() -> None:
    for service in OURS.values():
        allowed = timedelta(seconds=int(service["stop_grace_period"].removesuffix("s")))
        assert settings.GRACE < Patience().stopping < allowed
