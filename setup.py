"""Everything about the package is in pyproject.toml; this only puts the sample station into the wheel.

The sample lies at the top of the repository, where people read and edit it, and setuptools packs only what is inside
the package. Copying at build time keeps one original.
"""

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # an isolated build does not look here

from broadcaster.sample import PACKAGED, SAMPLE_PARTS  # noqa: E402  (needs the path above)


class BuildWithSample(build_py):
    """build_py that also copies the sample station, except for an editable install, which reads the original."""

    def run(self) -> None:
        """Build the package, then add the sample."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "broadcaster" / PACKAGED
        shutil.rmtree(target, ignore_errors=True)  # an earlier build may have left a script that is gone now
        target.mkdir(parents=True)
        for part in SAMPLE_PARTS:
            source = HERE / part
            if source.is_dir():
                shutil.copytree(source, target / part)
            else:
                shutil.copyfile(source, target / part)


setup(cmdclass={"build_py": BuildWithSample})
