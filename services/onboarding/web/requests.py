"""What the HTTP API takes, as types for its document. The pages' own forms check it: a field has one rule and one sentence."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from services.onboarding.pointing.choices import PARTS


class Question(BaseModel, frozen=True):
    """A flat object, or the same fields as a form."""


class Nothing(Question, frozen=True):
    """No field is needed."""


class SignIn(Question, frozen=True):
    """An account."""

    email: str
    password: str


class SignUp(SignIn, frozen=True):
    """A new account, and a shop to begin with."""

    shop: str = ""
    back_office_hosts: Annotated[str, Field(description="Where staff key in orders, separated by commas")] = ""
    country: Annotated[str, Field(description="The shop's, ISO 3166; empty for what its address says")] = ""


class PasswordChange(Question, frozen=True):
    """The password as it is, and as it shall be."""

    password: str
    new_password: str


class NewPassword(Question, frozen=True):
    """For who has a link."""

    new_password: str


class ForgottenPassword(Question, frozen=True):
    """Whose link is to be mailed."""

    email: str


class NewSite(Question, frozen=True):
    """A shop."""

    name: str
    host: str
    platform: Annotated[str, Field(description="A platform's key, such as nexternal or plain_html")] = "nexternal"
    back_office_hosts: Annotated[str, Field(description="Addresses, separated by commas")] = ""
    country: Annotated[str, Field(description="ISO 3166; empty for what the address says, else US")] = ""
    currency: Annotated[str, Field(description="ISO 4217; empty for the country's")] = ""
    time_zone: Annotated[str, Field(description="IANA; empty for the country's")] = ""


class ShopSettings(Question, frozen=True):
    """Name, addresses, country, currency and zone, as they shall be. Country and platform stay where none is named."""

    name: str
    hosts: Annotated[str, Field(description="Addresses, separated by commas")]
    back_office_hosts: Annotated[str, Field(description="Addresses, separated by commas")] = ""
    country: Annotated[str, Field(description="ISO 3166; empty to keep it")] = ""
    currency: Annotated[str, Field(description="ISO 4217; empty for the country's")] = ""
    time_zone: Annotated[str, Field(description="IANA; empty for the country's")] = ""
    platform: Annotated[str, Field(description="A platform's key; empty to keep it")] = ""


class PlatformChosen(Question, frozen=True):
    """A platform's key, such as nexternal or plain_html."""

    platform: str


class Review(PlatformChosen, frozen=True):
    """The platform, and the page on which the shop confirms orders; Nexternal's is /nexternal."""

    confirmation_page: str = ""


class WorkerAddress(Question, frozen=True):
    """The worker file's path, or its whole address; empty to have it searched for."""

    worker_path: str = ""


class PrivacyChoices(Question, frozen=True):
    """Whether shoppers are asked before anything is stored, what a browser's Global Privacy Control does, and when e-mail and
    phone fields are read: ``live`` needs consent required. Empty leaves that as it is.
    """

    consent: Literal["required", "not_required"]
    privacy_control: Literal["limit", "deny", "ignore"]
    field_capture: Literal["", "submit", "blur", "live"] = ""


class LookChosen(Question, frozen=True):
    """The look of what shoppers see, as it shall be."""

    logo: Annotated[str, Field(description="Address of a picture, https; empty for none")] = ""
    colour: Annotated[str, Field(description="Six digits, such as #1f5fbf; empty for Beckon's own")] = ""
    language: Annotated[str, Field(description="en or es: where page and browser name neither")] = ""


class YesOrNo(Question, frozen=True):
    """A statement of the merchant; the latest holds."""

    answer: Literal["yes", "no"]


class CartCompared(YesOrNo, frozen=True):
    """Whether the cart that was read last is as the shop showed it; the names of its goods may be shown to shoppers then."""

    names: Annotated[str, Field(description="the names that were compared, one a line")] = ""


class Schedule(Question, frozen=True):
    """Whether reminders go out, and at which hours. How soon is the campaign's; the delays are taken here too where named."""

    mode: Literal["test", "observe", "live"]
    abandoned_after_seconds: int | None = None
    step_delay_seconds: Annotated[str | None, Field(description="One to five delays, separated by commas")] = None
    hours: Literal["legal", "always"]
    control_share_percent: float


class Template(Question, frozen=True):
    """The template of every text: {brand}, {items} and {link} are filled in."""

    template: str


class Sender(Question, frozen=True):
    """The account at the carrier."""

    account_sid: str
    auth_token: str
    from_number: Annotated[str, Field(description="E.164")]


