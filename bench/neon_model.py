#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the NEON kernels would make of an ARM processor, where there is none to time them on.

First the inner loops of the matrix product as compiled: their instructions, and the share of the
multiply-add units' peak that llvm-mca's models of some processors give them. Then every layer of
ResNet-50, run under QEMU, which tells each block of instructions that it executes: the count is
exact, and includes copies of the input, edges, transforms and stores. The plain C row is counted
likewise, on 32 output channels.

Needs a cross compiler, qemu-aarch64 and, for the first part, llvm-mca (19 knows the pipes of
Neoverse N1; 14 takes it for another). Takes two minutes.
"""
import argparse
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
CPUS = ["cortex-a57", "cortex-a72", "neoverse-n1"]

# c, side, oc, window, stride, and how often ResNet-50 has the layer.
LAYERS = [
    (3, 224, 64, 7, 2, 1),
    (64, 56, 64, 1, 1, 1), (256, 56, 64, 1, 1, 2), (64, 56, 64, 3, 1, 3), (64, 56, 256, 1, 1, 4),
    (256, 56, 128, 1, 1, 1), (128, 56, 128, 3, 2, 1), (128, 28, 512, 1, 1, 4),
    (256, 56, 512, 1, 2, 1), (512, 28, 128, 1, 1, 3), (128, 28, 128, 3, 1, 3),
    (512, 28, 256, 1, 1, 1), (256, 28, 256, 3, 2, 1), (256, 14, 1024, 1, 1, 6),
    (512, 28, 1024, 1, 2, 1), (1024, 14, 256, 1, 1, 5), (256, 14, 256, 3, 1, 5),
    (1024, 14, 512, 1, 1, 1), (512, 14, 512, 3, 2, 1), (512, 7, 2048, 1, 1, 3),
    (1024, 14, 2048, 1, 2, 1), (2048, 7, 512, 1, 1, 2), (512, 7, 512, 3, 1, 2),
]


def output_of(command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, universal_newlines=True,
                          **options).stdout


def build(args, folder):
    """The library and the program that runs a layer, by the Makefile's own flags."""
    library = os.path.join(folder, "libtlee.a")
    subprocess.run(["make", "-s", "-C", TOP, "CC=" + args.cc, "STATIC=1", "OBJ=" + folder, library],
                   check=True, stdout=subprocess.DEVNULL)
    program = os.path.join(folder, "one_layer")
    subprocess.run([args.cc, "-std=c11", "-O2", "-static", "-I" + os.path.join(TOP, "src/tensor"),
                    "-I" + os.path.join(TOP, "src/ops"), os.path.join(HERE, "one_layer.c"),
                    library, "-lm", "-pthread", "-o", program], check=True)
    return program


# --- The inner loops ---

INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$")
BRANCH = re.compile(r"^(b(\.\w+)?|cbn?z|tbn?z|bl)$")


def inner_loops(listing):
    """(function, [(mnemonic, operands)]) for each loop without a branch but its own."""
    function, run = None, []
    for line in listing.split("\n"):
        header = re.match(r"^[0-9a-f]+ <(.*)>:$", line)
        if header:
            function, run = header.group(1), []
        found = INSTRUCTION.match(line)
        if not found:
            continue
        address, mnemonic = int(found.group(1), 16), found.group(2)
        operands = re.sub(r"\s*(//.*|<.*>)", "", found.group(3))
        run.append((address, mnemonic, operands))
        if not BRANCH.match(mnemonic):
            continue
        target = int(operands.split()[-1].split(",")[-1], 16)
        if run[0][0] <= target <= address:
            yield function, [step[1:] for step in run if step[0] >= target]
        run = []


def cycles(args, cpu, steps):
    """Of one turn of a loop, by llvm-mca."""
    text = "loop:\n" + "\n".join("%s %s" % step for step in steps)
    times = 1000
    told = output_of([args.mca, "-mtriple=aarch64", "-mcpu=" + cpu, "-iterations=%d" % times,
                      "-instruction-info=0", "-resource-pressure=0"], input=text)
    return int(re.search(r"Total Cycles:\s+(\d+)", told).group(1)) / times


def peak(args, cpu):
    """Multiply-adds a cycle when none waits for another."""
    count = 28
    steps = [("fmla", "v%d.4s, v30.4s, v31.s[0]" % i) for i in range(count)]
    return count / cycles(args, cpu, steps)


def show_loops(args, folder):
    listing = output_of([args.objdump, "-d", "--no-show-raw-insn",
                         os.path.join(folder, "src/ops/gemm_neon.o")])
    if args.mca:
        print(re.search(r"LLVM version \S+", output_of([args.mca, "--version"])).group(0))
    print("%-24s %6s %6s %6s   %s" % ("inner loop of", "length", "fmla", "share",
                                      "  ".join(CPUS) if args.mca else "llvm-mca not found"))
    peaks = {cpu: peak(args, cpu) for cpu in CPUS if args.mca}
    for function, body in inner_loops(listing):
        products = [step for step in body if step[0] == "fmla"]
        if len(products) < 8:
            continue
        body[-1] = (body[-1][0], re.sub(r"[0-9a-f]+$", "loop", body[-1][1]))
        shares = ["%.1f %%" % (100 * len(products) / cycles(args, cpu, body) / peaks[cpu])
                  for cpu in peaks]
        print("%-24s %6d %6d %5.1f%%   %s" % (function, len(body), len(products),
                                              100 * len(products) / len(body),
                                              "  ".join(share.rjust(len(cpu)) for cpu, share
                                                        in zip(CPUS, shares))))
    print()


