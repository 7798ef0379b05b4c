from __future__ import annotations

from pathlib import Path

import pytest
from core_fakes import CASES, ROOT

from stagekit.compose import draft
from stagekit.doctor import Finding, ProjectFacts, examine_project
from stagekit.doors.recipe import Recipe, read_recipe

FOREIGN = CASES / "doctor" / "foreign"


def facts(text: str, *, recipes: dict[str, Recipe] | None = None, probed: frozenset[str] = frozenset()) -> ProjectFacts:
    sources = {"compose.yaml": text}
    model = draft(sources, directory="/project", variables={})
    return ProjectFacts(model, sources, recipes or {}, probed)


def told(given: ProjectFacts, id: str) -> list[Finding]:
    return [finding for finding in examine_project(given) if finding.id == id and finding.level != "ok"]


def of_folder(folder: Path) -> ProjectFacts:
    sources = {"compose.yaml": (folder / "compose.yaml").read_text(encoding="utf-8")}
    model = draft(sources, directory=str(folder), variables={})
    recipes = {s.name: read_recipe(s.build, folder) for s in model.services.values() if s.build}
    return ProjectFacts(model, sources, recipes)


def test_our_own_project_has_nothing_to_mend() -> None:
    found = examine_project(of_folder(ROOT))
    assert [finding for finding in found if finding.level != "ok"] == []
    assert len(found) == 8


def test_a_project_with_every_bad_habit_is_told_each_with_its_place() -> None:
    found = examine_project(of_folder(FOREIGN))
    assert [(finding.id, finding.where) for finding in found] == [
        ("fixed-port", "compose.yaml:7"),
        ("container-name", "compose.yaml:5"),
        ("bind-mount", "compose.yaml:8"),
        ("latest", "compose.yaml:30"),
        ("latest", "compose.yaml:33"),
        ("health-check", "compose.yaml:2"),
        ("health-check", "compose.yaml:29"),
        ("direct-call", "compose.yaml:13"),
        ("migration", "api/Dockerfile:4"),
        ("migration", "jobs/start.sh:4"),
        ("baked-host", "web/Dockerfile:3"),
        ("baked-host", "compose.yaml:21"),
    ]
    assert all(finding.level == "warn" and finding.fix for finding in found)


@pytest.mark.parametrize(
    ("port", "fixed"),
    [
        ('"8080:80"', True),
        ('"127.0.0.1:8080:80"', True),
        ('"[::1]:8080:80"', True),
        ("22:22", True),
        ('"8080:80/udp"', True),
        ("{target: 80, published: 8080}", True),
        ('"80"', False),
        ("80", False),
        ('"${PORT:-8080}:80"', False),
        ('"127.0.0.1:${PORT:-8080}:80"', False),
        ('{target: 80, published: "${PORT:-8080}"}', False),
        ("{target: 80}", False),
    ],
)
def test_a_port_is_fixed_when_no_variable_moves_it(port: str, fixed: bool) -> None:
    given = facts(f"services:\n  web:\n    image: web:1\n    ports:\n      - {port}\n")
    found = told(given, "fixed-port")
    assert bool(found) == fixed
    if fixed:
        assert found[0].where == "compose.yaml:5"
        assert "${WEB_PORT:-" in found[0].fix


@pytest.mark.parametrize(
    ("image", "floating"),
    [
        ("postgres", True),
        ("postgres:latest", True),
        ("registry.example:5000/team/api", True),
        ("postgres:17.12", False),
        ("registry.example:5000/team/api:1.2", False),
        ("postgres@sha256:abc", False),
    ],
)
def test_an_image_floats_without_a_version(image: str, floating: bool) -> None:
    assert bool(told(facts(f"services: {{db: {{image: '{image}'}}}}"), "latest")) == floating


def test_an_image_that_is_built_here_needs_no_version() -> None:
    assert told(facts("services: {web: {image: web, build: .}}"), "latest") == []


@pytest.mark.parametrize(
    ("volume", "bound"),
    [("./src:/src", True), ("/srv:/srv:ro", True), ("data:/data", False), ("/cache", False)],
)
def test_a_bind_mount_is_told_and_a_volume_is_not(volume: str, bound: bool) -> None:
    assert bool(told(facts(f"services: {{web: {{image: 'w:1', volumes: ['{volume}']}}}}"), "bind-mount")) == bound


def test_a_bind_mount_is_told_by_its_path_in_the_project() -> None:
    found = told(facts("services: {web: {image: 'w:1', volumes: ['./src:/app']}}"), "bind-mount")
    assert found[0].what == "web mounts ./src at /app"


def test_a_health_check_of_the_image_counts() -> None:
    text = "services: {web: {build: .}, db: {image: 'db:1'}}"
    recipe = Recipe("Dockerfile", "FROM x\nHEALTHCHECK CMD true\n")
    assert told(facts(text, recipes={"web": recipe}, probed=frozenset({"db"})), "health-check") == []
    assert len(told(facts(text), "health-check")) == 2


def test_a_one_shot_needs_no_health_check() -> None:
    text = """
services:
  web:
    image: w:1
    healthcheck: {test: [CMD, 'true']}
    depends_on: {migrate: {condition: service_completed_successfully}}
  migrate: {image: 'w:1'}
"""
    assert told(facts(text), "health-check") == []


CALLS = """
x-stagekit: {{version: 1, edge: {{service: edge}}, names: {{api: {{service: backend}}}}}}
services:
  edge: {{build: .}}
  backend: {{build: .}}
  stateful: {{build: .}}
  caller:
    image: c:1
    command: ["run", "{command}"]
    environment:
      URL: "{url}"
  store: {{build: ., volumes: ["data:/data"]}}
  bought: {{image: "b:1"}}
"""


@pytest.mark.parametrize(
    ("url", "direct"),
    [
        ("http://backend:8000", True),
        ("https://backend/path", True),
        ("http://user:pass@backend:8000", True),
        ("http://backend", True),
        ("http://backend.example.test", False),
        ("http://api.localhost:8642", False),
        ("postgresql://backend:5432/app", False),
        ("http://store:8080", False),
        ("http://bought:8080", False),
        ("http://edge:80", False),
        ("backend", False),
    ],
)
def test_a_call_to_a_switched_service_goes_through_the_edge(url: str, direct: bool) -> None:
    found = told(facts(CALLS.format(url=url, command="x")), "direct-call")
    assert bool(found) == direct
    if direct:
        assert found[0].where == "compose.yaml:11"
        assert "http://api.localhost:PORT" in found[0].fix
        assert "pass@" not in found[0].what


def test_a_call_in_a_command_counts_too() -> None:
    assert told(facts(CALLS.format(url="x", command="--to=http://backend:8000")), "direct-call")


def test_a_service_may_call_itself() -> None:
    assert told(facts("services: {web: {build: ., environment: {ME: 'http://web:80'}}}"), "direct-call") == []


@pytest.mark.parametrize(
    "command",
    [
        "sh -c 'alembic upgrade head && uvicorn app'",
        "python manage.py migrate",
        "flask db upgrade",
        "bundle exec rails db:migrate",
        "npx prisma migrate deploy",
        "npx knex migrate:latest",
        "npx sequelize-cli db:migrate",
        "php artisan migrate --force",
        "flyway -url=x migrate",
        "goose -dir m postgres up",
        "dbmate up",
        "npm run db:migrate",
        "mix ecto.migrate",
    ],
)
def test_a_service_that_migrates_as_it_starts_is_told(command: str) -> None:
    for key in ("command", "entrypoint"):
        found = told(facts(f'services:\n  web:\n    image: w:1\n    {key}: "{command}"\n'), "migration")
        assert [finding.where for finding in found] == ["compose.yaml:4"]


@pytest.mark.parametrize("command", ["uvicorn app", "npm start", "python -m shop.migrated_view", "serve --up"])
def test_an_honest_start_is_not_told(command: str) -> None:
    assert told(facts(f"services: {{web: {{image: 'w:1', command: {command}}}}}"), "migration") == []


def test_a_one_shot_may_migrate() -> None:
    text = """
services:
  web: {image: 'w:1', depends_on: {migrate: {condition: service_completed_successfully}}}
  migrate: {image: 'w:1', command: alembic upgrade head}
"""
    assert told(facts(text), "migration") == []


def test_a_script_that_nobody_starts_is_no_finding() -> None:
    recipe = Recipe("Dockerfile", 'CMD ["serve"]', {"migrate.sh": "alembic upgrade head"})
    assert told(facts("services: {web: {build: .}}", recipes={"web": recipe}), "migration") == []


def test_a_comment_migrates_nothing() -> None:
    recipe = Recipe("Dockerfile", 'CMD ["./start.sh"]', {"start.sh": "# alembic upgrade head\nserve\n"})
    assert told(facts("services: {web: {build: .}}", recipes={"web": recipe}), "migration") == []


@pytest.mark.parametrize(
    ("line", "baked"),
    [
        ("ENV VITE_API_URL=https://api.example.test", True),
        ("ARG NEXT_PUBLIC_API=http://localhost:8000", True),
        ('ENV REACT_APP_API "https://api.example.test"', True),
        ("ARG VITE_API_URL", False),
        ("ENV VITE_TITLE=Shop", False),
        ("ENV API_URL=https://api.example.test", False),
        ("# ENV VITE_API_URL=https://api.example.test", False),
    ],
)
def test_an_address_that_a_bundle_is_built_with_is_told(line: str, baked: bool) -> None:
    recipe = Recipe("web/Dockerfile", f"FROM x\n{line}\n")
    found = told(facts("services: {web: {build: .}}", recipes={"web": recipe}), "baked-host")
    assert [finding.where for finding in found] == (["web/Dockerfile:2"] if baked else [])


def test_the_doctor_reads_a_recipe_with_the_scripts_in_the_top_of_its_context(tmp_path: Path) -> None:
    from stagekit.compose import Build

    (tmp_path / "api" / "deep").mkdir(parents=True)
    (tmp_path / "api" / "start.sh").write_text("serve")
    (tmp_path / "api" / "deep" / "other.sh").write_text("x")
    (tmp_path / "Dockerfile.api").write_text("FROM x")
    recipe = read_recipe(Build(str(tmp_path / "api"), "../Dockerfile.api"), tmp_path)
    assert recipe == Recipe("Dockerfile.api", "FROM x", {"api/start.sh": "serve"})


def test_a_recipe_that_is_not_there_is_empty(tmp_path: Path) -> None:
    from stagekit.compose import Build

    assert read_recipe(Build(str(tmp_path / "nowhere"), "Dockerfile"), tmp_path).text == ""
