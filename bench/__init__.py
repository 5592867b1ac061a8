"""How fast, how small, how safe: every figure of the design beside its target.

`python -m bench` starts what it measures itself, on loopback and in folders of its own, and ends it again. Each way
through the server stands beside the direct call to the same upstream in the same run, so that ratios survive a noisy
machine. Figures are printed and written to `build/bench.json`.
"""
