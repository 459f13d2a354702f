"""The project's checks: `nox` runs all but the benchmarks, `crash` and `sim`, `nox -s NAME` one of them.

Each has its own environment, kept between runs; with `--no-venv` they use the current one as it is.
"""

import nox

nox.needs_version = ">=2025.5.1"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "contracts", "tests", "memory", "quality"]

COVERAGE = ".coverage.json"


def install(session: nox.Session, *packages: str) -> None:
    """Installs into the session's own environment, never into one that is not."""
    if session.virtualenv.is_sandboxed:
        session.install(*packages)


@nox.session
def tests(session: nox.Session) -> None:
    """All tests on both cores, with coverage and its floor; arguments after -- go to pytest."""
    install(session, "-e", ".[test]")
    session.run("pytest", "-n", "2", "--cov", f"--cov-report=json:{COVERAGE}", "--cov-report=term", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and format."""
    install(session, "ruff>=0.12")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Every annotation, strictly."""
    install(session, "-e", ".[dev]")
    session.run("mypy")


@nox.session
def contracts(session: nox.Session) -> None:
    """The arrows of the map."""
    install(session, "-e", ".[test]")
    session.run("lint-imports", "--no-cache")


@nox.session
def quality(session: nox.Session) -> None:
    """Complexity, file sizes, coverage and cycles against the roadmap's limits; `tests` has to come first."""
    install(session, "-e", ".[test]")
    session.run("python", "-m", "profiles.quality", COVERAGE)


@nox.session
def memory(session: nox.Session) -> None:
    """The bounds in bytes that the service promises."""
    install(session, "-e", ".[test]")
    session.run("pytest", "tests/memory", "--memray", *session.posargs)


@nox.session
def crash(session: nox.Session) -> None:
    """Real processes that are really killed, at every marked point and at many random moments; a quarter of an hour."""
    install(session, "-e", ".[test]")
    session.run("pytest", "tests/crash", "--crash-rounds", "40", "--timeout", "1800", *session.posargs)


@nox.session
def sim(session: nox.Session) -> None:
    """Simulated worlds and kills in virtual time, at every step and not on a grid of them; some minutes."""
    install(session, "-e", ".[test]")
    session.run("pytest", "tests/sim", "--deep", "-n", "2", "--timeout", "1800", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Micro-benchmarks of single functions; the bench of the whole bot is `pulse bench`."""
    install(session, "-e", ".[test]")
    session.run("pytest", "tests/benchmarks", "--benchmark-only", *session.posargs)