class OwnLimits(Question, frozen=True):
    """The merchant's own limits of a day."""

    questions_per_day: Annotated[str, Field(description="Opt-in questions; empty for what Beckon reckons")] = ""
    messages_per_day: Annotated[str, Field(description="Texts of any kind; empty for the account's alone")] = ""


class LimitNamed(Question, frozen=True):
    """A limit that keeps messages back: twice as many are allowed for a day, up to the operator's ceiling."""

    budget: Annotated[str, Field(description="As /limits names it, such as prefix or site")]


class SiteKeyNamed(Question, frozen=True):
    """A public key of the site."""

    site_key: str


class ApiKeyNamed(Question, frozen=True):
    """A secret key, by its id."""

    key_id: str


class WorkerPath(Question, frozen=True):
    """Where the shop serves the worker file; empty switches push off."""

    worker_path: str


class WebhookSecret(Question, frozen=True):
    """The secret with which the shop's platform signs its webhooks; it replaces the one before."""

    webhook_secret: Annotated[str, Field(description="16 to 128 letters, digits and signs")]


class SourceCredentials(Question, frozen=True):
    """With what the back office is polled: a key, or a user name and its password. They replace those before."""

    source_account: str
    source_user: str = ""
    source_password: str = ""
    source_key: str = ""


class FirstStep(Question, frozen=True):
    """What every campaign has."""

    abandoned_after_seconds: int
    delay_seconds_1: int
    channels_1: Literal["push_sms", "sms", "push"] | None = None
    template_1: str | None = None
    push_title_1: str | None = None
    push_body_1: str | None = None
    cart: Annotated[str, Field(description="For a preview: the cart whose items count")] = ""


_LATER_STEPS: dict[str, Any] = {
    f"{name}_{number}": field
    for number in range(2, 6)
    for name, field in {
        "delay_seconds": (Annotated[str, Field(description="Empty for no such reminder")], ""),
        "channels": (Literal["push_sms", "sms", "push"] | None, None),
        "template": (str | None, None),
        "push_title": (str | None, None),
        "push_body": (str | None, None),
    }.items()
}
CampaignDraft: type[Question] = create_model(
    "CampaignDraft",
    __base__=FirstStep,
    __doc__="The whole campaign: a later step without a delay is none. What is not named of a step stays as it is.",
    **_LATER_STEPS,
)


class Contact(Question, frozen=True):
    """A phone number or an e-mail address: turned into a code to search by, neither stored nor logged."""

    contact: str


class ContactOfRequest(Contact, frozen=True):
    """The same, for a request for a person's data; ``also`` are other contacts that are proven to be theirs."""

    also: Annotated[str, Field(description="At most four, separated by commas")] = ""


class OptOuts(Question, frozen=True):
    """One person a line; or the list itself as ``text/csv``; or that there is none."""

    list: str = ""
    none: Literal["", "yes"] = ""


class OwnPhone(Question, frozen=True):
    """A test phone, by the code that stands for its number."""

    index: str


class TestOf(Question, frozen=True):
    """A reminder, counted from 1."""

    step: int


class RegistrationReported(Question, frozen=True):
    """The registration as the carrier's console shows it."""

    state: Literal["not_started", "submitted", "approved", "rejected"]
    reference: str = ""


class PartPrice(Question, frozen=True):
    """In US cents, such as 1.2."""

    part_price: str


class PointingNamed(Question, frozen=True):
    """A version, which is undone if it is the one in use."""

    number: int


class PointingToken(Question, frozen=True):
    """What the link bears behind ``beckon_pick=``. It counts in requests of the shop's own pages alone."""

    token: str


_SELECTORS = Annotated[str, Field(description="Up to three selectors, one a line: the first that finds something counts")]
_READING = Annotated[str, Field(description="What was read by it, as text")]
_PARAMETERS = Annotated[str, Field(description="The parts of the query that name the page, such as route=checkout/cart")]
_POINTED: dict[str, Any] = {"path": (str, ""), "parameters": (_PARAMETERS, "")}
_POINTED |= dict.fromkeys(PARTS, (_SELECTORS, "")) | dict.fromkeys((f"{part}_reads" for part in PARTS), (_READING, ""))
PointedOut: type[PointingToken] = create_model(
    "PointedOut",
    __base__=PointingToken,
    __doc__="What was pointed out. A cart needs its page's path, a line and a title within it.",
    **_POINTED,
)
