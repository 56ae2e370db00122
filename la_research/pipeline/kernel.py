"""The kernel of a notebook: this environment's own Python, on one thread, with nothing of the person who runs it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines

from la_research.pipeline.stages import THREADS

SETTINGS = {
    **dict.fromkeys(
        (
            "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS",
        ),
        str(THREADS),
    ),
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}  # fmt: skip
"""What a kernel finds in its environment, so that two runs can differ in nothing."""
ENGINE = "la_research"


class OwnKernel(AsyncKernelManager):
    """A kernel of this very Python, whatever kernels Jupyter has registered.

    It talks over sockets in a folder of its own, so that kernels started at the same moment
    can not take each other's port, and reads no IPython profile and no matplotlibrc.
    """

    def __init__(self, **traits: Any) -> None:
        self._home = TemporaryDirectory(prefix="la-research-")
        super().__init__(connection_file=str(Path(self._home.name, "kernel.json")), **traits)
        if os.name == "posix":
            self.transport = "ipc"
            self.ip = str(Path(self._home.name, "kernel"))

    @property
    def kernel_spec(self) -> KernelSpec:
        """How the kernel is started."""
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            env={**SETTINGS, "IPYTHONDIR": self._home.name, **_default_figures()},
        )

    async def _async_start_kernel(self, **settings: Any) -> None:
        await super()._async_start_kernel(stderr=subprocess.DEVNULL, **settings)  # cells speak over the socket

    start_kernel = _async_start_kernel

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if not restart:
            self._home.cleanup()

    cleanup_resources = _async_cleanup_resources


def _default_figures() -> dict[str, str]:
    """Matplotlib's own settings, not those of the person; its font cache stays shared."""
    found = find_spec("matplotlib")
    return {"MATPLOTLIBRC": str(Path(found.origin).parent / "mpl-data")} if found and found.origin else {}


class OwnEngine(NBClientEngine):  # type: ignore[misc]
    """papermill's engine with this environment's kernel; it hands the notebook out even when a cell fails."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, *, keep: list[Any], folder: Path, **settings: Any
    ) -> None:
        """Run all cells in ``folder``; the notebook is appended to ``keep`` before the first one."""
        keep.append(nb_man.nb)
        super().execute_managed_notebook(
            nb_man,
            kernel_name,
            kernel_manager_class=OwnKernel,
            resources={"metadata": {"path": str(folder)}},
            **settings,
        )


papermill_engines.register(ENGINE, OwnEngine)


def with_own_loop(call: Callable[[], None]) -> None:
    """Call in a thread whose event loop, which Jupyter opens and leaves open, is closed at the end."""

    def called() -> None:
        try:
            call()
        finally:
            with suppress(RuntimeError):  # the call ended before there was a loop
                asyncio.get_event_loop().close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(called).result()
