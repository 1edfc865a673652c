"""``python -m deploy.dashboards``: write each dashboard's file anew."""

from deploy.dashboards.boards import BOARDS
from deploy.dashboards.grafana import FOLDER, text_of


def main() -> None:
    """Write them beside this module."""
    for board in BOARDS:
        (FOLDER / f"{board.uid}.json").write_text(text_of(board))


if __name__ == "__main__":
    main()
