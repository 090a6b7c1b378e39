"""Polygraph: events become a graph, novelty becomes alerts, alerts become one story."""
