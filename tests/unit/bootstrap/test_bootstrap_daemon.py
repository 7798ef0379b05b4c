"""The engine's settings, network and firewall, and how its process is known."""

from __future__ import annotations

import socket
import threading
from ipaddress import IPv4Network
from pathlib import Path

from bootstrap_fakes import FakeProcesses

from stagekit.bootstrap.answer import Answer, ask
from stagekit.bootstrap.cgroups import share_controllers
from stagekit.bootstrap.containerd import containerd_address, containerd_settings
from stagekit.bootstrap.daemon import daemon_settings, log_evidence, process_of
from stagekit.bootstrap.firewall import Firewall, rules
from stagekit.bootstrap.network import (
    CANDIDATES,
    Network,
    choose_pool,
    default_interface,
    interfaces_in,
    mtu_here,
    parse_routes,
)
from stagekit.bootstrap.places import Places
from stagekit.doors.local import Result

PLACES = Places(Path("/srv/kit"))
NETWORK = Network(bridge=f"sk-{PLACES.id}", pool="10.214.0.0/16")
ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
br-12\t0007D60A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""


def test_routes_are_read_from_the_kernels_form() -> None:
    routes = parse_routes(ROUTES)
    assert routes[3].to == IPv4Network("10.214.7.0/24")
    assert default_interface(routes) == "eth0"
    assert interfaces_in("10.214.0.0/16", routes) == ("br-12",)


def test_the_pool_meets_no_route_of_this_machine() -> None:
    assert choose_pool(parse_routes(ROUTES)) == IPv4Network("10.215.0.0/16")
    assert choose_pool([]) == CANDIDATES[0]


def test_a_network_that_takes_all_of_ten_is_avoided() -> None:
    vpn = parse_routes("head\ntun0\t0000000A\t0\t1\t0\t0\t0\t000000FF\t0\t0\t0\n")
    assert not choose_pool(vpn).overlaps(IPv4Network("10.0.0.0/8"))


def test_a_machine_without_a_default_route_has_the_usual_packet_size() -> None:
    assert mtu_here([]) == 1500


def test_the_settings_leave_nothing_to_chance() -> None:
    settings = daemon_settings(PLACES, NETWORK, 1400)
    assert settings["storage-driver"] == "overlay2"
    assert settings["bridge"] == NETWORK.bridge
    assert settings["mtu"] == 1400
    assert settings["default-network-opts"] == {"bridge": {"com.docker.network.driver.mtu": "1400"}}
    assert settings["log-opts"]["max-size"] == "10m"
    assert settings["live-restore"] is False


def test_other_engines_on_the_machine_are_left_alone() -> None:
    settings = daemon_settings(PLACES, NETWORK, 1400, spare_docker0=True)
    assert settings["iptables"] is False
    assert settings["live-restore"] is True
    assert settings["containerd"] == containerd_address(PLACES)
    assert f'address = "{PLACES.exec_root}/containerd/containerd.sock"' in containerd_settings(PLACES)


def test_the_bridges_name_fits_the_kernel() -> None:
    assert len(NETWORK.bridge) <= 15
    assert len(f"STAGEKIT-{PLACES.id}") <= 28


def test_the_gateway_is_the_first_address_of_the_pool() -> None:
    assert NETWORK.gateway == "10.214.0.1"


def test_containers_get_out_and_nobody_gets_in_past_a_published_port() -> None:
    words = [" ".join(rule) for rule in rules("C", "10.214.0.0/16")]
    assert words[0] == "-t nat -A C -s 10.214.0.0/16 ! -d 10.214.0.0/16 -j MASQUERADE"
    assert words[-1] == "-A C -d 10.214.0.0/16 -j DROP"


def test_where_nf_tables_fail_the_legacy_iptables_is_taken(tmp_path: Path) -> None:
    places = Places(tmp_path / "home", tmp_path / "run")
    script = places.run / "bin/iptables"

    def answer(words: list[str]) -> Result:
        works = "legacy" in script.read_text()
        return (
            Result(0, "", "") if works else Result(1, "", "iptables: Failed to initialize nft: Protocol not supported")
        )

    Firewall(places, FakeProcesses(answer)).prepare()
    assert "xtables-legacy-multi iptables" in script.read_text()


def test_a_second_run_adds_no_second_jump(tmp_path: Path) -> None:
    processes = FakeProcesses()
    Firewall(Places(tmp_path), processes).apply(NETWORK)
    assert not [words for words in processes.commands if "-I" in words]


def test_a_reused_process_number_is_not_taken_for_the_engine(tmp_path: Path) -> None:
    places = Places(tmp_path / "home", tmp_path / "run")
    places.run.mkdir(parents=True)
    places.pid_file.write_text("77")
    process = tmp_path / "proc/77"
    process.mkdir(parents=True)
    (process / "cmdline").write_bytes(b"vim\0notes")
    assert process_of(places, tmp_path / "proc") is None
    (process / "cmdline").write_bytes(f"dockerd\0--config-file\0{places.settings_file}\0".encode())
    assert process_of(places, tmp_path / "proc") == 77


def test_the_logs_errors_are_the_evidence(tmp_path: Path) -> None:
    log = tmp_path / "dockerd.log"
    log.write_text('time=1 level=info msg="a"\ntime=2 level=error msg="no disk"\ntime=3 level=info msg="b"\n')
    assert log_evidence(log) == [("log", "no disk")]
    assert log_evidence(tmp_path / "none") == []


def test_controllers_are_shared_out_after_the_processes_moved_away(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids")
    (tmp_path / "cgroup.subtree_control").write_text("cpu")
    (tmp_path / "cgroup.procs").write_text("1\n2\n")
    share_controllers(tmp_path, tmp_path / "no-systemd")
    assert (tmp_path / "init/cgroup.procs").exists()
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+memory +pids"


def test_a_machine_with_systemd_keeps_its_groups(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory")
    (tmp_path / "cgroup.subtree_control").write_text("")
    share_controllers(tmp_path, systemd=tmp_path)
    assert not (tmp_path / "init").exists()


def _serve(path: Path, answer: bytes) -> threading.Thread:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def run() -> None:
        door, _ = server.accept()
        with door, server:
            door.recv(1000)
            door.sendall(answer)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_an_engines_answer_is_its_version(tmp_path: Path) -> None:
    thread = _serve(tmp_path / "s", b'HTTP/1.0 200 OK\r\nServer: x\r\n\r\n{"Version": "26.1.5"}')
    assert ask(str(tmp_path / "s")) == Answer("answers", "26.1.5")
    thread.join()


def test_something_else_at_the_socket_is_silent(tmp_path: Path) -> None:
    thread = _serve(tmp_path / "s", b"220 mail ready\r\n")
    assert ask(str(tmp_path / "s")).state == "silent"
    thread.join()


def test_no_socket_and_a_socket_that_nobody_serves_are_absent(tmp_path: Path) -> None:
    assert ask(str(tmp_path / "none")).state == "absent"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead"))
    assert ask(str(tmp_path / "dead")).state == "absent"
