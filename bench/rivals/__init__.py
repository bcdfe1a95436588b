"""What bench/rivals.py is made of: clusters, processes that are fed, installers, the truth, the plot."""
