"""``GET /compat/ss/v1/``: a purchase as shops' servers report it to CartStack, with the key in the address."""

import json
from dataclasses import replace

from services.ingest.http.orders import take_order
from services.ingest.http.requests import Request
from services.ingest.http.responses import Response, to_json
from services.ingest.ingestion import Ingestion

SUCCESS = 100
FAULT = 101
"""CartStack's number for a field that is missing or cannot be read; what others it has is not known."""
FIELDS = ("email", "total", "order_id", "currency", "placed_at")
"""CartStack's two, and three that a shop may add: with its number a repeat is known as one."""


async def take_confirmation(request: Request, ingestion: Ingestion) -> Response:
    """Take it as ``POST /v1/orders`` would. The site is the key's, whatever ``siteid`` names.

    The answer has CartStack's two fields, and the status that says whether to send it again.
    """
    fields = {name: value for name in FIELDS if (value := request.query.get(name)) is not None}
    signed = {"authorization": f"Bearer {request.query.get('key', '')}"}
    answer = await take_order(replace(request, headers=signed, body=json.dumps(fields).encode()), ingestion)
    if answer.status == 200:
        return to_json(200, {"resp": SUCCESS, "err_txt": ""})
    return to_json(answer.status, {"resp": FAULT, "err_txt": json.loads(answer.body)["remedy"]}, answer.headers)
