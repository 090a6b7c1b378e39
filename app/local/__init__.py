"""The local stack: a real Neo4j and a real Redis without Docker, Java or Redis installed by hand.

Beside the flow, not in it: it starts servers and says where they are. `stack` puts it together from `jars`
(fetch and verify), `neo4j_server` and `redis_server` (how each is run), `process` and `guard` (start,
recognise, stop) and `state` (ports and passwords).
"""

from app.local.jars import default_cache
from app.local.neo4j_server import BENCH, THRIFTY, Profile
from app.local.stack import LocalStack, PartStatus, Status, default_folder, find
from app.local.state import Endpoints, PartName

__all__ = [
    "BENCH",
    "THRIFTY",
    "Endpoints",
    "LocalStack",
    "PartName",
    "PartStatus",
    "Profile",
    "Status",
    "default_cache",
    "default_folder",
    "find",
]
