"""The measuring half of the gate: arms that are git refs, controls, rounds, baselines, bisection, calibration."""
