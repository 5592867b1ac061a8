"""The inspector's form: configuration, model, system prompt, and the parameters which the chosen model takes.

Only what was set is kept. An empty field means: not sent, the provider's default holds.
"""

from typing import Any

from django.contrib.auth.models import User
from django.http import QueryDict

from connector.models import ChatCompletionsSession
from playground.chat.forms import TextField
from playground.parameters.form import RequestForm, Start


class SettingsForm(RequestForm):
    """Bound to what was posted, else the session as it is."""

    operation = "chat_completions"

    system_prompt = TextField(strip=False, required=False)

    def __init__(self, user: User, session: ChatCompletionsSession, data: QueryDict | None = None) -> None:
        self.session = session
        super().__init__(user, Start(session.configuration_id, session.model, session.parameters), data)
        self.initial["system_prompt"] = session.system_prompt

    def values(self) -> dict[str, Any]:
        """What a session keeps of it: configuration, model, system prompt, parameters."""
        return super().values() | {"system_prompt": self.cleaned_data["system_prompt"]}

    def save(self) -> None:
        values = self.values()
        for name, value in values.items():
            setattr(self.session, name, value)
        self.session.save(update_fields=list(values))
