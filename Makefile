# SPDX-License-Identifier: MIT
# The only build file. `make help` lists what it can do.

# --- What a user may set (on the command line or in the environment) ---
CC ?= cc
AR ?= ar
CFLAGS ?= -O3 -g
PYTHON ?= python3
prefix ?= /usr/local
exec_prefix ?= $(prefix)
bindir ?= $(exec_prefix)/bin
libdir ?= $(exec_prefix)/lib
includedir ?= $(prefix)/include
mandir ?= $(prefix)/share/man
OPENMP ?= 0
STATIC ?= 0
SIMD ?= 1
WERROR ?= 0
SANITIZE ?=
V ?= 0
ifeq ($(origin CC),default)
CC := cc
endif
ifeq ($(V),0)
Q := @
endif

# --- Our flags, kept apart from the user's, which come last and win ---
probe = $(shell $(CC) -Werror $(1) -x c -c /dev/null -o /dev/null 2>/dev/null && echo $(1))
# -ffp-contract=off: a compiler that fuses multiply-adds on its own would move the definition.
# -fno-strict-aliasing: tensors are used where they lie among a file's bytes.
OUR_CFLAGS := -std=c11 -ffp-contract=off -fno-strict-aliasing -fvisibility=hidden -fPIC \
  -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
  -Wcast-qual -Wdouble-promotion -Wpointer-arith -Wwrite-strings \
  $(call probe,-Wmissing-variable-declarations) \
  $(call probe,-Wduplicated-cond)
# 64-bit file offsets: without them 32-bit machines fail on large files and some folders.
OUR_CPPFLAGS := -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -D_FILE_OFFSET_BITS=64 \
  -Isrc/tensor -Isrc/ops \
  -Isrc/tlee -Isrc/tlee/network -Isrc/tlee/video -Isrc/tlee/weights
OUR_LDFLAGS := -pthread
OUR_LDLIBS := -lm
ifeq ($(OPENMP),1)
OUR_CFLAGS += -fopenmp -DTLEE_OPENMP=1
OUR_LDFLAGS += -fopenmp
else
OUR_CFLAGS += -pthread
endif
ifeq ($(STATIC),1)
OUR_LDFLAGS += -static
endif
ifneq ($(SANITIZE),)
OUR_CFLAGS += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
OUR_LDFLAGS += -fsanitize=$(SANITIZE)
endif

# --- Instruction sets: a file's suffix alone decides its flags ---
MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
ISA_SUFFIXES := avx2 avx512 neon
ISA_x86_64 := avx2 avx512
ISA_aarch64 := neon
ISA_arm := neon
ISA := $(if $(filter 1,$(SIMD)),$(ISA_$(MACHINE)))
FLAGS_avx2 := -mavx2 -mfma -mf16c
FLAGS_avx512 := $(FLAGS_avx2) -mavx512f -mavx512bw -mavx512dq -mavx512vl
# The kernels' own order of loads and multiplications spreads them best: GCC's scheduling before
# register allocation adds 5 % of moves to the inner loop.
# 32-bit GCC wants to be told which half floats there are; Clang knows.
FLAGS_neon := $(if $(filter arm,$(MACHINE)),-mfpu=neon-vfpv4 $(call \
  probe,-mfp16-format=ieee),$(call probe,-fno-schedule-insns))
ifeq ($(ISA),)
OUR_CPPFLAGS += -DTLEE_PLAIN_C=1
endif

# --- Sources ---
LIB_SRC := $(filter-out $(foreach isa,$(filter-out $(ISA),$(ISA_SUFFIXES)),%_$(isa).c), \
  $(wildcard src/tensor/*.c src/ops/*.c src/tlee/*.c src/tlee/*/*.c))
