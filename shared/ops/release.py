"""Which release of Tocsin this is."""

from importlib.metadata import version

RELEASE = version("tocsin")
