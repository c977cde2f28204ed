# SPDX-License-Identifier: MIT
"""What tools/plot.py is made of: readers of what tlee writes, and a module for each picture."""
