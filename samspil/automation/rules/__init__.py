"""Pure decisions of automation: what a rule is, whether it holds, what it would do, and when it is stopped."""
