"""A Spark session for the whole base, when one machine is outgrown."""

import os
from pathlib import Path
from typing import Any


def session(master: str = "") -> Any:
    """A session at ``master`` (SAMSPIL_SPARK_MASTER, or two workers of their own on this machine). Raises ImportError without PySpark."""
    import pyspark
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    where = master or os.environ.get("SAMSPIL_SPARK_MASTER") or "local-cluster[2,1,1024]"
    made = (
        SparkSession.builder.master(where)
        .appName("samspil")
        .config("spark.driver.memory", os.environ.get("SAMSPIL_SPARK_DRIVER_MEMORY", "6g"))
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    made.sparkContext.setLogLevel("ERROR")
    return made
