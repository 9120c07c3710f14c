"""Static files are collected when the storage asks for it and when they changed, never otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import get_finder

from smartbill.static_files import collect_if_stale

MANIFEST = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"


@pytest.fixture
def places(tmp_path: Path, settings: Any) -> Iterator[tuple[Path, Path]]:
    """Where the files are and where they are collected; only ours, for the API's page is large."""
    source, root = tmp_path / "source", tmp_path / "collected"
    source.mkdir()
    (source / "app.css").write_text("a { color: teal }")
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = root
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": MANIFEST}}
    get_finder.cache_clear()
    yield source, root
    get_finder.cache_clear()


def test_files_are_collected_once(places: tuple[Path, Path]) -> None:
    said: list[str] = []

    assert collect_if_stale(said.append) is True
    assert collect_if_stale(said.append) is False

    assert len(said) == 1
    assert (places[1] / "staticfiles.json").exists()


def test_files_are_collected_again_when_one_changed(places: tuple[Path, Path]) -> None:
    source, root = places
    collect_if_stale(str)

    (source / "app.css").write_text("a { color: black }")

    assert collect_if_stale(str) is True
    assert "black" in (root / "app.css").read_text()


def test_a_storage_without_a_manifest_needs_nothing(places: tuple[Path, Path], settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }

    assert collect_if_stale(str) is False
    assert not places[1].exists()
