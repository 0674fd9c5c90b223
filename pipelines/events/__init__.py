"""Events for other systems: Kafka where it is set, silence where not.

An event is at least once: a note of it is made in the lake before the object that it names is written, and
removed when a broker has confirmed it. What a broker that is down did not take, or a killed task did not
send, is thus found by listing one small folder and sent later. A broker never blocks or fails a step.

What belongs here: events, the bus, the outbox. What does not: when a step announces something (steps).
"""

from pipelines.events.bus import Bus, Event, KafkaBus, SilentBus, Topic, open_bus
from pipelines.events.outbox import Outbox, open_outbox, waiting_notes
from pipelines.events.settings import consumer_config

__all__ = [
    "Bus",
    "Event",
    "KafkaBus",
    "Outbox",
    "SilentBus",
    "Topic",
    "consumer_config",
    "open_bus",
    "open_outbox",
    "waiting_notes",
]
