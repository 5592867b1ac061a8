"""Who may change whom in the admin: nobody climbs, and nobody is left without an administrator."""

from django.contrib.auth.models import Group, Permission, User
from django.test import TestCase

from tests.builders import a_superuser, a_user

# What a user's page sends besides: when they joined, and that no limits are set.
SINCE = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00", "limits-TOTAL_FORMS": 0, "limits-INITIAL_FORMS": 0}
ALL = {**SINCE, "is_active": "on", "is_staff": "on", "is_superuser": "on", "username": "taken"}


class Case(TestCase):
    def setUp(self):
        self.root, self.user = a_superuser(), a_user()
        self.manager = a_user(is_staff=True)
        self.manager.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
        self.colleague = a_user(is_staff=True)

    def post(self, actor: User, page: str, **data):
        self.client.force_login(actor)
        return self.client.post(f"/admin/auth/{page}", data)

    def as_stored(self, user: User) -> User:
        return User.objects.get(pk=user.pk)


class ManagerTests(Case):
    """Staff who may add, change and delete users and groups."""

    def test_changes_ordinary_users_but_raises_nobody(self):
        permission = Permission.objects.first().pk
        answer = self.post(self.manager, f"user/{self.user.pk}/change/", **ALL, user_permissions=permission)
        self.assertEqual(answer.status_code, 302)
        stored = self.as_stored(self.user)
        self.assertEqual((stored.username, stored.is_staff, stored.is_superuser), ("taken", False, False))
        self.assertFalse(stored.user_permissions.exists())

    def test_touches_no_staff_and_not_their_own_rights(self):
        for other in (self.root, self.colleague, self.manager):
            for page in ("change/", "delete/", "password/"):
                before = User.objects.filter(pk=other.pk).values().get()
                self.client.force_login(self.manager)
                answer = self.post(
                    self.manager,
                    f"user/{other.pk}/{page}",
                    **ALL,
                    post="yes",
                    password1="a new password",
                    password2="a new password",
                    usable_password="true",
                )
                self.assertIn(answer.status_code, (302, 403))
                after = User.objects.filter(pk=other.pk).values().get()
                self.assertEqual(after | {"last_login": None}, before | {"last_login": None}, page)

    def test_deletes_no_staff_from_the_list_either(self):
        selected = [self.root.pk, self.colleague.pk, self.manager.pk]
        self.post(self.manager, "user/", action="delete_selected", _selected_action=selected, post="yes")
        self.assertEqual(User.objects.filter(pk__in=selected).count(), 3)

    def test_gives_a_group_no_rights(self):
        group = Group.objects.create(name="mine")
        self.manager.groups.add(group)
        everything = list(Permission.objects.values_list("pk", flat=True))
        answer = self.post(self.manager, f"group/{group.pk}/change/", name="renamed", permissions=everything)
        self.assertEqual(answer.status_code, 302)
        group.refresh_from_db()
        self.assertEqual((group.name, group.permissions.count()), ("renamed", 0))


class SuperuserTests(Case):
    def test_cannot_take_their_own_rights_away(self):
        self.post(self.root, f"user/{self.root.pk}/change/", username="still", **SINCE)
        stored = self.as_stored(self.root)
        self.assertEqual(stored.username, "still")
        self.assertEqual((stored.is_active, stored.is_staff, stored.is_superuser), (True, True, True))

    def test_cannot_delete_themselves_alone_or_together_with_others(self):
        other = a_superuser()
        self.assertEqual(self.post(self.root, f"user/{self.root.pk}/delete/", post="yes").status_code, 403)
        both = [self.root.pk, other.pk]
        self.post(self.root, "user/", action="delete_selected", _selected_action=both, post="yes")
        self.assertTrue(User.objects.filter(pk=self.root.pk).exists())

    def test_changes_everybody_else(self):
        other = a_superuser()
        self.assertEqual(self.post(self.root, f"user/{other.pk}/change/", username="less", **SINCE).status_code, 302)
        self.assertFalse(self.as_stored(other).is_superuser)
        self.assertEqual(self.post(self.root, f"user/{other.pk}/delete/", post="yes").status_code, 302)
        self.assertFalse(User.objects.filter(pk=other.pk).exists())

    def test_own_password_is_changed_where_the_present_one_is_asked_for_and_guesses_are_counted(self):
        for page in (f"/admin/auth/user/{self.root.pk}/password/", "/admin/password_change/"):
            self.client.force_login(self.root)
            self.assertRedirects(self.client.get(page), "/account/", msg_prefix=page)
            self.assertRedirects(self.client.post(page, {"password1": "x"}), "/account/", msg_prefix=page)
