# SPDX-License-Identifier: MIT
"""TLEE as a PyTorch program (temporal-layer early exit, IEEE Internet of Things Journal 2023, doi
10.1109/JIOT.2023.3293506): what the engine is held against, and a base for training.

Section numbers in the modules are those of src/tlee/SPEC.md.
"""
