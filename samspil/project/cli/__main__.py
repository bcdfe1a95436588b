"""``python -m samspil.project.cli``: the same as ``samspil``, without a script on the path."""

from samspil.project.cli import main

main()
