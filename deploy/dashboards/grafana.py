"""Grafana's JSON for a dashboard: one data source to choose, panels three in a row."""

import json
from pathlib import Path
from typing import Any

from deploy.dashboards.boards import Board, Panel

FOLDER = Path(__file__).parent
SOURCE = {"type": "prometheus", "uid": "${source}"}
IN_A_ROW, WIDTH, HEIGHT = 3, 8, 8


def text_of(board: Board) -> str:
    """The file's text."""
    content = {
        "uid": board.uid,
        "title": board.title,
        "tags": ["beckon"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [{"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}]},
        "links": [{"type": "dashboards", "tags": ["beckon"], "title": "Beckon", "asDropdown": True}],
        "panels": [_panel(number, panel) for number, panel in enumerate(board.panels)],
    }
    return json.dumps(content, indent=1) + "\n"


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, IN_A_ROW)
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.note,
        "datasource": SOURCE,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": "A", "datasource": SOURCE, "expr": panel.expression, "legendFormat": panel.legend or panel.title}
        ],
    }
