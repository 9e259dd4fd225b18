"""PostgreSQL's data directory: interrupted, foreign, left running, out of reach."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local.account import SETTING, Account, choose_account
from deploy.local.cluster import Cluster, locate
from deploy.local.postgres import Postgres
from deploy.local.problems import Problem
from tests.deploy.waiting import until


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Directories of a server that was never started."""
    postgres = Postgres(tmp_path / "postgres", durable=False)
    yield postgres.cluster
    postgres.stop()


def test_an_interrupted_initialisation_is_begun_afresh(cluster: Cluster) -> None:
    unfinished = cluster.home / "data.new.1"
    unfinished.mkdir(parents=True)
    (unfinished / "half").touch()
    told = cluster.prepare(durable=False)
    assert told == ["An earlier start was interrupted while it made the database; it is made afresh."]
    assert (cluster.data / "PG_VERSION").read_text().strip() == "18"
    assert not unfinished.exists()


def test_half_a_data_directory_is_refused_with_a_way_on(cluster: Cluster) -> None:
    cluster.data.mkdir(parents=True)
    (cluster.data / "PG_VERSION").write_text("18\n")
    with pytest.raises(Problem, match=r"is not a whole PostgreSQL data directory: pg_control is missing") as refused:
        cluster.prepare(durable=False)
    assert "python -m deploy.local reset" in refused.value.way_on


def test_data_of_another_major_version_are_refused(cluster: Cluster) -> None:
    (cluster.data / "global").mkdir(parents=True)
    (cluster.data / "global" / "pg_control").touch()
    (cluster.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(Problem, match=r"was made by PostgreSQL 16, and this is PostgreSQL 18"):
        cluster.prepare(durable=False)


def test_a_server_that_was_left_running_is_stopped(tmp_path: Path) -> None:
    left = Postgres(tmp_path / "postgres", durable=False)
    left.start()
    assert left.process
    pid = left.process.pid
    try:
        told = left.cluster.prepare(durable=False)
        assert told == [
            f"A PostgreSQL server was left running by an earlier, killed start (pid {pid}); it was stopped."
        ]
        until(lambda: left.process is not None and left.process.poll() is not None, "it has ended")
    finally:
        left.stop()
    assert not psutil.pid_exists(pid)


def test_a_lock_that_names_a_stranger_is_cleared(cluster: Cluster) -> None:
    cluster.prepare(durable=False)
    lock = cluster.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{cluster.data}\n")
    assert cluster.prepare(durable=False) == []
    assert not lock.exists()


def test_a_long_path_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 30)
    assert len(os.fsencode(locate(deep / "postgres").socket)) < 107


def test_nobody_else_may_enter_the_socket_directory(parts: object) -> None:
    sockets = parts.postgres.cluster.sockets  # type: ignore[attr-defined]
    assert sockets.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_root_takes_an_existing_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "nobody")
    chosen = choose_account()
    assert chosen
    assert chosen.name == "nobody"
    monkeypatch.setenv(SETTING, "no-such-account")
    with pytest.raises(Problem, match="there is no unprivileged account no-such-account"):
        choose_account()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root moves data out of its reach")
def test_data_move_where_the_account_can_reach_them(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = closed.stat().st_mode
    cluster = locate(closed / "postgres")
    assert cluster.moved
    assert cluster.home.is_relative_to("/var/lib/isaf")
    assert "cannot enter" in cluster.explanation
    assert closed.stat().st_mode == before


def test_reach_is_judged_by_mode_and_owner(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir(mode=0o700)
    owner = inside.stat()
    assert Account("owner", owner.st_uid, owner.st_gid)._may_search(inside)
    assert not Account("stranger", owner.st_uid + 1, owner.st_gid + 1)._may_search(inside)


def test_a_stopped_temporary_server_leaves_nothing(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / "postgres", durable=False)
    postgres.start()
    home = postgres.cluster.home
    assert postgres.process
    postgres.process.send_signal(signal.SIGKILL)
    postgres.stop()
    assert not home.exists()
