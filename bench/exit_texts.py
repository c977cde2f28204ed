# SPDX-License-Identifier: MIT
"""What stands over the parts of Table 1."""

FIGURES = """## Table 1: cost of a frame by exit

### The published figures

"Plain" is the backbone alone, up to the exit. "Paper" is the figure that the published program
adds up, "explained" what the counter named below gives for the same ops.
"""

REASONS = """The figures deviate from the plain convention because a counter counted more than
multiplications. Every rule of the counters below was tried; those named give each figure to all
the digits that the paper has. (Two decimals, as ResNet-50's, are weaker evidence than three.)
"""

FEWER = """With fewer branches, B, the last B of the three cuts are used, so that exit 0 is a
later one; the columns of figures go with it (GMAC of the backbone, plain / paper):
"""

COUNTERS = """### What the usual counters say

Parameters and 10^9 MACs of the backbone alone, and of torchvision's whole network with 1000
classes; DeepSpeed's are FLOPs. The whole networks' are what the tools themselves print, to the
last digit (VGG16 is torchvision's vgg16_bn; its 4096-1000 takes the place of TLEE's 4096-512,
512-1000). Sources:
"""

PARTS = """### Parts: what the published figures leave out

Of one execution; feature layer, classifier and gate run once for each exit. Shares are of a frame
through all exits. The published figures count stages alone. (MobileNetV2 and EfficientNet-B3 have
two channel reductions in a branch here, as the 24 channels at their first cut do not allow for
three.)
"""

EXITS = """### Exits with all that belongs to them: %s, %d classes

GMAC with branches, feature layer, classifier and gate, and how much of that the published figures
leave out. "Written" is what convolutions and linear layers of the backbone put out, "largest op"
the most that an op has as input and output. Weights are parameters as floats. Times are medians
of a frame: %s.
"""

NOT_MEASURED = "not measured"

MEMORY = """### The engine's memory

Parameters of the whole model with three branches; its weights as floats with batch-norm folded
in, and as packed for this machine's kernels; and the working memory of a session.
"""
