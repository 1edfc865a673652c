"""``python -m deploy.command``, where ``beckon`` is not installed."""

from deploy.command.main import beckon

beckon(prog_name="beckon")
