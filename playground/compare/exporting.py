"""A comparison to take away: data for JSON, or a Markdown document. Nothing of a configuration but its name."""

from typing import Any

from playground.compare.showing import Column, Shown

FORMAT = "promptyard-comparison-1"


def as_data(shown: Shown) -> dict[str, Any]:
    """JSON takes it as it is."""
    comparison = shown.comparison
    return {
        "format": FORMAT,
        "created": comparison.created.isoformat(),
        "prompt": comparison.prompt,
        "system_prompt": comparison.system_prompt,
        "blind": comparison.blind,
        "columns": [_column(column) for column in shown.columns],
    }


def as_markdown(shown: Shown) -> str:
    """Prompt, the table of figures, and each answer below a heading."""
    comparison = shown.comparison
    parts = ["# Comparison", _quoted(comparison.prompt)]
    if comparison.system_prompt:
        parts += ["System prompt:", _quoted(comparison.system_prompt)]
    if shown.table and not comparison.is_hidden:
        parts.append(_table(shown))
    for column in shown.columns:
        parts.append(f"## {_title(column)}{' (winner)' if column.is_winner else ''}")
        if column.settings and not column.is_hidden:
            parts.append(", ".join(f"{name}: {value}" for name, value in column.settings))
        message = column.answer.message if column.answer else None
        parts.append((message and (message.content or message.refusal)) or "*(empty)*")
        if column.run and column.run.error and not column.is_hidden:
            parts.append(f"*{column.run.error.get('what', '')}*")
    return "\n\n".join(parts) + "\n"


def _table(shown: Shown) -> str:
    names = [figure.name for figure in shown.table[0][1]]
    lines = [_cells("Column", *names), _cells(*("---" for _ in ("", *names)))]
    lines += [_cells(_title(column), *(figure.text for figure in found)) for column, found in shown.table]
    return "\n".join(lines)


def _column(column: Column) -> dict[str, Any]:
    run, message = column.run, column.answer.message if column.answer else None
    found = {"name": column.name, "winner": column.is_winner}
    if not column.is_hidden:
        found |= {
            "configuration": str(column.session.configuration or ""),
            "model": run.model if run else column.session.model,
            "parameters": column.session.parameters,
        }
    if message:
        found |= {"content": message.content, "reasoning": message.reasoning, "refusal": message.refusal}
    if run and not column.is_hidden:
        found |= {
            "state": run.state,
            "error": run.error,
            "usage": run.usage,
            "usage_estimated": run.usage_estimated,
            "first_token_ms": run.first_token_ms,
            "duration_ms": run.duration_ms,
            "cost": str(run.cost) if run.cost is not None else None,
        }
    return found


def _title(column: Column) -> str:
    where = f" ({column.session.configuration})" if column.session.configuration and not column.is_hidden else ""
    return f"{column.name}{where}"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _cells(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
