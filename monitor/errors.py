"""The root of everything govwatch raises on purpose; each leaf says what is wrong, where, and what to do."""


class GovwatchError(Exception):
    """A fault of ours or of the operator's set-up, which ends the job. What the world does is an outcome instead."""
