"""When, if, then: rules that do by themselves what colleagues have decided once."""