TOOL_SRC := $(wildcard tools/*/*.c)
TEST_SRC := $(wildcard tests/test_*.c)
TEST_HELP_SRC := $(filter-out $(TEST_SRC),$(wildcard tests/*.c))
PUBLIC_HEADERS := src/tensor/tlee_base.h src/tlee/tlee.h src/tlee/tlee_replay.h \
  src/tlee/tlee_video.h
version_part = $(shell sed -n 's/^.define TLEE_VERSION_$(1) *//p' src/tlee/tlee.h)
MAJOR := $(call version_part,MAJOR)
MINOR := $(call version_part,MINOR)
VERSION := $(MAJOR).$(MINOR).$(call version_part,PATCH)
# Until version 1 each minor version may change the binary interface.
ABI := $(if $(filter 0,$(MAJOR)),0.$(MINOR),$(MAJOR))

# --- Objects: a folder for each set of flags, so that they never mix ---
comma := ,
MODE := $(if $(SANITIZE),$(firstword $(subst $(comma), ,$(SANITIZE))),release)
FLAGS_KEY := $(shell printf '%s' '$(CC) $(OUR_CPPFLAGS) $(CPPFLAGS) $(OUR_CFLAGS) $(CFLAGS) \
  $(OUR_LDFLAGS) $(LDFLAGS) $(LDLIBS)' | cksum | cut -d' ' -f1)
OBJ := build/obj-$(MODE)-$(FLAGS_KEY)
objects = $(patsubst %.c,$(OBJ)/%.o,$(1))
LIB_OBJ := $(call objects,$(LIB_SRC))
TEST_BIN := $(patsubst tests/%.c,$(OBJ)/tests/%,$(TEST_SRC))
# With STATIC=1 there is no shared library to make.
SHARED := $(if $(filter 1,$(STATIC)),,$(OBJ)/libtlee.so)
PRODUCTS := build/tlee build/libtlee.a $(if $(SHARED),build/libtlee.so)

.PHONY: all help test test-programs fuzz fuzz-run test-parity test-cluster golden pictures lint asan ubsan \
  tsan valgrind bench demo install \
  uninstall format clean FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PRODUCTS)
	$(if $(SHARED),,@rm -f build/libtlee.so)

# Copied from the folder of the flags in use, and only when the contents differ.
$(PRODUCTS): build/%: $(OBJ)/% FORCE
	$(Q)cmp -s $(OBJ)/$* $@ || { rm -f $@ && cp $(OBJ)/$* $@; }

$(OBJ)/%_avx2.o: ISA_CFLAGS := $(FLAGS_avx2)
$(OBJ)/%_avx512.o: ISA_CFLAGS := $(FLAGS_avx512)
$(OBJ)/%_neon.o: ISA_CFLAGS := $(FLAGS_neon)

# Changes no object: kept out of the key.
STRICT := $(if $(filter 1,$(WERROR)),-Werror)

$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(OUR_CPPFLAGS) $(EXTRA_CPPFLAGS) $(CPPFLAGS) $(OUR_CFLAGS) $(STRICT) $(CFLAGS) $(ISA_CFLAGS) -MMD -MP -c $< -o $@

$(OBJ)/libtlee.a: $(LIB_OBJ)
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OBJ)/libtlee.so: $(LIB_OBJ)
	@echo "  LINK  $@"
	$(Q)$(CC) -shared -Wl,-soname,libtlee.so.$(ABI) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) $^ \
	  $(OUR_LDLIBS) $(LDLIBS) -o $@

$(OBJ)/tlee: $(call objects,$(TOOL_SRC)) $(OBJ)/libtlee.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) $^ $(OUR_LDLIBS) $(LDLIBS) -o $@

# The command's sources, and tests that try parts of it.
TOOL_INCLUDES := $(addprefix -I,$(sort $(patsubst %/,%,$(dir $(TOOL_SRC)))))
$(OBJ)/tools/%.o: EXTRA_CPPFLAGS := $(TOOL_INCLUDES)

# Tests see the internal headers, and can make calls fail (tests/allocations.c, tests/no_access.c).
$(OBJ)/tests/%.o: EXTRA_CPPFLAGS := -Itests $(TOOL_INCLUDES) $(if $(filter 1,$(STATIC)),-DTEST_STATIC)
WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free,--wrap=access
$(OBJ)/tests/%: $(OBJ)/tests/%.o $(call objects,$(TEST_HELP_SRC)) $(OBJ)/libtlee.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) $(WRAP) $^ $(OUR_LDLIBS) $(LDLIBS) -o $@

