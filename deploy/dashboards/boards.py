"""The dashboards as data: what each panel asks Prometheus. The first is whether the platform keeps its promises."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Panel:
    """One question. ``unit`` is Grafana's name of it; ``legend`` names a series by its labels."""

    title: str
    expression: str
    unit: str = "short"
    legend: str = ""
    note: str = ""


@dataclass(frozen=True)
class Board:
    """One dashboard. ``uid`` never changes, for links bear it."""

    uid: str
    title: str
    panels: tuple[Panel, ...]


def _percentile(metric: str, by: str, share: float = 0.99) -> str:
    return f"histogram_quantile({share}, sum by (le, {by}) (rate({metric}_bucket[5m])))"


def _connections(state: str) -> str:
    return f'sum by (job) (beckon_database_pool_connections{{state="{state}"}})'


PROMISES = Board(
    "beckon-promises",
    "Beckon: is the platform keeping its promises",
    (
        Panel(
            "Ingest: requests answered without an error of ours",
            "1 - beckon:ingest_errors:ratio_rate1h",
            "percentunit",
            note="99.9 % are promised",
        ),
        Panel("Events applied within 30 s", "1 - beckon:late_events:ratio_rate1h", "percentunit", note="99 % are promised"),
        Panel("Timers evaluated within 60 s", "1 - beckon:late_timers:ratio_rate1h", "percentunit", note="99 % are promised"),
        Panel(
            "Calls that carriers and push services answered",
            "1 - beckon:sending_failures:ratio_rate1h",
            "percentunit",
            note="99.5 % are promised; a recipient refused for good is answered",
        ),
        Panel(
            "Console: requests answered without an error of ours",
            "1 - beckon:console_errors:ratio_rate1h",
            "percentunit",
            note="99.9 % are promised",
        ),
        Panel("Services that are ready", "max by (job) (beckon_ready)", legend="{{job}}"),
        Panel("Alerts that fire", 'count by (alertname) (ALERTS{alertstate="firing"})', legend="{{alertname}}"),
        Panel("Sites that are silent by a hold", "max by (job) (beckon_holds_standing)", legend="{{job}}"),
        Panel("Carts abandoned an hour", "sum(increase(beckon_orders_carts_abandoned_total[1h]))"),
        Panel(
            "How carts ended, an hour",
            "sum by (outcome) (increase(beckon_orders_carts_closed_total[1h]))",
            legend="{{outcome}}",
        ),
        Panel(
            "Orders by what a reminder had to do with them, an hour",
            "sum by (credit) (increase(beckon_orders_credits_total[1h]))",
            legend="{{credit}}",
        ),
        Panel(
            "What became of messages, an hour",
            "sum by (channel, outcome) (increase(beckon_notify_messages_total[1h]))",
            legend="{{channel}} {{outcome}}",
        ),
    ),
)
TAKING = Board(
    "beckon-taking",
    "Beckon: requests, and what ingest takes",
    (
        Panel(
            "Requests by service and class",
            "sum by (job, status) (rate(beckon_http_requests_total[5m]))",
            "reqps",
            "{{job}} {{status}}",
        ),
        Panel(
            "Errors by route",
            'sum by (job, route) (rate(beckon_http_requests_total{status="5xx"}[5m])) > 0',
            "reqps",
            "{{job}} {{route}}",
        ),
        Panel("Slowest of 100 answers", _percentile("beckon_http_request_duration_seconds", "job"), "s", "{{job}}"),
        Panel(
            "The ten slowest routes",
            f"topk(10, {_percentile('beckon_http_request_duration_seconds', 'job, route')})",
            "s",
            "{{job}} {{route}}",
        ),
        Panel("Events acknowledged", "sum by (type) (rate(beckon_ingest_events_total[5m])) > 0", "cps", "{{type}}"),
        Panel("Refused", "sum by (reason) (rate(beckon_ingest_refused_total[5m])) > 0", "cps", "{{reason}}"),
        Panel("Appends by Kafka's answer", "sum by (outcome) (rate(beckon_ingest_appends_total[5m]))", "cps", "{{outcome}}"),
        Panel(
            "Slowest of 100 appends",
            "histogram_quantile(0.99, sum by (le) (rate(beckon_ingest_append_seconds_bucket[5m])))",
            "s",
        ),
        Panel("Records waiting for Kafka", "sum(beckon_ingest_waiting_records)"),
        Panel("Open connections", "sum by (job) (beckon_http_connections)", legend="{{job}}"),
        Panel(
            "Connections ended for what their peer did",
            "sum by (job, reason) (rate(beckon_http_connections_ended_total[5m])) > 0",
            "cps",
            "{{job}} {{reason}}",
        ),
        Panel(
            "Fields of carts and orders that could not be read",
            "sum by (field) (rate(beckon_ingest_unread_fields_total[5m])) > 0",
            "cps",
            "{{field}}",
        ),
    ),
)
DECIDING = Board(
    "beckon-deciding",
    "Beckon: applying, deciding, sending",
    (
        Panel(
            "Oldest event that is not applied",
            "time() - min by (job, topic) (beckon_consumer_applied_up_to_timestamp_seconds)",
            "s",
            "{{job}} {{topic}}",
        ),
        Panel("Records that are not applied", "sum by (job, topic) (beckon_consumer_lag_records)", legend="{{job}} {{topic}}"),
        Panel("Partitions read", "sum by (job) (beckon_consumer_assigned_partitions)", legend="{{job}}"),
        Panel(
            "Applied and set aside",
            "sum by (job, topic, outcome) (rate(beckon_events_processed_total[5m])) > 0",
            "cps",
            "{{job}} {{topic}} {{outcome}}",
        ),
        Panel(
            "Batches read again",
            "sum by (job, topic) (rate(beckon_consume_failures_total[5m])) > 0",
            "cps",
            "{{job}} {{topic}}",
        ),
        Panel(
            "Oldest event in an outbox",
            "time() - max by (job) (beckon_outbox_sent_up_to_timestamp_seconds)",
            "s",
            "{{job}}",
        ),
        Panel("Events published", "sum by (type) (rate(beckon_events_published_total[5m])) > 0", "cps", "{{type}}"),
        Panel("Polled back offices, by state", "max by (state) (beckon_sources_connections) > 0", legend="{{state}}"),
        Panel("Polls by how they ended", "sum by (state) (rate(beckon_sources_polls_total[5m])) > 0", "cps", "{{state}}"),
        Panel("Orders in polls", "sum by (outcome) (rate(beckon_sources_orders_total[5m])) > 0", "cps", "{{outcome}}"),
        Panel("Oldest timer that is due", "time() - max(beckon_timer_fired_up_to_timestamp_seconds)", "s"),
        Panel("Latest of 100 timers", _percentile("beckon_timer_lateness_seconds", "kind"), "s", "{{kind}}"),
        Panel("Answers to asks", "sum by (answer) (rate(beckon_orders_answers_total[5m]))", "cps", "{{answer}}"),
        Panel(
            "Slowest of 100 barriers",
            "histogram_quantile(0.99, sum by (le) (rate(beckon_orders_barrier_seconds_bucket[5m])))",
            "s",
        ),
        Panel(
            "Calls by outcome",
            "sum by (channel, outcome) (rate(beckon_notify_calls_total[5m]))",
            "cps",
            "{{channel}} {{outcome}}",
        ),
        Panel("Slowest of 100 calls", _percentile("beckon_notify_call_seconds", "channel"), "s", "{{channel}}"),
        Panel("Calls whose end nobody knows", "max(beckon_notify_unresolved)"),
        Panel(
            "Connections to PostgreSQL in use, of those there may be",
            f"{_connections('used')} / {_connections('most')}",
            "percentunit",
            "{{job}}",
        ),
        Panel(
            "Since PostgreSQL answered", "time() - max by (job) (beckon_postgres_answered_timestamp_seconds)", "s", "{{job}}"
        ),
        Panel("Since Kafka answered", "time() - max by (job) (beckon_kafka_answered_timestamp_seconds)", "s", "{{job}}"),
    ),
)
BOARDS = (PROMISES, TAKING, DECIDING)
