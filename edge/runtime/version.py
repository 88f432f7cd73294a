"""Which version of the product this is."""

from importlib.metadata import PackageNotFoundError, version


def luxi_version() -> str:
    """The installed version; from a working tree, which is not installed, `dev`."""
    try:
        return version("luxi")
    except PackageNotFoundError:
        return "dev"
