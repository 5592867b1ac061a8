"""Everything that can go wrong between us and a provider, as one tree.

    ConnectorError
    ├── NotSent                   nothing left this machine
    │   ├── InvalidParameter        a value that the API would refuse
    │   ├── NoConfiguration         none is chosen, or the chosen one may not be used any more
    │   ├── NotAllowed              the configuration does not take such requests of this person
    │   ├── NoModel                 neither the call nor the configuration names a model
    │   ├── StillAnswering          the answer before is not complete
    │   ├── LimitReached            a limit of ours: sends a minute, answers at once
    │   │   └── StorageFull           a person's share of the disk is used up
    │   ├── NotServing              this process does not run answers
    │   ├── KeyMissing              the configuration has no key and its kind needs one
    │   ├── KeyUnreadable           stored with another encryption key
    │   ├── KeyMismatch             the key belongs to another configuration or host
    │   ├── TokenRefused            Microsoft Entra gives no token for the application's secret
    │   ├── AddressRefused          a metadata, link-local or (if so set) private address
    │   ├── NameNotFound            DNS does not know the host
    │   ├── ConnectionRefused       nothing is listening
    │   ├── Unreachable             no way to the host
    │   ├── ConnectTimedOut         no connection in time
    │   ├── TLSFailed               no trusted encrypted connection
    │   └── Paused                  the circuit breaker is open
    ├── NoAnswer                  the request was sent, no status came back; it may have been billed
    │   ├── FirstByteTimedOut
    │   └── ConnectionReset
    ├── Refused                   the provider answered with an error status
    │   ├── BadRequest              400, 422
    │   │   ├── ContextTooLong
    │   │   └── Filtered
    │   ├── KeyRefused              401
    │   ├── Forbidden               403
    │   ├── NotFound                404
    │   ├── TooLargeOrWrongType     413, 415
    │   ├── RateLimited             429, wait and try again
    │   ├── QuotaExhausted          429, no money left
    │   ├── ProviderTrouble         408, 409, 5xx, 529
    │   └── Redirected              3xx
    ├── NotUnderstood             an answer came that is not the API's
    │   ├── NotJSON                 a web page, most often from a proxy
    │   ├── BadAnswer               JSON of another shape, cut, or empty
    │   ├── NotFetched              what an answer only gives an address of cannot be had
    │   ├── NotAPicture             what came is no picture that can be shown
    │   └── TooLarge                over our limit
    ├── BrokenOff                 the answer had begun; what came is kept
    │   ├── CutOff                  closed without an end
    │   ├── IdleTimedOut            nothing more came
    │   ├── TotalTimedOut           took longer than allowed
    │   ├── FailedMidway            the provider reported an error in the stream
    │   ├── Interrupted             our own server stopped
    │   └── Stopped                 somebody stopped it
    ├── NotStored                 what came could not be kept: no space, no permission
    └── Internal                  a mistake of ours; the log knows more

Each class carries `code` (stable, kept in the database), `what` (one sentence of what happened), `todo` (one
sentence of what a person can do) and `again` (whether the same request may succeed later unchanged). The texts
are templates over the facts given when the error is raised.
"""

import re
from typing import Any, ClassVar


class ConnectorError(Exception):
    """Base of the tree. `facts` are kept with the run and shown under *details*; never put a key into one."""

    code: ClassVar[str] = "error"
    what_template: ClassVar[str] = "The request failed."
    todo_template: ClassVar[str] = "Try again; if it stays, tell an administrator."
    again: ClassVar[bool] = False

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.what)

    @property
    def what(self) -> str:
        return self.what_template.format_map(_Facts(self.facts))

    @property
    def todo(self) -> str:
        return self.todo_template.format_map(_Facts(self.facts))

    def as_dict(self) -> dict[str, Any]:
        """What the database keeps and the page shows: code, what, todo, again, details."""
        details = {name: fact for name, fact in self.facts.items() if fact not in (None, "")}
        return {"code": self.code, "what": self.what, "todo": self.todo, "again": self.again, "details": details}


