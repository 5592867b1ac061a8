"""The forms of signing in, of the first administrator and of a new password."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, UserCreationForm
from django.contrib.auth.models import User


class Shown:
    """What all of them look like: our inputs, and the first field with an error has the focus."""

    fields: dict[str, forms.Field]
    errors: Any

    label_suffix: str

    def as_ours(self) -> None:
        self.label_suffix = ""
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"
            field.widget.attrs.pop("autofocus", None)
        first = next((name for name in self.fields if name in self.errors), next(iter(self.fields)))
        self.fields[first].widget.attrs["autofocus"] = True


class SignInForm(Shown, AuthenticationForm):
    error_messages = dict.fromkeys(
        ("invalid_login", "inactive"), "This name and password do not go together. Capital letters matter."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Name"
        self.fields["username"].widget.attrs |= {"autocomplete": "username", "spellcheck": "false"}
        self.as_ours()
        if self.non_field_errors():  # a second try: the name stays, the password is to be typed again
            self.fields["username"].widget.attrs.pop("autofocus", None)
            self.fields["password"].widget.attrs["autofocus"] = True


class FirstAdministratorForm(Shown, UserCreationForm[User]):
    class Meta:
        model = User
        fields = ("username",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Name"
        self.fields["username"].help_text = "What you sign in with: letters, digits and @ . + - _"
        self.fields["username"].widget.attrs |= {"autocomplete": "username", "spellcheck": "false"}
        self.fields["password1"].help_text = "At least ten characters; not only digits, not a common one."
        self.fields["password2"].label = "Password again"
        self.fields["password2"].help_text = ""
        self.as_ours()

    def save(self, commit: bool = True) -> User:
        self.instance.is_staff = self.instance.is_superuser = True
        return super().save(commit)


class NewPasswordForm(Shown, PasswordChangeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "Present password"
        self.fields["new_password1"].help_text = "At least ten characters; not only digits, not a common one."
        self.fields["new_password2"].label = "New password again"
        self.fields["new_password2"].help_text = ""
        self.as_ours()
        if not self.is_bound:
            self.fields["old_password"].widget.attrs.pop("autofocus")  # the page is not only for this
