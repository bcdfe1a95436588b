"""The ground: facts, the flow runner, the bell, ids, time, errors. Knows no stage and no channel."""
