"""The door to the mail server."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from hashlib import sha256

from shop.billing.receipts import Mail
from shop.settings import Settings

TIMEOUT_SECONDS = 10


class MailUnavailable(Exception):
    """The mail server does not answer or cannot take mail now; the same mail may be sent later."""


class Mailer:
    """Sends one mail over one connection: receipts are few."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, mail: Mail) -> str | None:
        """None when the server took it, the server's words when it never will. Raises MailUnavailable."""
        try:
            message = message_of(mail, self._settings.mail_from)
        except ValueError as error:
            return f"the address cannot be written in a mail: {error}"
        try:
            self._deliver(message)
        except smtplib.SMTPRecipientsRefused as error:
            return _final(error)
        except (OSError, smtplib.SMTPException) as error:
            raise MailUnavailable(f"{self._settings.smtp_host}:{self._settings.smtp_port}: {error}") from error
        return None

    def _deliver(self, message: EmailMessage) -> None:
        s = self._settings
        with smtplib.SMTP(s.smtp_host, s.smtp_port, timeout=TIMEOUT_SECONDS) as server:
            if s.smtp_tls:
                server.starttls()
            if s.smtp_user:
                server.login(s.smtp_user, s.smtp_password.get_secret_value())
            server.send_message(message)


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """Text and HTML of one mail. Raises ValueError for an address that would break out of its header."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = _message_id(mail.key, sender)
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _message_id(key: str, sender: str) -> str:
    host = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{sha256(key.encode()).hexdigest()[:32]}@{host}>"


def _final(error: smtplib.SMTPRecipientsRefused) -> str:
    """4xx says "later" and is raised again as unavailable; 5xx is the last word."""
    code, words = next(iter(error.recipients.values()))
    said = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    if code < 500:
        raise MailUnavailable(f"{code} {said}") from error
    return f"{code} {said}"
