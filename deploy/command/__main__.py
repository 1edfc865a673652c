"""``python -m deploy.command``, where ``beckon`` is not installed."""

from deploy.command.main import main

main()
