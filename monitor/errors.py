"""The root of everything govwatch raises on purpose; each leaf says what is wrong, where, and what to do."""


class GovwatchError(Exception):
    """A fault of ours or of the operator's set-up, which ends the job. What the world does is an outcome instead."""


class WorkFailed(GovwatchError):
    """What was asked for was right, and the machine did not let it be done: commands exit 1, and not 2."""
