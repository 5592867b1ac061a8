"""Queries that are asked with every question: Django puts their SQL together once, not each time.

    theirs = Prepared(lambda: Run.objects.filter(user=given("user", Run, "user"), pk=given("pk")))
    theirs.first(user=user.pk, pk=7)

Putting a query together costs ten times as much as asking it, and a hundred people who ask at the same moment wait for
all of it (`docs/decisions/0011-many-questions-at-once.md`). What comes is what the queryset would give: objects, with
those of `select_related`, or the tuples of `values_list`. All that is not `given` is the same each time.
"""

import copy
from collections.abc import Callable
from typing import Any

from django.db import connections
from django.db.models import BigIntegerField, Expression, Model, QuerySet

LARGEST = 2**63 - 1  # what a column of numbers can hold


class Given(Expression):
    """A place in a query for a value that comes later. `field` turns it into what the database takes."""

    is_authenticated = True  # so that it can stand for somebody who is signed in: `for_user(given("user", …))`

    def __init__(self, name: str, field: Any) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


def given(name: str, model: type[Model] | None = None, field: str = "") -> Any:  # Any: it stands where a value does
    """The value that comes as `name`, as the `field` of a `model` takes it; an id of ours, if nothing is said."""
    found: Any = model._meta.get_field(field) if model else BigIntegerField()
    while found.is_relation:
        found = found.target_field
    return Given(name, found)


class Prepared[Row]:
    """What `make` asks, with other values each time."""

    def __init__(self, make: "Callable[[], QuerySet[Any, Row]]") -> None:
        self._make = make
        self._queryset: QuerySet[Any, Row] | None = None
        self._plans: dict[str, _Plan] = {}  # by the database

    def all(self, using: str | None = None, **values: Any) -> list[Row]:
        """`using`: the database, where it is not the one that is read from."""
        if self._queryset is None:
            self._queryset = self._make()  # only now: there are no fields before Django is set up
        database = using or self._queryset.db
        if any(isinstance(value, int) and abs(value) > LARGEST for value in values.values()):
            return []  # no row has such a number, and databases complain about it
        plan = self._plans.get(database)
        if plan is None:
            plan = self._plans[database] = _Plan(self._queryset, database)
        rows: Any = self._queryset._iterable_class(plan.with_values(values))
        return list(rows)

    def first(self, using: str | None = None, **values: Any) -> Row | None:
        """The first of them in the queryset's own order."""
        return next(iter(self.all(using, **values)), None)


class _Plan:
    """A query as one database takes it: its SQL, and how rows become objects."""

    def __init__(self, queryset: "QuerySet[Any, Any]", database: str) -> None:
        self.queryset, self.database = queryset, database
        self.compiler: Any = queryset.query.get_compiler(using=database)
        self.sql, self.parameters = self.compiler.as_sql()  # it notes what it selects
        selected = [column[0] for column in self.compiler.select[: self.compiler.col_count]]
        converters = self.compiler.get_converters(selected)
        self.compiler.get_converters = lambda _: converters
        self.compiler.connection = None  # that of whoever came first

    def with_values(self, values: dict[str, Any]) -> Any:  # Any: an `_Asked`, which stands where a queryset does
        connection = connections[self.database]
        compiler = copy.copy(self.compiler)
        compiler.connection = connection
        parameters = tuple(_bound(parameter, values, connection) for parameter in self.parameters)
        compiler.as_sql = lambda: (self.sql, parameters)
        return _Asked(self.queryset, self.database, compiler)


def _bound(parameter: Any, values: dict[str, Any], connection: Any) -> Any:
    if not isinstance(parameter, Given):
        return parameter
    return parameter.output_field.get_db_prep_value(values[parameter.name], connection)


class _Asked:
    """As much of a queryset as what reads its rows looks at."""

    def __init__(self, queryset: Any, database: str, compiler: Any) -> None:
        self.query, self.db, self.model = self, database, queryset.model
        self._fetch_mode, self._known_related_objects = queryset._fetch_mode, queryset._known_related_objects
        self._compiler = compiler

    def get_compiler(self, using: str) -> Any:
        return self._compiler
