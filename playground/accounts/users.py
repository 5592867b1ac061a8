"""Users and groups in the admin: Django's pages, without their ways up.

There, whoever may change users may make themselves a superuser, set the password of one, or remove the last one
(`security.md` T52). Here staff manage those who are not staff, superusers manage everybody, and nobody takes away their
own rights, so that one superuser is always left: the one who is asking.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import admin as ours
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from connector.admin import base
from connector.admin.images import UserLimitsInline, with_storage
from connector.client.limits import readable

UP = ("is_staff", "is_superuser", "user_permissions")  # what makes more of somebody
IN = ("is_active", "is_staff", "is_superuser")  # what one needs to undo a mistake with oneself
TICKED = {"widget": forms.CheckboxSelectMultiple}  # Django's two lists need a mouse, and their names cannot be heard

admin.site.unregister([User, Group])


class PasswordForm(base.WithoutColons, AdminPasswordChangeForm):  # type: ignore[type-arg]  # as below
    pass


@admin.register(User)
class UserAdmin(base.ModelAdmin, ours.UserAdmin):  # type: ignore[type-arg]  # generic for mypy only
    change_password_form = PasswordForm
    inlines = (UserLimitsInline,)
    list_display = ("username", "email", "is_active", "is_staff", "last_login", "pictures", "storage")

    def get_queryset(self, request: HttpRequest) -> Any:
        return with_storage(super().get_queryset(request))

    @admin.display(ordering="pictures")
    def pictures(self, user: Any) -> int:  # with what `with_storage` counted
        return int(user.pictures)

    @admin.display(ordering="storage")
    def storage(self, user: Any) -> str:
        return readable(user.storage)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:  # Django's own
        return super().formfield_for_manytomany(db_field, request, **TICKED | options)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _may_manage(request.user, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        theirs = super().has_delete_permission(request, obj) and _may_manage(request.user, obj)
        return theirs and obj != request.user

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # as Django's: fields and callables
        closed = UP if not request.user.is_superuser else IN if obj == request.user else ()
        return [*super().get_readonly_fields(request, obj), *closed, "last_login", "date_joined"]

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """One's own password is changed where the present one is asked for."""
        if id == str(request.user.pk):
            return redirect("accounts:account")
        if not id.isdecimal() or len(id) > 18:
            raise PermissionDenied  # as for a user that is not there
        return super().user_change_password(request, id, form_url)


@admin.register(Group)
class GroupAdmin(base.ModelAdmin, ours.GroupAdmin):
    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **options: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **TICKED | options)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # as above
        closed = () if request.user.is_superuser else ("permissions",)
        return [*super().get_readonly_fields(request, obj), *closed]


def _may_manage(user: Any, other: Any) -> bool:
    return bool(other is None or user.is_superuser or not other.is_staff)
