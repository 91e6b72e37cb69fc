"""Hypothesis strategies for requests of the Amazon ECS operation UpdateExpressGatewayService.

They say which requests there are and know nothing of who answers them, so they serve alone, in anybody's
tests. Everything drawn is plain JSON, made anew for each test case, and never holds ``serviceArn``.

Most callers need three modules:

* :mod:`strategies.updates`: valid updates, presence subsets; :mod:`strategies.baselines`: a known start.
* :mod:`strategies.near_misses`: updates with exactly one defect, each with its valid twin.
* :mod:`strategies.identities`: wrong values for ``serviceArn``.

What exists at a target is given to all of them as :class:`strategies.pools.ValuePools`.

Below them are the domains of the members, by topic (``arns``, ``containers``, ``images``, ``networks``,
``scaling``, ``sizes``, ``variables``), what the service model alone says (``shapes``), how a whole update
becomes a single choice of Hypothesis (``domains``), and how defects are made (``defects``, ``plants``).

To add a member's domain: its strategy in the module of its topic, a line in ``updates._DOMAINS``, and a
value in ``baselines``. A member of a newer service model needs none of that to get its wrong types.
"""

from strategies.pools import ValuePools

__all__ = ["ValuePools"]
