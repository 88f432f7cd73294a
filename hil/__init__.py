"""The bench: what stands on the table (virtual or real), and the programs that need all of the product at once.

Rules: the only package that may import every other one; simulators made of the product's own parts live in `virtual/`.
"""
