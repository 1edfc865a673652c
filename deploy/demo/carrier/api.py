"""The part of Twilio's API that a sender of SMS needs: send, look up, list, and set where replies go."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.demo.carrier.access import authenticated
from deploy.demo.carrier.errors import BAD_CALLBACK, NOT_FOUND, OPTED_OUT, UNAUTHENTICATED, refuse
from deploy.demo.carrier.exchange import Exchange
from deploy.demo.carrier.faults import misbehave, while_held
from deploy.demo.carrier.listing import as_list, fits, page_from
from deploy.demo.carrier.messages import API_VERSION, Account, as_twilio
from deploy.demo.carrier.sending import Refused, Wanted, read

ACCOUNT = f"/{API_VERSION}/Accounts/{{account:str}}"


class TwilioApi:
    """The carrier's face to programs."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._store = exchange.store

    def routes(self) -> list[Route]:
        """Where each resource is."""
        numbers = f"{ACCOUNT}/IncomingPhoneNumbers"
        return [
            Route(f"{ACCOUNT}/Messages.json", self.send, methods=["POST"]),
            Route(f"{ACCOUNT}/Messages.json", self.list_messages, methods=["GET"]),
            Route(f"{ACCOUNT}/Messages/{{sid:str}}.json", self.show, methods=["GET"]),
            Route(f"{numbers}.json", self.numbers, methods=["GET"]),
            Route(f"{numbers}/{{sid:str}}.json", self.number, methods=["GET"]),
            Route(f"{numbers}/{{sid:str}}.json", self.set_number, methods=["POST", "PUT"]),
        ]

    async def send(self, request: Request) -> Response:
        """Take a message. Every call is logged, also one that is refused."""
        form = texts(await request.form())
        call = self._exchange.arrive(form.get("To", ""), form.get("StatusCallback", ""))
        account = self._store.account()
        if (stranger := self._stranger(request, account)) is not None:
            self._store.note_call(call, "unauthenticated")
            return stranger
        fault = self._exchange.switchboard.take_fault(call.handset)
        if fault is not None and not fault.accepted:
            self._store.note_call(call, f"fault {fault.kind.value}")
            return await misbehave(fault, request)
        wanted = self._checked(read(form, account))
        if isinstance(wanted, Refused):
            self._store.note_call(call, f"refused {wanted.refusal.code}")
            return refuse(wanted.refusal, wanted.about)
        message = self._exchange.accept(call, wanted.body, wanted.messaging_service_sid)
        if fault is not None:
            return await misbehave(fault, request)
        await while_held(self._exchange.switchboard, request)
        return JSONResponse(as_twilio(message, account), 201)

    def _checked(self, wanted: Wanted | Refused) -> Wanted | Refused:
        if isinstance(wanted, Refused):
            return wanted
        blocked = self._exchange.switchboard.now.opt_outs and self._store.opted_out(wanted.to)
        return Refused(OPTED_OUT) if blocked else wanted

    async def list_messages(self, request: Request) -> Response:
        """What went through, newest first."""
        account = self._store.account()
        if (stranger := self._stranger(request, account)) is not None:
            return stranger
        listed = self._exchange.switchboard.now.listed
        found = [each for each in self._store.messages() if listed and fits(each, request.query_params, account)]
        return JSONResponse(as_list(found, request.query_params, page_from(request.query_params), account))

    async def show(self, request: Request) -> Response:
        """One message as it is now."""
        account = self._store.account()
        if (stranger := self._stranger(request, account)) is not None:
            return stranger
        message = self._store.message(request.path_params["sid"])
        return refuse(NOT_FOUND, request.url.path) if message is None else JSONResponse(as_twilio(message, account))

    async def numbers(self, request: Request) -> Response:
        """The account's one number."""
        account = self._store.account()
        if (stranger := self._stranger(request, account)) is not None:
            return stranger
        fitting = request.query_params.get("PhoneNumber", account.number) == account.number
        return JSONResponse({"incoming_phone_numbers": [as_number(account)] if fitting else [], "page": 0, "page_size": 50})

    async def number(self, request: Request) -> Response:
        """The number by its id."""
        account = self._store.account()
        if (stranger := self._stranger(request, account)) is not None:
            return stranger
        known = request.path_params["sid"] == account.number_sid
        return JSONResponse(as_number(account)) if known else refuse(NOT_FOUND, request.url.path)

    async def set_number(self, request: Request) -> Response:
        """Set where replies to the number are posted."""
        account = self._store.account()
        if (stranger := self._stranger(request, account)) is not None:
            return stranger
        if request.path_params["sid"] != account.number_sid:
            return refuse(NOT_FOUND, request.url.path)
        address = texts(await request.form()).get("SmsUrl", account.sms_url)
        if address and not address.startswith(("http://", "https://")):
            return refuse(BAD_CALLBACK, address)
        self._store.set_webhook(address)
        return JSONResponse(as_number(self._store.account()))

    def _stranger(self, request: Request, account: Account) -> Response | None:
        if not authenticated(request, account):
            return refuse(UNAUTHENTICATED)
        return None if request.path_params["account"] == account.sid else refuse(NOT_FOUND, request.url.path)


def texts(form: FormData) -> dict[str, str]:
    """The fields of a form without its files."""
    return {name: value for name, value in form.items() if isinstance(value, str)}


def as_number(account: Account) -> dict[str, object]:
    """The number as the API shows it."""
    return {
        "account_sid": account.sid,
        "api_version": API_VERSION,
        "friendly_name": account.number,
        "phone_number": account.number,
        "sid": account.number_sid,
        "sms_method": "POST",
        "sms_url": account.sms_url,
        "uri": f"/{API_VERSION}/Accounts/{account.sid}/IncomingPhoneNumbers/{account.number_sid}.json",
    }
