"""The screen of who may be whom: the worklist, two people side by side, why, and the thresholds."""
