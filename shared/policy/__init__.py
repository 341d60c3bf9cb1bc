"""The policy language: what a support contract promises, read from YAML, checked, versioned, looked up. Pure.

The façade of one file is `shared.policy.policy.Policy`, of all of them `shared.policy.book.PolicyBook`.
"""
