"""The HTTP API's own description (OpenAPI 3.1), made from its routes and types: what is not in it does not exist."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute, Route

from services.onboarding.results.cart_filters import CHANNEL_CHOICES, STATE_CHOICES
from services.onboarding.web import message_responses as messages
from services.onboarding.web import requests as questions
from services.onboarding.web import responses as answers
from services.onboarding.web import result_responses as results
from services.onboarding.web.order_contract import MODELS, order_operation
from shared.events.reasons import Reason
from shared.runtime.http.order_api import ORDERS_PATH

API = "/api/"
DOCUMENT = "/api/openapi.json"
_PARAMETER = re.compile(r"\{(\w+):(\w+)\}")
_FORMATS = {"uuid": {"type": "string", "format": "uuid"}, "str": {"type": "string"}}
_BEARER = {"type": "http", "scheme": "bearer"}
_SCHEMA = "#/components/schemas/{model}"


@dataclass(frozen=True)
class Contract:
    """What one operation answers, and takes. A stream answers events and no object."""

    answer: type[answers.Body] | None
    question: type[questions.Question] = questions.Nothing


_READ: Mapping[str, type[answers.Body] | None] = {
    "sites": results.Sites,
    "overview": results.Overview,
    "carts": results.Carts,
    "carts/{cart_id}": results.CartWithTimeline,
    "activity": results.Activity,
    "stream": None,
    "codes": answers.Codes,
    "setup": answers.Setup,
    "texting": messages.Texting,
    "campaign": messages.Campaign,
    "live": answers.GoingLive,
    "limits": answers.Limits,
    "pointing": answers.Pointings,
    "observed": results.Observed,
    "coverage": results.CoverageOfOrders,
    "settings": answers.Settings,
    "settings/look": answers.ShopLook,
    "people": answers.OptOutCount,
    "people/requests/{request_id}": results.DataRequest,
    "people/requests/{request_id}/export": results.PersonExport,
    "replies": results.Replies,
}
_DONE: Mapping[str, Contract] = {
    "signin": Contract(answers.Token, questions.SignIn),
    "signup": Contract(answers.Moved, questions.SignUp),
    "account/password": Contract(answers.Moved, questions.PasswordChange),
    "forgot": Contract(answers.Done, questions.ForgottenPassword),
    "reset/{token}": Contract(answers.Moved, questions.NewPassword),
    "sites": Contract(answers.Moved, questions.NewSite),
    "pause": Contract(answers.Moved),
    "resume": Contract(answers.Moved),
    "setup/link": Contract(answers.DeveloperLink),
    "setup/link/end": Contract(answers.Moved),
    "setup/review": Contract(answers.Moved, questions.Review),
    "setup/worker": Contract(answers.Moved, questions.WorkerAddress),
    "setup/webhook": Contract(answers.Moved, questions.WebhookSecret),
    "setup/source": Contract(answers.Moved, questions.SourceCredentials),
    "setup/source/disconnect": Contract(answers.Moved),
    "setup/cart": Contract(answers.Moved, questions.CartCompared),
    "setup/own-carts": Contract(answers.Moved, questions.YesOrNo),
    "settings/pace": Contract(answers.Moved, questions.Schedule),
    "settings/template": Contract(answers.Moved, questions.Template),
    "settings/sender": Contract(answers.Moved, questions.Sender),
    "settings/shop": Contract(answers.Moved, questions.ShopSettings),
    "settings/platform": Contract(answers.Moved, questions.PlatformChosen),
    "settings/privacy": Contract(answers.Moved, questions.PrivacyChoices),
    "settings/look": Contract(answers.Moved, questions.LookChosen),
    "settings/look/preview": Contract(answers.ShopLook, questions.LookChosen),
    "settings/look/find": Contract(answers.ShopLook),
    "settings/site-keys": Contract(answers.Moved),
    "settings/site-keys/revoke": Contract(answers.Moved, questions.SiteKeyNamed),
    "settings/keys/revoke": Contract(answers.Moved, questions.ApiKeyNamed),
    "settings/worker": Contract(answers.Moved, questions.WorkerPath),
    "settings/push-keys": Contract(answers.Moved),
    "keys": Contract(answers.NewKey),
    "campaign": Contract(answers.Moved, questions.CampaignDraft),
    "campaign/preview": Contract(messages.Previews, questions.CampaignDraft),
    "texting/code": Contract(messages.TestCode),
    "texting/phones/remove": Contract(answers.Moved, questions.OwnPhone),
    "texting/test": Contract(answers.Done, questions.TestOf),
    "texting/registration": Contract(answers.Moved, questions.RegistrationReported),
    "texting/price": Contract(answers.Moved, questions.PartPrice),
    "people": Contract(results.Person, questions.ContactOfRequest),
    "people/suppress": Contract(results.Person, questions.Contact),
    "people/export": Contract(answers.Moved, questions.ContactOfRequest),
    "replies/{reply_id}/open": Contract(results.OpenedReply),
    "people/erase": Contract(answers.Done, questions.Contact),
    "people/opt-outs": Contract(answers.OptOutsRead, questions.OptOuts),
    "limits": Contract(answers.Moved, questions.OwnLimits),
    "limits/raise": Contract(answers.Moved, questions.LimitNamed),
    "live": Contract(answers.Moved),
    "pointing/link": Contract(answers.PointingLink),
    "pointing/undo": Contract(answers.Moved, questions.PointingNamed),
    "picker/open": Contract(answers.OpenedPointing, questions.PointingToken),
    "picker/save": Contract(answers.SavedPointing, questions.PointedOut),
}
ASKED: Mapping[str, Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "carts": {
        "state": ("Without it: those that were left behind", {"enum": list(STATE_CHOICES)}),
        "reason": ("Why no reminder went out, or none any more", {"enum": [reason.value for reason in Reason]}),
        "channel": ("By which a reminder was sent", {"enum": [name for name in CHANNEL_CHOICES if name]}),
        "after": ("The ``next`` of the page before", {}),
    },
    "replies": {"after": ("The ``next`` of the page before", {})},
}
"""What an address may ask for behind its question mark."""
OPEN = frozenset({"signin", "signup", "forgot", "reset/{token}", "picker/open", "picker/save"})
"""Who calls these has no token yet."""


def api_routes(routes: Iterable[BaseRoute]) -> Iterator[Route]:
    """Routes of the API."""
    return (route for route in routes if isinstance(route, Route) and route.path.startswith(API) and route.path != DOCUMENT)


def name_of(path: str) -> str:
    """An operation's path below the API, or below a site."""
    return _PARAMETER.sub(r"{\1}", path).removeprefix(API).removeprefix("sites/{site_id}/")


