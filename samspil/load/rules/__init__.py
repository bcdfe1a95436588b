"""Pure rules of waiting: queues, quantiles, what will come, how many are needed."""
