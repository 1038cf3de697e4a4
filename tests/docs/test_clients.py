import re
import tomllib

import clients_page


def test_the_page_is_what_the_tests_say() -> None:
    """`python tests/clients_page.py` writes it again after a test or a version has changed."""
    assert clients_page.PAGE.read_text("utf-8") == clients_page.page()


def test_every_client_of_the_environment_is_tested() -> None:
    """Each package of the project file's group has a file of tests, and the other way round."""
    project = tomllib.loads((clients_page.ROOT / "pyproject.toml").read_text("utf-8"))
    group = project["dependency-groups"]["clients"]
    named = {re.split(r"[^\w-]", text)[0] for text in group if isinstance(text, str)}

    assert named == set(clients_page.packages())
