"""The pytest front door: one item for each scenario.

``pytest --pyargs conformance.suite --endpoint-url URL`` judges an endpoint; the command line is a thin face
over the same session.
"""
