"""The yearly cycle from end to end, through the gateway, as the demo plays it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.local.installation import ROOT
from deploy.local.stack import Stack


def simulate(stack: Stack, *arguments: str, token: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulate", "battambang", "--base-url", stack.base_url, *arguments]
    environment = os.environ | {"ISAF_OPERATOR_TOKEN": token}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=900)


def test_a_year_in_battambang_ends_with_its_books_in_order(stack: Stack, token: str, tmp_path: Path) -> None:
    report_file = tmp_path / "report.json"
    played = simulate(stack, "--seed", "7", "--report", str(report_file), token=token)
    assert played.returncode == 0, played.stdout + played.stderr
    report: dict[str, Any] = json.loads(report_file.read_text())
    assert [check["name"] for check in report["checks"] if not check["ok"]] == []
    assert len(report["checks"]) >= 16
    districts = report["districts"]
    assert [district["name_en"] for district in districts][:2] == ["Battambang", "Banan"]
    assert len(districts) == 7
    assert sum(district["respondents"] for district in districts) == 367
    assert sum(district["women"] for district in districts) == 209
    assert sum(district["ballots"] for district in districts) == 3 * 367
    done = sum(district["done"] for district in districts)
    assert done / sum(district["actions"] for district in districts) == pytest.approx(0.78, abs=0.06)
    assert report["webhooks"]["events"] > 300
    assert "All books are in order." in played.stdout
    assert "Traceback" not in played.stdout + played.stderr
    assert "\x1b[" not in played.stdout


def test_played_again_it_is_the_next_year(stack: Stack, token: str, tmp_path: Path) -> None:
    small = ("--seed", "7", "--districts", "1", "--communes-per-district", "1", "--report")
    years = []
    for number in (1, 2):
        report_file = tmp_path / f"{number}.json"
        played = simulate(stack, *small, str(report_file), token=token)
        assert played.returncode == 0, played.stdout + played.stderr
        years.append(json.loads(report_file.read_text())["year"])
    assert years[1] == years[0] + 1


def test_without_an_operator_it_says_what_is_missing(stack: Stack) -> None:
    nobody = simulate(stack, token="")
    assert nobody.returncode == 2
    assert "Who administers?" in nobody.stdout
    stranger = simulate(stack, token="x.y.z")
    assert stranger.returncode == 2
    assert "invalid_token" in stranger.stdout
    assert "Traceback" not in stranger.stdout + stranger.stderr
