"""Logs stay small while the parts go on writing, and are shown together or one by one."""

import os
from itertools import islice
from pathlib import Path

import pytest

from deploy.local import logs
from deploy.local.problems import Problem


def test_a_grown_log_is_moved_aside_under_its_open_writer(tmp_path: Path) -> None:
    log = tmp_path / "nats.log"
    writer = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(writer, b"x" * 100)
    logs.keep_small(tmp_path, largest=50)
    os.write(writer, b"after\n")
    os.close(writer)
    assert (tmp_path / "nats.log.1").read_bytes() == b"x" * 100
    assert log.read_bytes() == b"after\n"


def test_one_part_or_all(tmp_path: Path) -> None:
    (tmp_path / "jaap.log").write_text("one\ntwo\n")
    (tmp_path / "nats.log").write_text("three\n")
    assert list(logs.read(tmp_path, "jaap", follow=False)) == ["one", "two"]
    assert list(logs.read(tmp_path, None, follow=False)) == ["jaap │ one", "jaap │ two", "nats │ three"]


def test_following_goes_on_with_what_is_written(tmp_path: Path) -> None:
    log = tmp_path / "jaap.log"
    log.write_text("before\n")
    lines = logs.read(tmp_path, "jaap", follow=True)
    assert next(lines) == "before"
    with log.open("a") as writer:
        writer.write("after\nlater\n")
    assert list(islice(lines, 2)) == ["after", "later"]


def test_an_unknown_part_is_told_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "jaap.log").touch()
    with pytest.raises(Problem, match="There are: jaap"):
        list(logs.read(tmp_path, "jap", follow=False))
