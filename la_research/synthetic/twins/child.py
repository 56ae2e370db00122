"""The one place that speaks to SDV and SDMetrics: a process of its own that reads one message and writes one."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from la_research.synthetic.twins.columns import TABLE, Declared, metadata, within
from la_research.synthetic.twins.message import packed, unpacked

DISTRIBUTION = "beta"
BINS = 10
"""Classes into which a number is cut where a measure needs classes."""


def answer(request: bytes) -> bytes:
    """Fit, sample and measure, as asked.

    The header holds ``columns``, ``fits`` (table, rows, and a seed for each draw by its
    name) and ``measures`` (quality: two tables; protection: also the columns known and
    sensitive; either looks at the first ``rows``). A draw is a table that a measure may name.
    """
    header, tables = unpacked(request)
    columns = [Declared(**told) for told in header["columns"]]
    draws: dict[str, pd.DataFrame] = {}
    for fit in header["fits"]:
        draws |= sampled(tables[fit["table"]], columns, fit["rows"], fit["seeds"])
    held = tables | draws
    measured = {name: _measured(asked, held, columns) for name, asked in header["measures"].items()}
    return packed(measured, draws)


def sampled(
    table: pd.DataFrame, columns: Sequence[Declared], rows: int, seeds: Mapping[str, int]
) -> dict[str, pd.DataFrame]:
    """Draws from a Gaussian copula fitted to the table, by name; the same seed gives the same draw.

    SDV is kept from clipping to the smallest and largest value that it saw.

    References
    ----------
    Patki, Wedge & Veeramachaneni (2016), The Synthetic Data Vault, doi:10.1109/DSAA.2016.49.
    """
    from sdv.metadata import Metadata
    from sdv.single_table import GaussianCopulaSynthesizer

    told = Metadata.load_from_dict(metadata(columns))
    synthesizer = GaussianCopulaSynthesizer(told, enforce_min_max_values=False, default_distribution=DISTRIBUTION)
    synthesizer.fit({TABLE: table})
    found = {}
    for name, seed in seeds.items():
        synthesizer.reset_sampling()
        synthesizer._set_random_state(seed)  # its public calls ignore every seed
        found[name] = within(synthesizer.sample(rows)[TABLE], columns)
    return found


def _measured(asked: Mapping[str, Any], held: Mapping[str, pd.DataFrame], columns: Sequence[Declared]) -> Any:
    real, twin = (held[asked[which]].iloc[: asked["rows"]] for which in ("real", "twin"))
    if asked["kind"] == "quality":
        return quality(real, twin, columns)
    return {name: protection(real, twin, asked["known"], name, columns) for name in asked["sensitive"]}


def quality(real: pd.DataFrame, twin: pd.DataFrame, columns: Sequence[Declared]) -> dict[str, float]:
    """SDMetrics' quality score and its two parts, each 0 to 1."""
    from sdmetrics.reports.single_table import QualityReport

    report = QualityReport()
    report.generate(real, twin, metadata(columns)["tables"][TABLE], verbose=False)
    parts = report.get_properties().set_index("Property")["Score"]
    shapes, pairs = float(parts["Column Shapes"]), float(parts["Column Pair Trends"])
    return {"quality": float(report.get_score()), "shapes": shapes, "pairs": pairs}


def protection(
    real: pd.DataFrame, twin: pd.DataFrame, known: Sequence[str], sensitive: str, columns: Sequence[Declared]
) -> tuple[float, int]:
    """SDMetrics' disclosure protection of one column from who knows others, and the students it rests on.

    0 to 1; 1 is as good as guessing. It rests on students whose known columns (categories)
    occur in the twin. Not a number where nobody is left, or the column has one class.
    """
    from sdmetrics.single_table import DisclosureProtection

    numbers = {column.name for column in columns if column.is_number}
    known = [name for name in known if name != sensitive]
    used = [*known, sensitive]
    found = DisclosureProtection.compute_breakdown(
        real[used],
        twin[used],
        known_column_names=known,
        sensitive_column_names=[sensitive],
        continuous_column_names=[name for name in used if name in numbers] or None,
        num_discrete_bins=BINS,
    )
    matched = real[known].merge(twin[known].drop_duplicates(), on=known)
    return float(found["cap_protection"]), len(matched)


def main() -> int:
    """Answer the message on stdin; nothing else reaches stdout, and nothing at all stderr."""
    request, out = sys.stdin.buffer.read(), os.fdopen(os.dup(1), "wb")
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    with TemporaryDirectory() as home, StringIO() as nowhere:  # SDV would log in the home folder
        os.environ["XDG_DATA_HOME"] = home
        with redirect_stdout(nowhere), redirect_stderr(nowhere):
            reply = answer(request)
    out.write(reply)
    out.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
