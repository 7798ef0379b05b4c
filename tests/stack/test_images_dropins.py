"""What each drop-in image promises: the official image's interface, from packages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docker.models.containers import Container

from stagekit.bootstrap import Engine
from tests.support.drop_ins import (
    DROP_INS,
    Lab,
    build,
    ca_bundle,
    execute,
    found_in_saved,
    logs,
    wait_until,
)

pytestmark = pytest.mark.engine

SITE_PACKAGES = "/usr/local/lib/python3.13/site-packages"
DEBIAN_BASED = ["python", "node", "nginx", "haproxy", "postgres", "prefect"]
GET = "exec 3<>/dev/tcp/127.0.0.1/{port}; printf 'GET {path} HTTP/1.0\\r\\nHost: shop\\r\\n\\r\\n' >&3; cat <&3"
CHARGES = "http://127.0.0.1:12111/v1/charges"
LOCKED = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
# The engine refuses files put into a container whose root is read-only.
LOCKED_WITH_FILES = {key: value for key, value in LOCKED.items() if key != "read_only"}
PUBLIC_BUNDLES = [
    "/etc/ssl/certs/ca-certificates.crt",
    f"{SITE_PACKAGES}/certifi/cacert.pem",
    f"{SITE_PACKAGES}/pip/_vendor/certifi/cacert.pem",
]
EMPTY_LAYER = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
HAPROXY = """
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
frontend web
    bind :8080
    http-request return status 200 content-type text/plain string "served by haproxy"