class _Facts(dict[str, Any]):
    """Facts for a template: one that was not given reads as `…` instead of raising in the middle of an error."""

    def __missing__(self, name: str) -> "_Unknown":
        return _Unknown("…")


class _Unknown(str):
    """Takes any format, a number's too."""

    def __format__(self, spec: str) -> str:
        return str(self)


# Nothing left this machine.


class NotSent(ConnectorError):
    code = "not_sent"


class InvalidParameter(NotSent):
    """`param`, `reason` (allowed values included) and `source` of the rule."""

    code = "invalid_parameter"
    what_template = "{param}: {reason}"
    todo_template = "Correct the value and send again."


class NoModel(NotSent):
    code = "no_model"
    what_template = "No model is chosen for {operation}."
    todo_template = "Choose a model, or set a default model for {operation} in the configuration {configuration}."


class NoConfiguration(NotSent):
    code = "no_configuration"
    what_template = "No configuration is chosen, or the chosen one may not be used any more."
    todo_template = "Choose another configuration."


class NotAllowed(NotSent):
    code = "not_allowed"
    what_template = "You may not send raw requests to the configuration {configuration}."
    todo_template = "Choose another configuration, or ask an administrator to allow it in this one."


class StillAnswering(NotSent):
    code = "still_answering"
    what_template = "The answer before is still being written."
    todo_template = "Wait for its end or stop it, then send again."
    again = True


class LimitReached(NotSent):
    """`limit` in words (20 messages a minute), `seconds` until there is room again, where that is known."""

    code = "limit"
    what_template = "The limit of {limit} is reached."
    todo_template = "Wait a moment, then send again; what was typed is kept."
    again = True

    @property
    def todo(self) -> str:
        seconds = self.facts.get("seconds") or 0
        return super().todo if seconds < 120 else f"It is possible again in {_span(seconds)}; what was typed is kept."


class MoreThanTheLimit(LimitReached):
    """`count` things at once are more than the `limit` in words, whose number is `most`: waiting would not help."""

    code = "over_limit"
    what_template = "{count} at once are more than the limit of {limit}."
    todo_template = "Choose {most} or fewer; an administrator can change the limit."
    again = False


