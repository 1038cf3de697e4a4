"""The built-in replier: a few simple rules in the place of a model, listed in the documentation."""
