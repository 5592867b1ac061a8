"""Costs as people read them."""

from decimal import Decimal

from connector.models import ApiType, Call, Run

UNPRICED = "unpriced"
SMALLEST = Decimal("0.01")  # US dollars; below, the first two digits that are not zero are shown


def dollars(amount: Decimal) -> str:
    """`0.0012` → `$0.0012`, `0.042` → `$0.0420`, `1234.5` → `$1,234.50`; never a round zero for what was something."""
    if amount >= 1 or amount == 0:
        return f"${amount:,.2f}"
    if amount >= SMALLEST:
        return f"${amount:.4f}"
    places = -amount.adjusted() + 1
    return f"${amount:.{places}f}".rstrip("0")


def of_run(run: Run) -> str:
    """What a run cost in US dollars, or that no price is known; empty while it goes, and where nothing is paid."""
    if run.is_going or is_free(run):
        return ""
    if run.cost is None:
        return UNPRICED
    return f"about {dollars(run.cost)}" if run.usage_estimated else dollars(run.cost)


def is_free(run: Run) -> bool:
    """Of the sandbox, or never answered."""
    is_sandbox = run.configuration is not None and run.configuration.api_type == ApiType.SANDBOX
    return is_sandbox or (run.state == Run.State.FAILED and not run.usage and not run.cost)


def of_call(call: Call) -> str:
    """As of a run, for one call of it. What used nothing has no price to be missing, and the sandbox is free."""
    if call.configuration is not None and call.configuration.api_type == ApiType.SANDBOX:
        return "free"
    if call.cost is None:
        return UNPRICED if call.is_ok and (call.input_tokens or call.output_tokens) else ""
    return dollars(call.cost)