def contract_of(path: str, method: str) -> Contract:
    """The contract of a route. Raises ``KeyError`` for one that nobody has described."""
    return Contract(_READ[name_of(path)]) if method == "GET" else _DONE[name_of(path)]


def describe(routes: Iterable[BaseRoute], public: str, ingest: str) -> dict[str, Any]:
    """The whole document: the console's own routes, and the address at ingest that takes orders."""
    paths: dict[str, dict[str, Any]] = {}
    models: set[type[BaseModel]] = {answers.Refusal, *MODELS}
    for route in api_routes(routes):
        operations = paths.setdefault(_PARAMETER.sub(r"{\1}", route.path), {})
        for method in sorted((route.methods or set()) - {"HEAD"}):
            contract = contract_of(route.path, method)
            models |= {model for model in (contract.answer, contract.question) if model is not None}
            operations[method.lower()] = _operation(route, method, contract)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Beckon's console",
            "version": "1",
            "description": "What the console's pages show and do, for programs.",
        },
        "servers": [{"url": public or "/"}],
        "security": [{"token": []}],
        "paths": dict(sorted(paths.items())) | {ORDERS_PATH: {"post": order_operation(ingest)}},
        "components": {
            "securitySchemes": {"token": _BEARER, "secretKey": _BEARER},
            "schemas": _schemas(models),
        },
    }


def _schemas(models: Iterable[type[BaseModel]]) -> dict[str, Any]:
    ordered = sorted(models, key=lambda model: model.__name__)
    _, described = models_json_schema([(model, "validation") for model in ordered], ref_template=_SCHEMA)
    schemas: dict[str, Any] = described["$defs"]
    return schemas


def _operation(route: Route, method: str, contract: Contract) -> dict[str, Any]:
    summary = (inspect.getdoc(route.endpoint) or "").partition("\n")[0].rstrip(".")
    operation: dict[str, Any] = {
        "summary": summary,
        "operationId": f"{method.lower()}_{re.sub(r'[^a-z]+', '_', route.path.lower()).strip('_')}",
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": _FORMATS[kind]}
            for name, kind in _PARAMETER.findall(route.path)
        ],
        "responses": {"200": {"description": summary, "content": _content(contract.answer)}},
    }
    if name_of(route.path) in ASKED and method == "GET":
        operation["parameters"] += [
            {"name": name, "in": "query", "required": False, "description": text, "schema": {"type": "string", **limits}}
            for name, (text, limits) in ASKED[name_of(route.path)].items()
        ]
    refused = {"404": "There is no such thing, or it is another account's"}
    if name_of(route.path) in OPEN:
        operation["security"] = []
        refused = {"429": "Too many tries at once; Retry-After says when to come again"}
        if name_of(route.path).startswith("picker/"):
            refused = {"403": "The token has ended, or this is no page of its shop"}
        if "{" in route.path:
            refused["404"] = "There is no such thing, or it has ended"
    else:
        refused["401"] = "Nobody is signed in"
    if method == "POST":
        refused["422"] = "A field cannot be taken; the answer names it"
        operation["requestBody"] = {"content": _content(contract.question)}
    operation["responses"] |= {
        status: {"description": text, "content": _content(answers.Refusal)} for status, text in sorted(refused.items())
    }
    return operation


def _content(model: type[BaseModel] | None) -> dict[str, Any]:
    if model is None:
        return {"text/event-stream": {"schema": {"type": "string"}}}
    return {"application/json": {"schema": {"$ref": _SCHEMA.replace("{model}", model.__name__)}}}
