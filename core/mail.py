"""The embedded mode's mail: a file under var/mail for each message, and a line on the console."""

import logging

from django.core.mail.backends.filebased import EmailBackend

logger = logging.getLogger(__name__)


class FileAndConsoleBackend(EmailBackend):
    """Write each message to EMAIL_FILE_PATH and say so, without its words: they hold links and amounts."""

    def send_messages(self, email_messages):
        sent = super().send_messages(email_messages)
        for _message in email_messages:
            logger.info("Mail written to %s", self._get_filename())
        return sent
