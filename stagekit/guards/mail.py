"""Mail hosts other than the sandbox, and a sandbox that passes mail on: real customers would get it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from stagekit.compose import Guards, Model
from stagekit.guards.hosts import names_one_of
from stagekit.guards.named import Named
from stagekit.guards.refusal import Refusal

# Images that keep all mail, by the last part of their name.
SANDBOXES = {"mailpit", "mailhog", "maildev", "smtp4dev", "mailcatcher", "inbucket"}
HERE = {"localhost", "0.0.0.0", "::", "::1", "[::]", "[::1]"}

# SMTP_HOST, MAIL_SERVER, EMAIL_HOST, SMTP_RELAY_HOSTNAME …; SMTP_DOMAIN and MAIL_DOMAIN are a sender's.
MAIL_KEY = re.compile(r"(^|_)(SMTP|MAIL|MAILER|EMAIL)S?(_[A-Z0-9]+)*?_?(HOST|HOSTNAME|SERVER|ENDPOINT)$", re.I)
# Rails' and others' SMTP_ADDRESS is a host, and EMAIL_ADDRESS is not.
MAIL_ADDRESS = re.compile(r"(^|_)SMTP(_[A-Z0-9]+)*?_?(ADDRESS|ADDR|URI|URL)$", re.I)
MAIL_URL = re.compile(r"\b(?:smtps?|submissions?)(?:\+\w+)?://(?:[^\s/@\"']*@)?(\[[0-9a-f:]+\]|[\w.-]+)", re.I)
SERVICE_URL = re.compile(r"\b(sendgrid|mailgun|mandrill|mailjet|postmark|ses|brevo|sendinblue|resend)\+\w+://", re.I)
SMTP_NAME = re.compile(r"(?<![\w.@-])(smtp[\w-]*(?:\.[\w-]+)+\.[a-z]{2,}|email-smtp\.[\w.-]+)(?![\w-])", re.I)
MAIL_PORT = re.compile(r"(?<![\w.-])([a-z][\w-]*(?:\.[\w-]+)+):(?:25|465|587|2525)(?!\d)", re.I)
PROVIDERS = (
    *("api.sendgrid.com", "api.mailgun.net", "api.eu.mailgun.net", "api.postmarkapp.com", "mandrillapp.com"),
    *("api.mailjet.com", "api.brevo.com", "api.resend.com", "api.sparkpost.com", "*.amazonses.com"),
)

# What makes Mailpit send: by variable, and by flag.
RELAY_KEY = re.compile(r"^MP_SMTP_(RELAY|FORWARD)_\w+$")
RELAY_FLAG = re.compile(r"--?smtp-(relay|forward)-[\w-]+(?![\w-])(?!=(f|false|0)\b)", re.I)
OFF = {"", "0", "f", "false", "no", "off"}


def mail(values: Iterable[Named], guards: Guards, model: Model | None) -> Iterator[Refusal]:
    """One refusal for each value that names another mail host than a sandbox, or lets a sandbox pass mail on."""
    kept = HERE | {host.lower() for host in guards.mail} | (sandboxes(model) if model else set())
    for named in values:
        value = named.value.reveal()
        if _passes_on(named.name, value):
            yield Refusal(
                slug="mail-relay",
                about=named,
                says="lets the sandbox pass mail on",
                fix="remove it: what a stage sends stays in its own inbox",
            )
        elif _is_service(value) or any(not _is_kept(host, kept) for host in mail_hosts(named.name, value)):
            yield Refusal(
                slug="mail-host",
                about=named,
                says="names a mail host that is no sandbox",
                fix="name the service that runs Mailpit; one that lets nothing out goes into x-stagekit: guards.mail",
            )


def sandboxes(model: Model) -> set[str]:
    """The services that run a known sandbox, and what else they are called inside the stage."""
    services = {name for name, service in model.services.items() if _is_sandbox(service.image)}
    aliases = {
        text.value
        for text in model.texts
        if text.path[:1] == ("services",) and text.path[1] in services and text.path[-2:-1] == ("aliases",)
    }
    return services | aliases


def _is_sandbox(image: str) -> bool:
    return image.split("@")[0].split("/")[-1].split(":")[0] in SANDBOXES


def mail_hosts(name: str, value: str) -> set[str]:
    """The mail hosts that a value names, lower case: by its key, by a URL's scheme, by their own name or port."""
    found = {*MAIL_URL.findall(value), *SMTP_NAME.findall(value), *MAIL_PORT.findall(value)}
    if (MAIL_KEY.search(name) or MAIL_ADDRESS.search(name)) and "://" not in value and "@" not in value:
        found |= {_host(part) for part in re.split(r"[\s,;]+", value)}
    return {host.lower().rstrip(".") for host in found if host}


def _host(text: str) -> str:
    """`mail.example.com:587` without its port; an IPv6 address as it is."""
    return re.sub(r":\d+$", "", text) if text.count(":") == 1 else re.sub(r"^(\[.*\]):\d+$", r"\1", text)


def _is_kept(host: str, kept: set[str]) -> bool:
    return host in kept or host.startswith("127.") or names_one_of(host, [one for one in kept if one[:2] == "*."])


def _is_service(value: str) -> bool:
    return bool(SERVICE_URL.search(value)) or names_one_of(value, PROVIDERS)


def _passes_on(name: str, value: str) -> bool:
    if RELAY_KEY.match(name):
        return value.strip().lower() not in OFF
    return bool(RELAY_FLAG.search(value))
