"""A Spark of our own on this machine: two workers of one core and a gigabyte, from the wheel alone (the extra ``samspil[spark]``, Java 17)."""

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MASTER = "local-cluster[2,1,1024]"


class NoSpark(ValueError):
    """Spark cannot run here; the text says what is missing."""


@contextmanager
def spark(master: str = MASTER, *, partitions: int = 8) -> Iterator[Any]:
    """A Spark session for the time of the block. Raises NoSpark without pyspark or Java."""
    try:
        import pyspark
        from pyspark.sql import SparkSession
    except ImportError:
        raise NoSpark("Spark is not installed: pip install samspil[spark]") from None
    if not shutil.which("java"):
        raise NoSpark("Spark needs Java 17, and there is no java here")
    os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    logging.getLogger("py4j").setLevel(logging.ERROR)
    session = (
        SparkSession.builder.master(master)
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "4g")
        .config("spark.sql.shuffle.partitions", str(partitions))
        .getOrCreate()
    )
    try:
        yield session
    finally:
        session.stop()
