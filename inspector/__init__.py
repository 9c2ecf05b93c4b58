"""The Graph Inspector: opens, draws, measures, tiles and verifies neural networks."""
