from __future__ import annotations

import pytest
from core_fakes import container, model, seen, service, shop

from stagekit.report.error import error_text
from stagekit.stage import Container, ServiceHealth, judge
from stagekit.stage.failure import build_error, compose_error, not_ready, service_error


def states(*containers: Container) -> dict[str, ServiceHealth]:
    return judge(shop(), seen(*containers))


def test_a_failed_service_is_told_with_its_last_lines_and_who_is_not_at_fault() -> None:
    found = states(
        container("postgres"), container("migrate", "exited", None), container("backend", "exited", None, exit_code=1)
    )
    logs = {"backend": ["Traceback", "", "  File x", "KeyError: 'A'", "ValueError: b"]}
    error = service_error(shop(), found, "backend", logs)
    assert error_text(error) == (
        "backend is not ready: it exited with 1\n"
        "  last lines      File x\n"
        "                KeyError: 'A'\n"
        "                ValueError: b\n"
        "  not at fault  edge (it waits for backend)\n"
        "next: mend it, then `stagekit up`; all of its log: `stagekit logs backend`    [service-not-ready]"
    )


def test_a_failed_one_shot_did_not_finish() -> None:
    found = states(container("postgres"), container("migrate", "exited", None, exit_code=1))
    error = service_error(shop(), found, "migrate", {})
    assert error.what == "migrate did not finish: it exited with 1"
    assert error.evidence == (("not at fault", "backend, edge (they wait for migrate)"),)


def test_an_unhealthy_service_is_told_with_its_last_probe() -> None:
    found = states(container("postgres", "running", "unhealthy", probe=(1, "first\nrefused\n")))
    error = service_error(shop(), found, "postgres", {})
    assert error.evidence[0] == ("last probe", "refused")


def test_a_probe_that_says_nothing_is_told_by_its_exit_code() -> None:
    found = states(container("postgres", "running", "unhealthy", probe=(7, "")))
    assert service_error(shop(), found, "postgres", {}).evidence[0] == ("last probe", "it ended with 7, silently")


def test_nobody_else_is_named_when_nobody_waits() -> None:
    only = model(service("web"))
    found = judge(only, seen(container("web", "exited", None, exit_code=1)))
    assert service_error(only, found, "web", {}).evidence == ()


def test_a_service_that_is_ready_already_is_not_said_to_wait() -> None:
    found = states(
        container("postgres", "running", "unhealthy"), container("migrate", "exited", None), container("backend")
    )
    text = error_text(service_error(shop(), found, "postgres", {}))
    assert "not at fault  edge (it waits for postgres)" in text


def test_who_holds_the_others_back_is_named_when_the_time_is_over() -> None:
    found = states(container("postgres", "running", "starting", probe=(2, "no response")))
    error = not_ready(shop(), found, 300, {"postgres": ["starting up"]})
    assert error.what == "postgres is not ready after 300 s"
    assert ("last probe", "no response") in error.evidence
    assert ("not at fault", "backend, edge, migrate (they wait for postgres)") in error.evidence
    assert "STAGEKIT_TIMEOUT=600" in error.next


def test_the_evidence_is_at_most_five_lines_of_which_none_is_endless() -> None:
    found = states(container("postgres", "running", "unhealthy", probe=(1, "x" * 5000)))
    error = service_error(shop(), found, "postgres", {"postgres": ["y" * 5000] * 50})
    assert len(error.evidence) <= 5
    assert all(len(text) <= 300 for _, text in error.evidence)


def test_a_failed_build_is_told_by_the_lines_that_tell_why() -> None:
    lines = ["#1 load", "#2 npm ERROR missing", "#2 npm ERROR missing", "#3 done", "failed to solve: exit code: 1"]
    error = build_error("building frontend", lines, ".stagekit/build.log")
    assert error.what == "building frontend failed"
    assert [text for _, text in error.evidence] == ["#2 npm ERROR missing", "failed to solve: exit code: 1"]
    assert error.slug == "image-build"


def test_a_failed_step_is_shown_as_the_builder_shows_it() -> None:
    lines = [
        "#87 118.8 go: x@v1: connection reset by peer",
        "#87 ERROR: process did not complete successfully: exit code: 1",
        "------",
        " > [mailpit mailpit-source 1/1] RUN /kit/source.sh:",
        "118.8 go: x@v1: connection reset by peer",
        "------",
        "failed to solve: process did not complete successfully: exit code: 1",
    ]
    error = build_error("building mailpit", lines, ".stagekit/drop-ins.log")
    assert [text for _, text in error.evidence] == [
        "> [mailpit mailpit-source 1/1] RUN /kit/source.sh:",
        "118.8 go: x@v1: connection reset by peer",
    ]
    assert ".stagekit/drop-ins.log" in error.next


def test_a_failed_build_without_telling_lines_shows_its_last_ones() -> None:
    assert [text for _, text in build_error("x", ["one", "", "two"], "kept").evidence] == ["one", "two"]


@pytest.mark.parametrize(
    "text",
    [
        "Error response from daemon: driver failed programming external connectivity on endpoint shop-edge-1: "
        "Bind for 127.0.0.1:8642 failed: port is already allocated",
        "Error response from daemon: failed to set up container networking: driver failed programming external "
        "connectivity: failed to listen on TCP socket: listen tcp4 127.0.0.1:8642: bind: address already in use",
        "Error starting userland proxy: listen tcp4 0.0.0.0:8642: bind: address already in use",
    ],
)
def test_a_taken_port_is_told_as_such(text: str) -> None:
    error = compose_error(text)
    assert (error.what, error.slug) == ("port 8642 is taken by another program", "port-taken")
    assert ":8642" in error.next


def test_other_words_of_compose_are_passed_on_without_its_warnings() -> None:
    error = compose_error('time="x" level=warning msg="noise"\n\none\nnetwork not found\n')
    assert (error.slug, [text for _, text in error.evidence]) == ("compose", ["one", "network not found"])


def test_a_full_disk_is_told_as_such_with_what_makes_room() -> None:
    for error in (
        compose_error("mkdir /var/lib/docker/overlay2/x: no space left on device"),
        build_error("building web", ["dd: error writing '/big': No space left on device"], ".stagekit/build.log"),
    ):
        assert error.slug == "disk" and "the engine's disk is full" in error.what
        assert "docker builder prune" in error.next and "No space left" in str(error.evidence).replace(
            "no space", "No space"
        )


def test_compose_that_fails_silently_is_still_an_error() -> None:
    assert compose_error("").evidence == ()
