"""Counting what leaves no row of its own."""

from django.db import connection


def count(name: str, by: int = 1) -> None:
    """Add to a counter, in a statement of its own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO base_counter (name, count, last_at) VALUES (%s, %s, now())"
            " ON CONFLICT (name) DO UPDATE SET count = base_counter.count + excluded.count, last_at = now()",
            [name, by],
        )
