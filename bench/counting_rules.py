# SPDX-License-Identifier: MIT
"""What the usual counters count for an op, one function each.

Each gives the totals that the tool itself prints for torchvision's networks, to the last digit
(tests/test_flops_tables.py). Versions matter: PyTorch 1.13, torchvision 0.14, and those named with
each rule. "Module" and "function": tools that hook modules see nn.ReLU but not F.relu; those that
replace functions see both, as the module calls the function.
"""
from collections import namedtuple

#: unit: "MAC", or "FLOP" where a multiplication and an addition are two. source: repository and
#: file. count: of an op.
Rule = namedtuple("Rule", "name unit source count")


def plain(op):
    """Multiplications of convolutions and linear layers; no bias, nothing else."""
    return op.macs


def bias(op):
    """One addition for each output, where the op has a bias of its own."""
    return op.outputs if op.macs and op.bias else 0


def batch_norm(op, count=2):
    return count * op.inputs if op.op == "batch_norm" else 0


def pooling(op):
    """Inputs."""
    return op.inputs if op.op in ("max_pool", "adaptive_avg_pool") else 0


def activation(op, *kinds):
    return op.outputs if op.op in kinds else 0


def fvcore(op):
    """Two for each element of a batch-norm; average pooling of any kind by its inputs."""
    return op.macs + batch_norm(op) + (op.inputs if op.op == "adaptive_avg_pool" else 0)


def ptflops_aten(op):
    return op.macs + bias(op)


def ptflops_modules(op):
    """ReLU and ReLU6 have a hook, SiLU and the sigmoid have none."""
    return (op.macs + bias(op) + batch_norm(op) + activation(op, "relu", "relu6")
            + (pooling(op) if op.is_module else 0))


def ptflops_functions(op):
    """Since 0.7.1 functions are replaced, too, and modules call them: ReLU and pooling count twice.
    nn.ReLU6 does not call F.relu6, and counts once; SiLU has a function alone."""
    return ptflops_modules(op) + activation(op, "relu", "silu") + pooling(op)


def adaptive_sums(op):
    """thop: an addition for each input of a window and a division, for each output."""
    if op.op != "adaptive_avg_pool" or not op.is_module:
        return 0
    window = (op.input[1] // op.output[1]) * (op.input[2] // op.output[2])
    return (window + 1) * op.outputs


def thop_2020(op):
    """Biases of convolutions, but not those of linear layers."""
    return (op.macs + (bias(op) if op.is_convolution else 0) + batch_norm(op) + adaptive_sums(op))


def thop_2022(op):
    """Two for each element of a batch-norm, and that doubled for its weights; no biases."""
    return op.macs + batch_norm(op, 4) + adaptive_sums(op)


def torchinfo(op):
    """Parameters times the places where they are used; a batch-norm's count once."""
    return op.parameters * (op.output[1] * op.output[2] if op.is_convolution else 1)


def deepspeed(op):
    """Functions: linear layers without bias; nn.ReLU6, the sigmoid and `x + y` are not seen."""
    return (2 * op.macs + (bias(op) if op.is_convolution else 0) + batch_norm(op)
            + activation(op, "relu", "silu") + pooling(op))


RULES = (
    Rule("torchvision", "MAC", "pytorch/vision torchvision/models/*.py, _ops", plain),
    Rule("ptflops 0.6.9", "MAC", "sovrasov/flops-counter.pytorch 0.6.9 ptflops/pytorch_ops.py; "
         "later ones with count_functional=False", ptflops_modules),
    Rule("fvcore", "MAC", "facebookresearch/fvcore 0.1.5 fvcore/nn/flop_count.py, jit_handles.py",
         fvcore),
    Rule("ptflops aten", "MAC", "sovrasov/flops-counter.pytorch 0.7.5 ptflops/aten_ops.py",
         ptflops_aten),
    Rule("ptflops 0.7.5", "MAC", "sovrasov/flops-counter.pytorch 0.7.5 ptflops/pytorch_ops.py",
         ptflops_functions),
    Rule("thop 0.0.31", "MAC", "Lyken17/pytorch-OpCounter 0.0.31.post2005241907 "
         "thop/vision/basic_hooks.py", thop_2020),
    Rule("thop 0.1.1", "MAC", "Lyken17/pytorch-OpCounter 0.1.1.post2209072238 "
         "thop/vision/basic_hooks.py, calc_func.py", thop_2022),
    Rule("torchinfo", "MAC", "TylerYep/torchinfo 1.8.0 torchinfo/layer_info.py", torchinfo),
    Rule("DeepSpeed", "FLOP", "microsoft/DeepSpeed 0.15.4 "
         "deepspeed/profiling/flops_profiler/profiler.py", deepspeed),
)


def total(rule, ops):
    return sum(rule.count(op) for op in ops)
