"""Notices as e-mail, over SMTP (RFC 5321) with STARTTLS (RFC 3207)."""

import asyncio
import smtplib
import ssl
from datetime import UTC
from email.message import EmailMessage
from email.utils import format_datetime

from approvals.notices import texts
from approvals.notices.errors import NotDelivered
from approvals.notices.notice import Notice
from approvals.notices.settings import EmailChannel
from kernel.logs import logger

_TIMEOUT_SECONDS = 15.0


class MailSender:
    def __init__(self, channel: EmailChannel, password: str | None, context: ssl.SSLContext) -> None:
        self._channel = channel
        self._password = password
        self._context = context

    async def send(self, notice: Notice, url: str) -> None:
        message = self._message(notice, url)
        try:
            refused = await asyncio.to_thread(self._transmit, message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise NotDelivered("every recipient was refused", final=all(code >= 500 for code in codes)) from error
        except smtplib.SMTPResponseException as error:
            raise NotDelivered(f"the mail server answered {error.smtp_code}", final=_is_final(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotDelivered(f"the mail server did not take it: {type(error).__name__}") from error
        if refused:  # a repetition would reach the others twice
            logger(__name__).warning("recipients refused", notice=notice.id, recipients=refused)

    def _message(self, notice: Notice, url: str) -> EmailMessage:
        channel = self._channel
        message = EmailMessage()
        message["Subject"] = texts.title(notice, channel.language)
        message["From"] = channel.sender
        message["To"] = ", ".join(channel.to)
        message["Date"] = format_datetime(notice.at.astimezone(UTC))
        message["Message-ID"] = f"<{notice.id}@{channel.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = channel.language
        message["X-PromptSales-Id"] = notice.id
        message.set_content(texts.text(notice, url, channel.language))
        return message

    def _transmit(self, message: EmailMessage) -> int:
        """How many recipients the server refused; it raises when that is all of them."""
        channel = self._channel
        with self._connect() as smtp:
            smtp.ehlo_or_helo_if_needed()
            if channel.tls != "implicit":
                self._encrypt(smtp)
            if channel.username is not None and self._password is not None:
                smtp.login(channel.username, self._password)
            return len(smtp.send_message(message))

    def _connect(self) -> smtplib.SMTP:
        channel = self._channel
        if channel.tls == "implicit":
            return smtplib.SMTP_SSL(channel.host, channel.port, timeout=_TIMEOUT_SECONDS, context=self._context)
        return smtplib.SMTP(channel.host, channel.port, timeout=_TIMEOUT_SECONDS)

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        if smtp.has_extn("starttls"):
            smtp.starttls(context=self._context)
            smtp.ehlo()
        elif self._channel.tls == "required" or self._password is not None:
            # A password in clear, or a channel that was promised to be encrypted: rather nothing at all.
            raise smtplib.SMTPNotSupportedError("the server offers no STARTTLS")


def _is_final(error: smtplib.SMTPResponseException) -> bool:
    return isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused) and error.smtp_code >= 500
