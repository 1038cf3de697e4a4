"""How a call travels to the gateway, and what went wrong; knows no endpoint."""