# --- Executed instructions ---

KINDS = [
    ("fma", re.compile(r"fml[as]$|fmadd$|fmsub$|fnm")),
    ("float", re.compile(r"f(add|sub|mul|max|min|abs|neg|div|cmp|cm)")),
    ("load", re.compile(r"ld")),
    ("store", re.compile(r"st")),
]


KIND_NAMES = [kind for kind, _ in KINDS] + ["other"]


def kind_of(mnemonic):
    return next((kind for kind, pattern in KINDS if pattern.match(mnemonic)), "other")


def executed(args, command):
    """Executed instructions by kind, and the output: QEMU shows each block when it translates it,
    and then names it each time that it enters it."""
    pipe = os.path.join(args.folder, "trace")
    os.mkfifo(pipe)
    blocks, entered, current = {}, collections.Counter(), None
    process = subprocess.Popen([args.qemu, "-d", "in_asm,exec,nochain", "-D", pipe] + command,
                               stdout=subprocess.PIPE, universal_newlines=True)
    with open(pipe, encoding="ascii", errors="replace") as trace:
        for line in trace:
            if line.startswith("Trace"):
                entered[line.split("/", 2)[1]] += 1
            elif line.startswith("0x"):
                address, _, mnemonic = line.split(None, 3)[:3]
                if current is None:
                    current = blocks[address[2:-1].zfill(16)] = collections.Counter()
                current[kind_of(mnemonic)] += 1
            elif line.startswith("IN:"):
                current = None
            elif line.startswith("Stopped"):
                sys.exit("QEMU left a block halfway: the count would not be exact")
    os.remove(pipe)
    told = process.communicate()[0]
    if process.returncode:
        sys.exit("%s failed" % " ".join(command))
    total = collections.Counter()
    for address, times in entered.items():
        for kind, count in blocks[address].items():
            total[kind] += times * count
    return total, told.strip()


def layer_counts(args, program, row, layer, channels):
    """Of one run of the layer, with the method: what it takes above a program that prepares it and
    stops."""
    c, side, oc, window, stride = layer[:5]
    residual = window == 1 and oc == 4 * c
    command = [program, row] + [str(int(n)) for n in (c, side, channels, window, stride, residual)]
    once, method = executed(args, command + ["1"])
    once.subtract(executed(args, command + ["0"])[0])
    return once, method


COLUMNS = "%-25s %6s %8s  %8s %7s  %8s %6s %6s %6s %6s  %6s"
HEADINGS = [("", "", "multiply-", "C row", "", "NEON", "", "", "", "", "C by"),
            ("layer", "method", "adds, M", "per 1000", "float", "per 1000", "fmla", "float", "load",
             "store", "NEON")]


def print_layer(name, method, counts):
    plain = sum(counts["plain", kind] for kind in KIND_NAMES)
    neon = sum(counts["neon", kind] for kind in KIND_NAMES)
    products = counts["products"]
    floats = counts["plain", "fma"] + counts["plain", "float"]
    shares = ["%.1f%%" % (100 * counts["neon", kind] / neon) for kind in KIND_NAMES[:4]]
    print(COLUMNS % ((name, method, "%.1f" % (products / 1e6), "%.0f" % (1e3 * plain / products),
                      "%.1f%%" % (100 * floats / plain), "%.0f" % (1e3 * neon / products)) +
                     tuple(shares) + ("%.2f" % (plain / neon),)), flush=True)


def show_layers(args, program):
    print("Executed instructions per 1000 multiply-adds of the layer's definition, and their kinds")
    for heading in HEADINGS:
        print(COLUMNS % heading)
    total = collections.Counter()
    for layer in LAYERS:
        c, side, oc, window, stride, times = layer
        counts = collections.Counter(products=c * (side // stride) ** 2 * oc * window ** 2)
        # The C row works on 32 channels at a time, each time alike.
        plain, _ = layer_counts(args, program, "c", layer, 32)
        neon, method = layer_counts(args, program, "neon", layer, oc)
        for kind in KIND_NAMES:
            counts["plain", kind] = plain[kind] * (oc // 32)
            counts["neon", kind] = neon[kind]
        print_layer("%d, %dx%d -> %d, %d /%d" % (c, side, side, oc, window, stride), method, counts)
        for key, count in counts.items():
            total[key] += times * count
    print_layer("all %d layers" % sum(layer[5] for layer in LAYERS), "", total)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cc", default="aarch64-linux-gnu-gcc")
    parser.add_argument("--objdump", default="aarch64-linux-gnu-objdump")
    parser.add_argument("--qemu", default="qemu-aarch64-static")
    parser.add_argument("--mca", default=shutil.which("llvm-mca-19") or shutil.which("llvm-mca"))
    parser.add_argument("--loops-only", action="store_true", help="leave the layers out")
    args = parser.parse_args()
    for program in (args.cc, args.objdump, args.qemu):
        if not shutil.which(program):
            sys.exit("%s is not installed" % program)
    with tempfile.TemporaryDirectory(prefix="tlee-neon-") as args.folder:
        program = build(args, args.folder)
        show_loops(args, args.folder)
        if not args.loops_only:
            show_layers(args, program)


if __name__ == "__main__":
    main()
