"""``GET …/Messages.json``: which messages a client asked for, and one page of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from deploy.demo.carrier.messages import Account, Message, as_twilio

LARGEST_PAGE = 1000
USUAL_PAGE = 50
FILTERS = ("To", "From", "DateSent", "DateSent>", "DateSent<")


@dataclass(frozen=True)
class Page:
    """Which part of a list."""

    number: int
    size: int
    after: str  # the sid that the page before ended with


def page_from(query: Mapping[str, str]) -> Page:
    """Twilio's paging; nonsense falls back to the first page of the usual size."""
    size = query.get("PageSize", "")
    number = query.get("Page", "")
    return Page(
        number=int(number) if number.isdecimal() else 0,
        size=min(int(size), LARGEST_PAGE) if size.isdecimal() and int(size) else USUAL_PAGE,
        after=query.get("PageToken", "").removeprefix("PA"),
    )


def fits(message: Message, query: Mapping[str, str], account: Account) -> bool:
    """Whether a message is in what was asked for. A day stands for all of it, in UTC."""
    sender = message.handset if message.came_from_handset else account.number
    to = account.number if message.came_from_handset else message.handset
    if query.get("To", to) != to or query.get("From", sender) != sender:
        return False
    at = message.sent_at or message.created_at
    from_, until = _span(query.get("DateSent", "")) if "DateSent" in query else (None, None)
    earliest = from_ or _span(query.get("DateSent>", ""))[0]
    latest = until or _span(query.get("DateSent<", ""))[1]
    return (earliest is None or at >= earliest) and (latest is None or at < latest)


def _span(text: str) -> tuple[datetime | None, datetime | None]:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None, None
    length = timedelta(days=1) if len(text) == len("2026-01-01") else timedelta(seconds=1)
    start = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return start, start + length


def as_list(found: Sequence[Message], query: Mapping[str, str], page: Page, account: Account) -> dict[str, object]:
    """One page, with the addresses of its neighbours."""
    start = next((index + 1 for index, message in enumerate(found) if message.sid == page.after), 0)
    part = found[start : start + page.size]
    base = f"/2010-04-01/Accounts/{account.sid}/Messages.json"
    kept = [(name, query[name]) for name in FILTERS if name in query] + [("PageSize", str(page.size))]

    def at(number: int, *token: tuple[str, str]) -> str:
        return f"{base}?{urlencode([*kept, ('Page', str(number)), *token])}"

    more = start + page.size < len(found)
    return {
        "end": page.number * page.size + max(len(part) - 1, 0),
        "first_page_uri": at(0),
        "messages": [as_twilio(message, account) for message in part],
        "next_page_uri": at(page.number + 1, ("PageToken", f"PA{part[-1].sid}")) if more else None,
        "page": page.number,
        "page_size": page.size,
        "previous_page_uri": at(page.number - 1) if page.number else None,
        "start": page.number * page.size,
        "uri": at(page.number),
    }