def _span(seconds: float) -> str:
    minutes = -(-int(seconds) // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{-(-minutes // 60)} hours"


class StorageFull(LimitReached):
    """`used` and `limit` in words."""

    code = "storage_limit"
    what_template = "Your pictures take {used} of the {limit} that you may keep."
    todo_template = "Delete pictures that you do not need (it takes a day), or ask an administrator for more room."
    again = False


class NotServing(NotSent):
    code = "not_serving"
    what_template = "This server process does not write answers."
    todo_template = "An administrator has to start it with `manage.py serve`, or run the application's ASGI lifespan."


class KeyMissing(NotSent):
    code = "key_missing"
    what_template = "The configuration {configuration} has no key."
    todo_template = "An administrator can set one on the configuration's page."


class KeyUnreadable(NotSent):
    code = "key_unreadable"
    what_template = (
        "The key of {configuration} cannot be read with the current encryption key "
        "(stored with key id {stored}, present: {present})."
    )
    todo_template = "Start the server with the encryption key the key was stored with, or set the key again."


class KeyMismatch(NotSent):
    code = "key_mismatch"
    what_template = "The stored key does not belong to the configuration {configuration} at {origin}."
    todo_template = "An administrator must enter the key again for this host."


class TokenRefused(NotSent):
    """`reason`, in Microsoft's words."""

    code = "token_refused"
    what_template = "Microsoft Entra gave no token: {reason}"
    todo_template = "An administrator has to check the tenant, the application and its secret, which may have ended."


class AddressRefused(NotSent):
    code = "address_refused"
    what_template = "{host} is at {address}, an address that is never called."
    todo_template = "Check the endpoint; private networks have to be allowed in the settings."


class NameNotFound(NotSent):
    code = "dns"
    what_template = "The name {host} cannot be found."
    todo_template = "Check the endpoint of the configuration."
    again = True


class ConnectionRefused(NotSent):
    code = "refused"
    what_template = "Nothing is listening at {address}."
    todo_template = "Check that the server is running and the endpoint's port is right."
    again = True


class Unreachable(NotSent):
    code = "unreachable"
    what_template = "{address} cannot be reached ({reason})."
    todo_template = "Check the endpoint and the network between here and there."
    again = True


class ConnectTimedOut(NotSent):
    code = "connect_timeout"
    what_template = "No connection to {address} in {seconds:g} seconds."
    todo_template = "Check the endpoint and the network between here and there."
    again = True


class TLSFailed(NotSent):
    code = "tls"
    what_template = "No secure connection to {address}: {reason}."
    todo_template = "Check the server's certificate; an own authority can be set with the CA file setting."


class Paused(NotSent):
    code = "circuit"
    what_template = "Calls to {configuration} are paused for {seconds:.0f} s because the last ones failed."
    todo_template = "Try again then; the provider seems to have trouble."
    again = True


# Sent, but no status came back.


class NoAnswer(ConnectorError):
    code = "no_answer"
    again = True


class FirstByteTimedOut(NoAnswer):
    code = "first_byte_timeout"
    what_template = "No answer in {seconds:g} seconds."
    todo_template = "Try again, or allow more time in the configuration; this request may have been billed."


class ConnectionReset(NoAnswer):
    code = "reset"
    what_template = "The connection was closed before an answer came."
    todo_template = "Try again; this request may have been billed."


# The provider answered with an error status.


class Refused(ConnectorError):
    """`status`, and where the provider gave them `provider_code`, `param`, `message` (cut), `request_id`."""

    code = "provider"
    what_template = "The provider refused the request ({status}): {message}"
    todo_template = "Change the request as the provider says."

    @property
    def status(self) -> int:
        return int(self.facts.get("status", 0))


class BadRequest(Refused):
    code = "bad_request"

    def is_about(self, name: str) -> bool:
        """Whether the provider refused the parameter `name`; some name it in the message only."""
        if param := self.facts.get("param"):
            return bool(param == name)
        return bool(re.search(rf"\b{name}\b", str(self.facts.get("message", ""))))


class ContextTooLong(BadRequest):
    code = "context_length_exceeded"
    what_template = "The conversation is too long for this model: {message}"
    todo_template = "Shorten the history, start a new session, or choose a model with a larger context."


class Filtered(BadRequest):
    """`categories`: what the filter found, as far as the provider says."""

    code = "content_filter"
    what_template = "The provider's content filter blocked this ({categories})."
    todo_template = "Rephrase the message and send it again."


class KeyRefused(Refused):
    code = "key_refused"
    what_template = "The provider refused the key of this configuration."
    todo_template = "An administrator was told and can replace the key."


class Forbidden(Refused):
    code = "forbidden"
    what_template = "The provider does not allow this: {message}"
    todo_template = "Check the region, the network rules and the models this key may use."


class NotFound(Refused):
    code = "not_found"
    what_template = "The model {model} does not exist at this endpoint."
    todo_template = "Choose another model, or check the deployment's name and the endpoint."

    @property
    def what(self) -> str:
        if self.facts.get("model"):
            return super().what
        return "There is nothing at this address of the endpoint."

    @property
    def todo(self) -> str:
        return super().todo if self.facts.get("model") else "Check the path, and the endpoint of the configuration."


class TooLargeOrWrongType(Refused):
    code = "too_large_or_type"
    what_template = "The provider did not accept the size or type of what was sent: {message}"
    todo_template = "Send something smaller, or of another type."


class RateLimited(Refused):
    """`seconds`: how long the provider wants us to wait, if it said so."""

    code = "rate_limit"
    what_template = "The provider is busy or the rate limit is reached."
    todo_template = "Try again in a moment."
    again = True

    @property
    def todo(self) -> str:
        seconds = self.facts.get("seconds")
        return f"Try again in {seconds:.0f} seconds." if seconds and seconds >= 1 else super().todo


class QuotaExhausted(Refused):
    code = "quota"
    what_template = "The account of this configuration has no credit left, or its spend limit is reached."
    todo_template = "An administrator can add credit or raise the limit at the provider."


class ProviderTrouble(Refused):
    code = "provider_trouble"
    what_template = "The provider has trouble ({status})."
    todo_template = "Try again in a moment."
    again = True


class Redirected(Refused):
    code = "redirect"
    what_template = "The endpoint redirects to {host}; redirects are not followed, because the key would go with them."
    todo_template = "Enter the final address as the endpoint."


# An answer came that is not the API's.


class NotUnderstood(ConnectorError):
    code = "not_understood"


class NotJSON(NotUnderstood):
    code = "not_json"
    what_template = "The endpoint answered with a web page instead of the API ({title})."
    todo_template = "Check the endpoint; a proxy or a sign-in page may stand in between."


class BadAnswer(NotUnderstood):
    code = "bad_json"
    what_template = "The answer was not understood ({reason})."
    todo_template = "Check that the endpoint speaks the OpenAI API."


class TooLarge(NotUnderstood):
    code = "too_large"
    what_template = "The answer was too large (limit {limit})."
    todo_template = "Ask for less, or set a token limit."


class NotFetched(NotUnderstood):
    """`host` and `reason`: what was given is an address, which expires and may lead anywhere."""

    code = "fetch"
    what_template = "The picture could not be fetched from {host} ({reason})."
    todo_template = "Try again, and ask for b64_json where the model takes a response format."


class NotAPicture(NotUnderstood):
    """`reason`: what is wrong with it."""

    code = "not_a_picture"
    what_template = "What came is not a picture ({reason})."
    todo_template = "Try again, or ask for another format."


# The answer had begun; what came is kept.


class BrokenOff(ConnectorError):
    code = "broken_off"
    again = True


class CutOff(BrokenOff):
    code = "cut"
    what_template = "The answer was cut off before its end."
    todo_template = "Continue it, or try again."


class IdleTimedOut(BrokenOff):
    code = "idle_timeout"
    what_template = "The answer stopped coming; nothing for {seconds:g} seconds."
    todo_template = "Continue it, or try again."


class TotalTimedOut(BrokenOff):
    code = "total_timeout"
    what_template = "The answer took longer than {seconds:g} seconds and was stopped."
    todo_template = "Continue it, or allow more time in the configuration."


class FailedMidway(BrokenOff):
    code = "failed_midway"
    what_template = "The provider reported an error in the middle of the answer: {message}"
    todo_template = "Continue it, or try again."


class Interrupted(BrokenOff):
    code = "interrupted"
    what_template = "The server stopped while this answer was being written."
    todo_template = "Continue it, or try again."


class Stopped(BrokenOff):
    code = "stopped"
    what_template = "It was stopped before it was finished."
    todo_template = "Try again."


# The answer is there, but not on the disk.


class NotStored(ConnectorError):
    """`thing`: what could not be stored, and the system's `reason`."""

    code = "storage"
    what_template = "Could not store the {thing}: {reason}."
    todo_template = "An administrator has to make room, or to let the server write into its folder for media."
    again = True


# A mistake of ours.


class Internal(ConnectorError):
    """`reference`: what to look for in the log."""

    code = "internal"
    what_template = "Something went wrong on our side ({reference})."
    todo_template = "Try again; if it stays, an administrator finds the reason in the log."
    again = True
