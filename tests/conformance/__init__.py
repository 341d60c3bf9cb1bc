"""Cases that other projects wrote, asked of ours. `python -m tests.conformance FILES…`"""
