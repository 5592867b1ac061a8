"""What people type into the chat."""

from typing import Any

from django import forms

from connector.models.text import MAX_MESSAGE_BYTES, cleaned

TOKEN_LENGTH = 64


class TextField(forms.CharField):
    """Text of a person: kept as typed, made fit for the database, at most 64 kB."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return str(super().to_python(cleaned(value) if isinstance(value, str) else value))

    def validate(self, value: str) -> None:
        super().validate(value.strip())
        size = len(value.encode())
        if size > MAX_MESSAGE_BYTES:
            raise forms.ValidationError(
                f"This is {size / 1024:,.0f} kB of text; {MAX_MESSAGE_BYTES // 1024} kB fit into one message. "
                "Shorten it, or send it in parts.",
                code="too_long",
            )


class AskForm(forms.Form):
    """A message; the token makes sure that a form sent twice is answered once."""

    text = TextField(strip=False, error_messages={"required": "Write something first."})
    token = forms.CharField(max_length=TOKEN_LENGTH, required=False)


class AgainForm(forms.Form):
    """What the buttons under a message send."""

    token = forms.CharField(max_length=TOKEN_LENGTH, required=False)


class RenameForm(forms.Form):
    title = TextField(
        max_length=200,
        error_messages={"required": "A title is needed."},
        widget=forms.TextInput({"class": "input", "autocomplete": "off", "autofocus": True}),
    )
