"""What can be asked of a provider, seen from the wire: one `Operation` per endpoint of the API."""

from dataclasses import dataclass, field

from connector.client.limits import Limits


@dataclass(frozen=True, slots=True)
class Operation:
    name: str  # chat_completions
    path: str  # chat/completions, relative to the base of the endpoint
    method: str = "POST"
    in_deployment: bool = (
        True  # Azure's dated versions put it under /deployments/{deployment}/; not models, not responses
    )
    costly: bool = True  # an answer is billed: never sent twice once its body left and no status came back
    heavy: bool = False  # image, speech, transcription: retried once, and only when the provider had not begun
    limits: Limits = field(default_factory=Limits)
    query: tuple[tuple[str, str], ...] = ()  # names and values; an api-version among them replaces the endpoint's
