"""The reference emulator: a second, independent reading of the documents, and the faults that test the suite.

``errors``, ``schema`` and ``records`` are the vocabulary. ``reading``, ``validation``, ``configuration``,
``backend``, ``answers`` and ``writing`` are the parts, each open to one fault; ``front`` joins them. None of
these knows HTTP or moto. ``mount`` puts them on moto's ECS, ``server`` serves that over HTTP, and ``process``
runs the server as a child.
"""