$(OBJ)/tests/fuzz/%: $(OBJ)/tests/fuzz/%.o $(OBJ)/libtlee.a
	@echo "  LINK  $@"
	$(Q)$(CC) -fsanitize=fuzzer $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) $^ $(OUR_LDLIBS) $(LDLIBS) -o $@

-include $(patsubst %.o,%.d,$(call objects,$(LIB_SRC) $(TOOL_SRC) $(TEST_SRC) $(TEST_HELP_SRC) \
  $(wildcard tests/fuzz/*.c)))

# --- Tests ---
# RUNNER runs the programs for another machine (RUNNER=qemu-aarch64-static), ONLY=part of a name
# picks some, QUICK=1 thins the cases out for emulated machines.
test: $(TEST_BIN) $(OBJ)/tlee $(SHARED)
	$(Q)TLEE_QUICK=$(QUICK) $(PYTHON) tests/run_tests.py --build $(OBJ) --runner "$(RUNNER)" $(ONLY)

test-programs: $(TEST_BIN) $(OBJ)/tlee

# Against PyTorch, and pictures with matplotlib where that is installed. TORCH_PYTHON sees torch and
# torchvision; ORACLE=DIR adds the cases in DIR,
# REAL=DIR a trained checkpoint with clips. ACTIONS=DIR: the shipped model on the whole test split of
# the data set in DIR (tools/actions); ACTIONS_FLOAT=FILE: the same model, converted without --half.
TORCH_PYTHON ?= /usr/bin/python3
test-parity: build/tlee
	$(Q)$(TORCH_PYTHON) tests/parity/run_parity.py --tlee build/tlee \
	  $(if $(ORACLE),--oracle $(ORACLE)) $(if $(REAL),--real $(REAL)) \
	  $(if $(ACTIONS),--actions $(ACTIONS)) $(if $(ACTIONS_FLOAT),--actions-float $(ACTIONS_FLOAT))

# Evaluations spread by GNU parallel, over ssh too, and by Slurm, for real; parts whose programs are not
# installed are skipped.
test-cluster: build/tlee
	$(Q)$(PYTHON) tests/cluster/run_cluster.py --tlee build/tlee $(ONLY)

# The results that tests/test_golden.c holds the engine to, made anew.
golden:
	$(Q)$(TORCH_PYTHON) tests/parity/make_golden.py

# The tests again in a build with a sanitizer; the command in build/ stays what it is.
asan:
	$(Q)$(MAKE) test SANITIZE=address,undefined CFLAGS="-O1 -g"
ubsan:
	$(Q)$(MAKE) test SANITIZE=undefined CFLAGS="-O1 -g"
tsan:
	$(Q)$(MAKE) test SANITIZE=thread CFLAGS="-O1 -g" QUICK=1

VALGRIND := valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite
valgrind:
	$(Q)$(MAKE) test CFLAGS="-O1 -g" RUNNER="$(VALGRIND)" QUICK=1 ONLY="$(ONLY)"

# What the reader and the model make of any bytes; needs clang (CC=clang). The corpus stays in build/.
fuzz:
	$(Q)$(MAKE) fuzz-run SANITIZE=fuzzer-no-link,address,undefined CFLAGS="-O1 -g"
FUZZ_BIN := $(patsubst %.c,$(OBJ)/%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz-run: $(FUZZ_BIN) $(OBJ)/tlee
	$(Q)$(PYTHON) tests/fuzz/make_seeds.py $(OBJ)/tlee build/corpus
	$(Q)for target in $(FUZZ_BIN); do ASAN_OPTIONS=allocator_may_return_null=1 $$target build/corpus tests/data \
	  -max_total_time=$(or $(SECONDS_EACH),60) -max_len=393216 -print_final_stats=1 || exit 1; done

lint: $(OBJ)/libtlee.a $(SHARED)
	$(Q)tests/lint.sh $(OBJ)

# The pictures in docs/pictures, made anew (PyTorch, matplotlib, minutes).
pictures: build/tlee
	$(Q)docs/pictures/make.sh build/tlee build/pictures $(TORCH_PYTHON)

# --- Using it ---
# Tables of cost, into bench/out/. BENCH_RUNS: how often each time is measured (0: not at all);
# QUICK=1: once.
bench: build/tlee
	$(Q)$(PYTHON) bench/flops_tables.py --tlee "$(strip $(RUNNER) build/tlee)" \
	  $(addprefix --runs ,$(or $(BENCH_RUNS),$(if $(filter 1,$(QUICK)),1)))

demo: build/tlee
	$(Q)tools/demo.sh build/tlee

# Give install the variables that the build was given (CC, STATIC, OPENMP, ...).
install: all
	install -d "$(DESTDIR)$(bindir)" "$(DESTDIR)$(libdir)/pkgconfig" "$(DESTDIR)$(includedir)" \
	  "$(DESTDIR)$(mandir)/man1"
	install -m 755 build/tlee "$(DESTDIR)$(bindir)/tlee"
	install -m 644 build/libtlee.a "$(DESTDIR)$(libdir)/libtlee.a"
	$(if $(SHARED),install -m 755 build/libtlee.so "$(DESTDIR)$(libdir)/libtlee.so.$(VERSION)")
	$(if $(SHARED),ln -sf libtlee.so.$(VERSION) "$(DESTDIR)$(libdir)/libtlee.so.$(ABI)")
	$(if $(SHARED),ln -sf libtlee.so.$(ABI) "$(DESTDIR)$(libdir)/libtlee.so")
	install -m 644 $(PUBLIC_HEADERS) "$(DESTDIR)$(includedir)"
	install -m 644 tools/tlee.1 "$(DESTDIR)$(mandir)/man1/tlee.1"
	sed -e 's|@prefix@|$(prefix)|' -e 's|@exec_prefix@|$(exec_prefix)|' -e 's|@libdir@|$(libdir)|' \
	  -e 's|@includedir@|$(includedir)|' -e 's|@version@|$(VERSION)|' \
	  -e 's|@threads@|$(OUR_LDFLAGS)|' tools/tlee.pc.in > "$(DESTDIR)$(libdir)/pkgconfig/tlee.pc"

uninstall:
	for file in "$(bindir)/tlee" "$(libdir)/libtlee.a" "$(libdir)/libtlee.so" \
	  "$(libdir)/libtlee.so.$(ABI)" "$(libdir)/libtlee.so.$(VERSION)" \
	  "$(libdir)/pkgconfig/tlee.pc" "$(mandir)/man1/tlee.1" \
	  $(foreach header,$(notdir $(PUBLIC_HEADERS)),"$(includedir)/$(header)"); do \
	  rm -f "$(DESTDIR)$$file"; done

format:
	clang-format -i src/*/*.[ch] src/*/*/*.[ch] tools/*/*.[ch] tests/*.[ch] tests/fuzz/*.[ch]

clean:
	rm -rf build

help:
	@echo "make                 build/tlee, build/libtlee.a, build/libtlee.so"
	@echo "make demo            recognise bundled clips, and show what early exit saves"
	@echo "make bench           tables of what each exit costs, into bench/out/ (BENCH_RUNS=0: no times)"
	@echo "make test            all tests that need only a C compiler and Python 3"
	@echo "make test-parity     against PyTorch (ORACLE, REAL, ACTIONS=DIR, TORCH_PYTHON=python3)"
	@echo "make test-cluster    evaluations on many workers (GNU parallel, ssh, Slurm; ONLY=slurm)"
	@echo "make lint            style, static analysis, symbols, headers"
	@echo "make asan|ubsan|tsan|valgrind   the tests under a checker"
	@echo "make fuzz            weights and models under libFuzzer (CC=clang, SECONDS_EACH=60)"
	@echo "make install         to prefix=$(prefix) (DESTDIR, bindir, libdir, includedir, mandir); takes"
	@echo "                     the same switches as the build"
	@echo "make uninstall       removes what install put there"
	@echo "make golden          make the golden results anew (PyTorch)"
	@echo "make pictures        make the pictures of the documents anew (PyTorch, matplotlib)"
	@echo "make clean           remove build/"
	@echo
	@echo "CC=aarch64-linux-gnu-gcc STATIC=1   for another machine, one static binary"
	@echo "OPENMP=1   OpenMP in place of the own threads     WERROR=1   warnings are errors"
	@echo "SIMD=0     plain C kernels only"
	@echo "V=1        show the commands                      CFLAGS, LDFLAGS   as you like"

FORCE:
