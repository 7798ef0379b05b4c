"""The top-level `x-stagekit` block of a Compose file: what stagekit needs to know beyond Compose.

The block is optional. Without it every published port is an address and there are no test users.
Its JSON Schema is what `stagekit schema x-stagekit` prints.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Label = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]

SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
# A host, an address, or `*.` before what all hosts of a domain end with. No scheme, port or path.
HostName = Annotated[str, StringConstraints(pattern=r"^(\*\.)?[a-zA-Z0-9_:]([a-zA-Z0-9_.:-]*[a-zA-Z0-9_:])?$")]

Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]

Platform = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(_Part):
    """One address of the stage: a name in front of its domain, and the service that answers there."""

    service: str = Field(description="The Compose service behind the name.")
    title: str = Field(default="", description="What a person calls it; shown by `up` and `status`.")
    path: str = Field(default="/", pattern=r"^/", description="Where a person wants to land.")
    hint: str = Field(default="", description="One thing to know there, such as a test card.")


class Edge(_Part):
    """The service that publishes the stage's one port."""

    service: str = Field(description="The Compose service that publishes the port.")


class Certificates(_Part):
    """The service that keeps the certificate of the stage, where its edge speaks https itself."""

    service: str = Field(description="A Compose service made from stagekit/kit/certificates; only https has it.")


class Database(_Part):
    """The product's Postgres: for `psql`, seeds and snapshots."""

    service: str = Field(description="The Compose service that runs Postgres.")
    user: str = Field(description="The role to connect as.")
    name: str = Field(description="The database.")
    variable: Variable = Field(
        default="DATABASE_URL",
        description="The variable that tells the migrations and the seed which database is meant: a URL, or its bare "
        "name. A seed's template is made with another name in it.",
    )


class Migrations(_Part):
    """The one-shot that brings the schema to its head.

    `head` and `sql` are run in the service's image, with its environment and without any network: they ask no database.
    """

    service: str = Field(description="A one-shot service, run before those that adopt it.")
    head: tuple[str, ...] = Field(
        default=(), description="A command that prints the newest revision that the code knows, and nothing else."
    )
    sql: tuple[str, ...] = Field(
        default=(),
        description="A command that prints the SQL from a revision to the head. The revision that the database has is "
        "appended, where it has one. It fails for a revision that the code does not know.",
    )
    revision: str = Field(
        default="select version_num from alembic_version",
        description="The query that says which revision the database has.",
    )


class Seed(_Part):
    """What fills the stage with test data. Run again, it changes only what is not as the seed says."""

    service: str = Field(description="A one-shot service.")
    command: tuple[str, ...] = Field(
        default=(),
        description="A command of the service's image that takes stagekit's words for seeding, see docs/data.md; "
        "without it the one-shot is run as it is.",
    )


class People(_Part):
    """The test users of the sign-in stand-in."""

    file: str = Field(description="YAML file with a `people` list; relative to the project.")
    password: str = Field(default="", description="The password they share. Test users only.")
    client_id: str = Field(default="", description="The sign-in client that tests use, with the password grant.")
    client_secret: str = Field(default="", description="That client's secret.")
    audience: str = Field(default="", description="The API that test tokens are for.")
    issuer: str = Field(default="", description="Where they sign in: the sign-in's address; if empty, the name `auth`.")


class Switch(_Part):
    """How a service changes to a new release, where stagekit would choose otherwise."""

    how: Literal["beside", "handover", "stop-first"] = Field(
        description="beside: the new one starts next to the old, and the edge moves traffic; handover: next to it, and "
        "the old one finishes its work; stop-first: the old one ends before the new one starts."
    )


class Smoke(_Part):
    """One question that a release must answer before it gets traffic, and again after."""

    name: Label = Field(description="The address that is asked, one of `names`.")
    path: str = Field(default="/", pattern=r"^/", description="What is asked for.")
    status: int = Field(default=200, ge=100, le=599, description="The status that the answer must have.")
    text: str = Field(default="", description="A text that the answer must hold; none if empty.")


class SignIn(_Part):
    """The sign-in that a stage uses: the stand-in, or a test tenant of Auth0."""

    issuer: str = Field(default="", description="The issuer of its tokens; the stage's own name `auth` if empty.")
    name: Label = Field(default="app", description="The address that people come back to, one of `names`.")
    callback: str = Field(default="/callback", pattern=r"^/", description="Where there, after signing in.")


class Webhook(_Part):
    """Where Stripe tells of payments."""

    name: Label = Field(default="api", description="The address that is told, one of `names`.")
    path: str = Field(pattern=r"^/", description="Where there.")
    secret: SecretName = Field(description="The secret that its events are signed with.")
    events: tuple[str, ...] = Field(description="The types of events that the product handles.")


class Payments(_Part):
    """Whom payments are asked of: the stand-in, or a test account of Stripe."""

    url: str = Field(default="", description="The stand-in's address inside the stage; empty: Stripe itself.")
    key: SecretName = Field(description="The secret that is the key of the account.")
    webhook: Webhook


class Services(_Part):
    """The outside services that `stagekit services check` tries."""

    sign_in: SignIn | None = None
    payments: Payments | None = None


class StageSecret(_Part):
    """A secret of a hosted stage. Compose's own `secrets` grant it to services, as a file; its value is in no file."""

    generate: bool = Field(default=False, description="The stage makes it itself, at its first promotion.")
    prefix: str = Field(default="", description="What a generated one begins with, such as whsec_.")
    fixed: bool = Field(
        default=False,
        description="It cannot be rotated: what keeps it, such as a database, took it up when it was made.",
    )
    overlap: bool = Field(
        default=False,
        description="The version before stays valid beside it until it is revoked: services find it at PATH.previous.",
    )
    command: str = Field(
        default="", description="A command that prints it where somebody promotes, such as `op read op://shop/key`."
    )
    shared: bool = Field(
        default=False,
        description="For people, such as the stage's password: `stagekit secrets show` prints it to who may promote.",
    )
    about: str = Field(default="", description="What it is and where to get it; shown where it is missing.")


class Hooks(_Part):
    """Commands of the project that run where somebody promotes, in its folder, with the release as JSON on stdin.

    Each is a list of words, and has two minutes. Where one that begins with `before_` fails, nothing goes on."""

    before_deliver: tuple[str, ...] = Field(default=(), description="Before images go to the host.")
    before_switch: tuple[str, ...] = Field(default=(), description="Before anything of a promotion or rollback begins.")
    after_switch: tuple[str, ...] = Field(default=(), description="Once a promoted release serves.")
    after_rollback: tuple[str, ...] = Field(
        default=(), description="Once an earlier release serves again, by a rollback or because a promotion failed."
    )


class Production(_Part):
    """What belongs to production, so that no stage may name it. `*.db.example.com` stands for every host below."""

    auth0: tuple[HostName, ...] = Field(
        default=(), description="Domains of the production tenant at Auth0: its own, and the custom one if it has one."
    )
    databases: tuple[HostName, ...] = Field(default=(), description="Hosts or addresses of production databases.")


class Guards(_Part):
    """What is refused before anything starts, here and at a host, beyond what stagekit refuses everywhere."""

    production: Production = Field(default=Production(), description="What belongs to production.")
    mail: tuple[HostName, ...] = Field(
        default=(),
        description="Mail hosts, by service or name, that let nothing out, besides services that run a known "
        "sandbox such as Mailpit. Every other mail host is refused.",
    )
    required: tuple[Variable, ...] = Field(
        default=(), description="Variables that must have a value, besides those that Compose files mark `${NAME:?}`."
    )


class Block(_Part):
    """The `x-stagekit` block."""

    version: Literal[1] = Field(description="The version of this block's form.")
    names: dict[Label, Name] = Field(default_factory=dict, description="The addresses of the stage, by name.")
    edge: Edge | None = None
    certificates: Certificates | None = None
    database: Database | None = None
    migrations: Migrations | None = None
    seed: Seed | None = None
    people: People | None = None
    packages: str | None = Field(
        default=None, description="Compose overlay that replaces third-party images where no registry answers."
    )
    platform: Platform | None = Field(
        default=None, description="What images are built for, such as linux/amd64: the platform of the stage's host."
    )
    switch: dict[str, Switch] = Field(default_factory=dict, description="How services change, by service.")
    smoke: tuple[Smoke, ...] = Field(default=(), description="Checks of a release before and after it gets traffic.")
    secrets: dict[SecretName, StageSecret] = Field(
        default_factory=dict, description="The secrets of a hosted stage, by the name that Compose's `secrets` have."
    )
    services: Services = Field(default=Services(), description="The outside services of the product.")
    public: tuple[str, ...] = Field(
        default=(),
        description="Keys of services' environments that look like secrets and are none, such as AUTH_TOKEN_KEY.",
    )
    hooks: Hooks = Field(default=Hooks(), description="Commands that run before and after a switch.")
    guards: Guards = Field(default=Guards(), description="What is refused before anything starts.")
    capabilities: tuple[Label, ...] = Field(
        default=(), description="What tests may ask of this stage; a test that needs another is skipped, with a reason."
    )


EMPTY = Block(version=1)
