"""The contract between a device and its gateway: topics, messages, codec. Owned here, read by the gateway.

Rules: pure; every type is a frozen struct that cannot be decoded wrong; fields are only ever added at the end.
"""
