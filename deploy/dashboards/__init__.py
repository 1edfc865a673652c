"""Dashboards for Grafana, written from data: ``python -m deploy.dashboards`` (``make dashboards``) writes each file anew."""
