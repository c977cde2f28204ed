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
OUR_CFLAGS := -std=c11 -ffp-contract=off -fno-strict-aliasing -fvisibility=hidden -fPIC \
  -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
  -Wcast-qual -Wdouble-promotion -Wpointer-arith -Wwrite-strings \
  $(call probe,-Wmissing-variable-declarations) $(call probe,-Wlogical-op) \
  $(call probe,-Wduplicated-cond)
OUR_CPPFLAGS := -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -Isrc/tensor -Isrc/ops -Isrc/tlee
OUR_LDFLAGS := -pthread
OUR_LDLIBS := -lm
ifeq ($(WERROR),1)
OUR_CFLAGS += -Werror
endif
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

# --- Sources ---
LIB_SRC := $(wildcard src/tensor/*.c src/ops/*.c src/tlee/*.c)
TOOL_SRC := $(wildcard tools/*.c)
TEST_SRC := $(wildcard tests/test_*.c)
TEST_HELP_SRC := $(filter-out $(TEST_SRC),$(wildcard tests/*.c))
PUBLIC_HEADERS := src/tensor/tlee_base.h src/tlee/tlee.h src/tlee/tlee_video.h
version_part = $(shell sed -n 's/^.define TLEE_VERSION_$(1) *//p' src/tlee/tlee.h)
MAJOR := $(call version_part,MAJOR)
VERSION := $(MAJOR).$(call version_part,MINOR).$(call version_part,PATCH)

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

.PHONY: all help test test-programs test-parity golden lint asan ubsan tsan valgrind demo install \
  uninstall format clean FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PRODUCTS)

# Copied from the folder of the flags in use, and only when the contents differ.
$(PRODUCTS): build/%: $(OBJ)/% FORCE
	$(Q)cmp -s $(OBJ)/$* $@ || { rm -f $@ && cp $(OBJ)/$* $@; }

$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(OUR_CPPFLAGS) $(EXTRA_CPPFLAGS) $(CPPFLAGS) $(OUR_CFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(OBJ)/libtlee.a: $(LIB_OBJ)
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OBJ)/libtlee.so: $(LIB_OBJ)
	@echo "  LINK  $@"
	$(Q)$(CC) -shared -Wl,-soname,libtlee.so.$(MAJOR) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) $^ \
	  $(OUR_LDLIBS) $(LDLIBS) -o $@

$(OBJ)/tlee: $(call objects,$(TOOL_SRC)) $(OBJ)/libtlee.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) $^ $(OUR_LDLIBS) $(LDLIBS) -o $@

# Tests see the internal headers, and can make each allocation fail (tests/allocations.c).
$(OBJ)/tests/%.o: EXTRA_CPPFLAGS := -Itests
WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
$(OBJ)/tests/%: $(OBJ)/tests/%.o $(call objects,$(TEST_HELP_SRC)) $(OBJ)/libtlee.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) $(WRAP) $^ $(OUR_LDLIBS) $(LDLIBS) -o $@

-include $(patsubst %.o,%.d,$(call objects,$(LIB_SRC) $(TOOL_SRC) $(TEST_SRC) $(TEST_HELP_SRC)))

# --- Tests ---
test-programs: $(TEST_BIN) $(OBJ)/tlee

# RUNNER runs the programs for another machine (RUNNER=qemu-aarch64-static); ONLY=part of a name.
test: $(TEST_BIN) $(OBJ)/tlee $(if $(SHARED),$(OBJ)/libtlee.so)
	$(Q)$(PYTHON) tests/run_tests.py --build $(OBJ) --runner "$(RUNNER)" $(ONLY)
