"""Scenarios: timelines in plain text that a policy's owner writes, lived by the production decisions.

`document` is what a file says, `phrases` what its words mean under a policy, `living` lets it happen and
`verdict` compares. `mutation` asks whether the scenarios would notice if the policy said something else.
"""
