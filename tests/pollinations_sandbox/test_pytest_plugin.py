"""The fixture and the marker `pollinations_sandbox`, in test runs of their own."""

import pytest

pytest_plugins = ["pytester"]
_OPTIONS = ("-o", "asyncio_default_fixture_loop_scope=function", "--strict-markers")


@pytest.fixture(autouse=True)
def _a_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests has keys of the real gateway."""
    for name in ("POLLINATIONS_API_KEY", "POLLINATIONS_TOKEN"):
        monkeypatch.setenv(name, "sk_of_a_developer")
    monkeypatch.delenv("POLLINATIONS_BASE_URL", raising=False)


def test_the_fixture_points_the_environment_to_the_sandbox(pytester: pytest.Pytester) -> None:
    """An app that reads it never sees a key of the developer's; afterwards all is as before."""
    pytester.makepyfile(
        """
        import os

        NAMES = ("POLLINATIONS_BASE_URL", "POLLINATIONS_API_KEY", "POLLINATIONS_TOKEN")

        def test_it(pollinations_sandbox):
            expected = [pollinations_sandbox.base_url, pollinations_sandbox.api_key, None]
            assert list(map(os.environ.get, NAMES)) == expected

        def test_afterwards():
            assert list(map(os.environ.get, NAMES)) == [None, *["sk_of_a_developer"] * 2]
        """
    )
    pytester.runpytest_inprocess(*_OPTIONS).assert_outcomes(passed=2)


def test_the_marker_starts_the_sandbox_without_the_fixture(pytester: pytest.Pytester) -> None:
    """On a test, or on a class."""
    pytester.makepyfile(
        """
        import os, pytest

        @pytest.mark.pollinations_sandbox(keys={})
        def test_it():
            assert os.environ["POLLINATIONS_API_KEY"] == ""

        @pytest.mark.pollinations_sandbox
        class TestIt:
            def test_it(self):
                assert os.environ["POLLINATIONS_API_KEY"] == "sk_sandbox"

        def test_without():
            assert os.environ["POLLINATIONS_API_KEY"] == "sk_of_a_developer"
        """
    )
    pytester.runpytest_inprocess(*_OPTIONS).assert_outcomes(passed=3)


def test_the_marker_makes_the_fixture_strict(pytester: pytest.Pytester) -> None:
    """A script that is left over fails the test, at its teardown, with the reason."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.pollinations_sandbox(strict=True, api="2026-01")
        def test_it(pollinations_sandbox):
            assert pollinations_sandbox.api == "2026-01"
            pollinations_sandbox.reply("left over")
        """
    )
    result = pytester.runpytest_inprocess(*_OPTIONS)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*not used up (0 of 1): reply('left over')*"])
