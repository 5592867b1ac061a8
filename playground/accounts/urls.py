"""The addresses of signing in and of one's account."""

from django.urls import path

from playground.accounts import account, signing_in, welcome

app_name = "accounts"
urlpatterns = [
    path("login/", signing_in.sign_in, name="login"),
    path("logout/", signing_in.sign_out, name="logout"),
    path("welcome/<str:token>/", welcome.welcome, name="welcome"),
    path("account/", account.account, name="account"),
]