"""


def get(container: Container, port: int, path: str = "/") -> str:
    return execute(container, "bash", "-c", GET.format(port=port, path=path))[1]


@pytest.mark.parametrize("image", DEBIAN_BASED)
def test_every_program_of_a_drop_in_finds_its_libraries(lab: Lab, image: str) -> None:
    own = "find /usr /opt -type f ! -newermt 1970-01-02 \\( -perm -u+x -o -name '*.so*' \\)"
    look = f"{own} -exec ldd {{}} + 2>/dev/null | grep 'not found' | sort -u; true"
    missing = lab.output(image, look, entrypoint=["bash", "-c"])

    assert missing == ""


def test_drop_ins_share_layers_and_add_one_of_their_own(lab: Lab) -> None:
    layers = {name: _filled(lab.layer_ids(name)) for name in DROP_INS}

    assert len({layers[name][0] for name in DEBIAN_BASED}) == 1
    assert {name: len(ids) for name, ids in layers.items()} == {**dict.fromkeys(DROP_INS, 2), "prefect": 3}
    assert layers["prefect"][:2] == layers["python"]
    assert layers["mailpit"][0] == layers["stripe-mock"][0]


def test_nothing_of_the_organisations_certificates_is_left_in_any_drop_in(lab: Lab, engine: Engine) -> None:
    bundle = ca_bundle()
    public = lab.output("prefect", f"cat {' '.join(PUBLIC_BUNDLES)}", entrypoint=["bash", "-c"])
    own = _bodies(bundle.read_text() if bundle else "") - _bodies(public)
    lines = [body.splitlines()[3].encode() for body in own]

    assert found_in_saved(lines, list(DROP_INS), program=engine.docker) == []


def test_a_build_with_a_throw_away_certificate_gives_the_same_layers_without_it(
    lab: Lab, tmp_path: Path, engine: Engine
) -> None:
    marker = "c3RhZ2VraXQtdGhyb3ctYXdheS1jZXJ0aWZpY2F0ZS1saW5l"
    bundle, secret = ca_bundle(), tmp_path / "ca.pem"
    secret.write_text((bundle.read_text() if bundle else "") + f"\n# {marker}\n")

    build("haproxy", tag=lab.forget("stagekit-test/haproxy-again"), ca=secret, cached=False, program=engine.docker)

    assert lab.layer_ids("stagekit-test/haproxy-again") == lab.layer_ids("haproxy")
    assert found_in_saved([marker.encode()], ["stagekit-test/haproxy-again"], program=engine.docker) == []


def test_python_is_found_where_the_official_image_has_it(lab: Lab) -> None:
    code = "import ssl, sqlite3, ctypes, lzma, bz2, zoneinfo, sysconfig; print(sysconfig.get_path('purelib'))"
    said = lab.output("python", f'command -v python python3 pip; python -c "{code}"', entrypoint=["bash", "-c"])

    assert said.split() == [*(f"/usr/local/bin/{n}" for n in ("python", "python3", "pip")), SITE_PACKAGES]


def test_pip_installs_into_site_packages_below_any_prefix(lab: Lab) -> None:
    install = "pip install -q --no-index --ignore-installed --root-user-action ignore --prefix /tmp/p"
    said = lab.output(
        "python", f"{install} /usr/share/python-wheels/pip-*.whl && ls -d /tmp/p/lib/*/*/pip", entrypoint=["bash", "-c"]
    )

    assert said.split() == ["/tmp/p/lib/python3.13/site-packages/pip"]


def test_a_virtual_environment_has_pip_and_nothing_of_the_system(lab: Lab) -> None:
    code = "import sys; print([p for p in sys.path if 'packages' in p])"
    said = lab.output("python", f'python -m venv /tmp/v && /tmp/v/bin/pip -V && /tmp/v/bin/python -c "{code}"',
                      entrypoint=["bash", "-c"])  # fmt: skip

    assert "/tmp/v/lib/python3.13/site-packages/pip" in said
    assert "['/tmp/v/lib/python3.13/site-packages']" in said


def test_node_takes_options_scripts_and_commands(lab: Lab) -> None:
    assert lab.output("node", "--version").startswith("v22.")
    assert lab.output("node", "-e", "console.log(process.getuid())", user="node").strip() == "1000"
    assert lab.output("node", "npm", "--version", user="node").startswith("10.")


def test_nginx_fills_templates_and_leaves_its_own_variables(lab: Lab) -> None:
    template = 'server { listen ${PORT}; location / { return 200 "$host on ${PORT}"; } }'
    web = lab.start("nginx", files={"/etc/nginx/templates/x.conf.template": template}, environment={"PORT": "8081"})

    wait_until(lambda: "shop on 8081" in get(web, 8081), "the template's site answers")

    assert "Welcome to nginx" in get(web, 80)
    assert '"GET / HTTP/1.0" 200' in logs(web)
    assert execute(web, "id", "-u", "nginx") == (0, "101\n")


def test_nginx_runs_on_a_read_only_root_and_quits_gracefully(lab: Lab) -> None:
    web = lab.start("nginx", read_only=True, tmpfs={"/var/cache/nginx": "", "/run": ""})
    wait_until(lambda: "Welcome to nginx" in get(web, 80), "nginx answers")

    web.stop(timeout=5)

    assert lab.configuration("nginx")["StopSignal"] == "SIGQUIT"
    assert web.wait()["StatusCode"] == 0
    assert "gracefully shutting down" in logs(web)


def test_haproxy_runs_as_its_user_with_a_master_and_stops_gracefully(lab: Lab) -> None:
    edge = lab.start("haproxy", files={"/usr/local/etc/haproxy/haproxy.cfg": HAPROXY}, **LOCKED_WITH_FILES)
    wait_until(lambda: "served by haproxy" in get(edge, 8080), "haproxy answers")
    command = execute(edge, "bash", "-c", "tr '\\0' ' ' </proc/1/cmdline")[1]
    user = execute(edge, "bash", "-c", "id -u; pwd")[1]

    edge.stop(timeout=5)

    assert command.split()[:3] == ["haproxy", "-W", "-db"]
    assert user.split() == ["99", "/var/lib/haproxy"]
    assert lab.configuration("haproxy")["StopSignal"] == "SIGUSR1"
    assert edge.wait()["StatusCode"] == 0


def test_haproxy_reloads_on_sigusr2_and_keeps_its_process(lab: Lab) -> None:
    edge = lab.start("haproxy", files={"/usr/local/etc/haproxy/haproxy.cfg": HAPROXY})
    wait_until(lambda: "served by haproxy" in get(edge, 8080), "haproxy answers")

    edge.kill("SIGUSR2")

    wait_until(lambda: "Loading success" in logs(edge).partition("Reloading HAProxy")[2], "haproxy has reloaded")
    assert "served by haproxy" in get(edge, 8080)


def test_prefect_serves_its_api_and_page_as_any_user_on_a_read_only_root(lab: Lab) -> None:
    network = lab.network()
    database = {"POSTGRES_PASSWORD": "secret", "POSTGRES_DB": "prefect"}
    lab.start("postgres", environment=database, network=network, hostname="database")
    url = "postgresql+asyncpg://postgres:secret@database/prefect"
    settings = {
        "PREFECT_HOME": "/tmp/prefect",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": "/tmp/ui",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": url,
    }
    serve = ["prefect", "server", "start", "--host", "0.0.0.0"]
    room = {"user": "1234:1234", "tmpfs": {"/tmp": ""}, "restart_policy": {"Name": "on-failure"}, "network": network}
    server = lab.start("prefect", *serve, environment=settings, **room, **LOCKED)

    wait_until(lambda: " 200 OK" in get(server, 4200, "/api/ready"), "prefect is ready", seconds=120)

    assert "<title>Prefect" in get(server, 4200)


def test_stripe_mock_answers_the_health_command_of_the_compose_file(lab: Lab) -> None:
    mock = lab.start("stripe-mock", user="65534", **LOCKED)
    probe = ["wget", "-q", "-O", "/dev/null", "--header", "Authorization: Bearer sk_test_123", CHARGES]

    wait_until(lambda: execute(mock, *probe)[0] == 0, "stripe-mock is healthy")

    assert "401" in execute(mock, "wget", "-q", "-O-", CHARGES)[1]
    assert "Stripe-Mock-Version: 0.197.0" in execute(mock, *probe[:1], "-S", *probe[1:])[1]


def test_mailpit_is_healthy_keeps_mail_and_has_its_page(lab: Lab) -> None:
    kept = {"volumes": {lab.volume(): {"bind": "/data"}}, "environment": {"MP_DATABASE": "/data/mail.db"}}
    first = lab.start("mailpit", **kept, **LOCKED, tmpfs={"/tmp": ""})
    wait_until(lambda: execute(first, "/mailpit", "readyz")[0] == 0, "mailpit is ready")
    mail = "From: a@example.test\\r\\nTo: b@example.test\\r\\nSubject: Kept\\r\\n\\r\\nhello"
    code, said = execute(first, "sh", "-c", f"printf '{mail}' | /mailpit sendmail -f a@example.test b@example.test")
    assert code == 0, said
    first.kill()

    second = lab.start("mailpit", **kept)
    wait_until(lambda: execute(second, "/mailpit", "readyz")[0] == 0, "mailpit is ready again")

    assert '"Subject":"Kept"' in execute(second, "wget", "-qO-", "http://127.0.0.1:8025/api/v1/messages")[1]
    assert len(execute(second, "wget", "-qO-", "http://127.0.0.1:8025/dist/app.js")[1]) > 100_000


def _filled(layers: list[str]) -> list[str]:
    """Without the empty layer that WORKDIR leaves."""
    return [layer for layer in layers if layer != EMPTY_LAYER]


def _bodies(pem: str) -> set[str]:
    return {body.strip() for body in re.findall(r"-----BEGIN CERTIFICATE-----(.+?)-----END", pem, re.DOTALL)}
