"""Names the packages; everything else about the build is in pyproject.toml.

The resources lie beside the code in a checkout and inside it once installed, as
``inspector/resources``: a package called ``resources`` would be too common a name for
site-packages.
"""

from __future__ import annotations

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["inspector", "inspector.*"]), "inspector.resources"],
    package_dir={"inspector.resources": "resources"},
    package_data={"inspector.resources": ["**/*"]},
)
