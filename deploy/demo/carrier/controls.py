"""How the carrier can be made to misbehave: the faults that a sender must survive."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from deploy.demo.carrier.messages import Status


class FaultKind(StrEnum):
    """What goes wrong with an answer."""

    ANSWER = "answer"  # a status and code of the test's choice
    TIMEOUT = "timeout"  # no answer at all, until the client hangs up
    RESET = "reset"  # the connection is cut without a byte
    MALFORMED = "malformed"  # 201, and a body that is no message


class Callbacks(StrEnum):
    """What becomes of status callbacks."""

    ON = "on"
    HELD = "held"  # owed, and sent when they are on again
    OFF = "off"  # never sent


class Fault(BaseModel):
    """One kind of misbehaviour, for the next ``times`` calls (null: for good), to one number or to all.

    ``accepted``: whether the message was taken, and reaches its phone, before the answer went wrong.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FaultKind
    status: int = Field(default=500, ge=400, le=599)
    code: int | None = None
    retry_after: int | None = None
    to: str | None = None
    accepted: bool = False
    times: int | None = Field(default=1, ge=1)


class Fate(BaseModel):
    """What becomes of messages to a number after they were taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Status
    code: int | None = None


class Controls(BaseModel):
    """The switches. They are the running process's: a restart of the demo sets them back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hold: bool = False  # take and log, but answer nobody until it is lifted
    callbacks: Callbacks = Callbacks.ON
    replies: bool = True  # whether replies of handsets are posted to the webhook
    # Twilio's own handling of STOP, START and HELP. Off, as for an account that answers by itself: both on would answer twice.
    opt_outs: bool = False
    listed: bool = True  # whether the message list shows anything
    faults: tuple[Fault, ...] = ()
    fates: dict[str, Fate] = Field(default_factory=dict)


class Switchboard:
    """Holds the switches and counts faults down."""

    def __init__(self) -> None:
        self.now = Controls()

    def change(self, changes: dict[str, object]) -> Controls:
        """Set what is named and leave the rest; raises ``ValidationError`` and changes nothing when it makes no sense."""
        self.now = Controls.model_validate(self.now.model_dump() | changes)
        return self.now

    def take_fault(self, to: str) -> Fault | None:
        """The first fault that fits this number, used up once."""
        for index, fault in enumerate(self.now.faults):
            if fault.to in (None, to):
                left = () if fault.times == 1 else (_one_less(fault),)
                faults = (*self.now.faults[:index], *left, *self.now.faults[index + 1 :])
                self.now = self.now.model_copy(update={"faults": faults})
                return fault
        return None


def _one_less(fault: Fault) -> Fault:
    return fault if fault.times is None else fault.model_copy(update={"times": fault.times - 1})
