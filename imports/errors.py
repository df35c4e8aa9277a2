"""What an import refuses, each with a text fit for people."""


class ImportRefusedError(ValueError):
    """A file cannot be imported as asked."""


class NeedsAnswerError(ImportRefusedError):
    """The file leaves something open that a person has to say."""

    def __init__(self, message: str, questions=()):
        super().__init__(message)
        self.questions = list(questions)
