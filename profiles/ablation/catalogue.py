"""All experiments, one for each item of the roadmap, in its order."""

from profiles.ablation.experiment import Experiment
from profiles.ablation.phase_1 import PHASE_1
from profiles.ablation.phase_2 import PHASE_2
from profiles.ablation.phase_3 import PHASE_3
from profiles.ablation.phase_4 import PHASE_4
from profiles.ablation.phase_5 import PHASE_5
from profiles.ablation.phase_6 import PHASE_6

__all__ = ["EXPERIMENTS", "experiments_of"]

EXPERIMENTS: tuple[Experiment, ...] = (*PHASE_1, *PHASE_2, *PHASE_3, *PHASE_4, *PHASE_5, *PHASE_6)


def experiments_of(phase: int) -> tuple[Experiment, ...]:
    """The experiments of the items of phases 1 to `phase`."""
    return tuple(one for one in EXPERIMENTS if int(one.item[0]) <= phase)
