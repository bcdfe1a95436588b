"""What is done with rules, and what they do."""

from samspil.automation.actions.clock import wait
from samspil.automation.actions.engine import act
from samspil.automation.actions.save import (
    NoName,
    bring_back,
    change,
    delete,
    forbid,
    make,
    move,
    permit,
    resume,
    roll_back,
    switch,
)

__all__ = [
    "NoName",
    "act",
    "bring_back",
    "change",
    "delete",
    "forbid",
    "make",
    "move",
    "permit",
    "resume",
    "roll_back",
    "switch",
    "wait",
]
