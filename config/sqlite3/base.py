"""The backend that Django loads (`ENGINE = "config.sqlite3"`)."""

from typing import Any

from django.db.backends.sqlite3 import base

from config.sqlite3 import spare
from config.sqlite3.turns import Connection, Cursor


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "factory": Connection}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        return spare.take(str(conn_params["database"])) or super().get_new_connection(conn_params)

    def create_cursor(self, name: Any = None) -> Any:
        return self.connection.cursor(factory=Cursor)

    def _close(self) -> None:
        if self.connection is not None and not spare.put(str(self.settings_dict["NAME"]), self.connection):
            super()._close()  # type: ignore[misc]  # the stubs leave it out
