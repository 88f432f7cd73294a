"""The county side: ingest, archive, outboxes, county platform, broker and certificates.

Rules: of the edge it uses only `wire`, `link`, `spool` and `runtime`; nothing is acknowledged before its commit;
`app.py` builds everything and is read top to bottom.
"""
