"""Pure decisions of identity: whose is a handle, how alike are two, and what a list of decisions makes of them."""
