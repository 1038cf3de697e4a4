"""The HTTP module that both adapters share; it knows the gateway and imports no framework."""

__version__ = "0.1.0"
