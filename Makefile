# SPDX-License-Identifier: GPL-2.0-or-later
#
# make help lists the targets.

PREFIX ?= /usr/local
DESTDIR ?=
KERNELS ?= 6.1 6.12
DEBUG_KERNELS ?= 6.12-kasan 6.12-kcsan
COVERAGE ?= 85
# For each target of make fuzz, or HOURS.
SECONDS ?= $(if $(HOURS),$(shell echo $$(($(HOURS) * 3600))),300)
KDIR ?= /lib/modules/$(shell uname -r)/build
O ?= build
V ?= 0

CFLAGS ?= -O2 -g
NFHA_CFLAGS := -std=gnu11 -Wall -Wextra -Werror -Wmissing-prototypes \
	-Wstrict-prototypes -Wshadow -D_GNU_SOURCE -Iinclude/uapi -Ilibnfha/include
VERSION := 0.1.0

ifeq ($(V),1)
Q :=
say :=
else
Q := @
say = @echo "  $(1)	$(2)";
MAKEFLAGS += --no-print-directory
endif

ifeq ($(O),)
$(error O is empty; it is the directory for what is built)
endif
ifneq ($(words $(CURDIR) $(O)),2)
$(error a path with a space does not work, and kbuild knows none: $(CURDIR) $(O))
endif

ifneq ($(filter install% uninstall%,$(MAKECMDGOALS)),)
ifeq ($(filter /%,$(PREFIX)),)
$(error PREFIX=$(PREFIX) is not an absolute path)
endif
endif

ifneq ($(filter demo check check-recovery check-debug check-vm bench fuzz,$(MAKECMDGOALS)),)
ifneq ($(filter /tmp/% /run/% /dev/%,$(CURDIR)),)
$(error a test machine has a /tmp, /run and /dev of its own: put the tree elsewhere than $(CURDIR))
endif
endif

# NAME,DIGITS: a variable that is a number, with so many digits behind the first at most, or
# "wrong".
number = $(shell echo '$($(1))' | grep -xE '[1-9][0-9]{0,$(2)}' || echo wrong)
ifneq ($(filter fuzz,$(MAKECMDGOALS)),)
ifeq ($(if $(HOURS),$(call number,HOURS,2))$(if $(HOURS),,$(call number,SECONDS,6)),wrong)
$(error $(if $(HOURS),HOURS=$(HOURS): expected a number from 1 to 999,SECONDS=$(SECONDS): expected a number from 1 to 9999999))
endif
endif
ifneq ($(filter coverage,$(MAKECMDGOALS)),)
ifeq ($(call number,COVERAGE,1),wrong)
$(error COVERAGE=$(COVERAGE): expected percents from 1 to 99)
endif
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

ALL :=
CLEAN :=
UNIT_TESTS :=
INSTALL :=
UNINSTALL :=

include libnfha/build.mk
include daemon/build.mk
-include tests/unit/build.mk
-include tests/kselftest/build.mk
-include tests/vnf/build.mk
-include tests/driver/build.mk
-include tests/nfhad/build.mk
-include tests/demo/build.mk
-include tests/bench/build.mk
-include tests/fuzz/netlink.mk
-include tests/fuzz/build.mk

# The others install first what is missing, or need nothing.
NO_BUILD := demo bench check check-recovery check-debug check-sanitize check-valgrind coverage \
	fuzz lint help clean distclean uninstall check-config bootstrap-% module% dkms_%
ifneq ($(filter-out $(NO_BUILD),$(or $(MAKECMDGOALS),all)),)
MISSING := $(shell for tool in $(firstword $(CC)) pkg-config protoc-c; do \
		command -v $$tool >/dev/null || echo $$tool; done; \
	for lib in libmnl $(NFHAD_LIBS); do \
		pkg-config --exists $$lib 2>/dev/null || echo $$lib; done)
ifneq ($(MISSING),)
$(error not here: $(MISSING). As root, scripts/bootstrap build installs what is needed)
endif
endif

# The module is built beside the tree, so that several kernels and a debug
# build do not meet.
MODULE_SOURCES := $(wildcard kmod/*.[ch] kmod/selftest/*.[ch]) kmod/Kbuild \
	include/uapi/linux/nfha.h

# The plus hands the jobserver on, for make does not see the $(MAKE) in a call.
# With -n it would run kbuild on a copy that is not there.
RECURSE = $(if $(findstring n,$(firstword -$(MAKEFLAGS))),,+)

# $(1): directory, $(2): headers, $(3): variables
#
# kbuild has an O= of its own, which is not this one.
define build_module
	$(Q)mkdir -p $(1)/src/include
	$(Q)cp -rpu kmod $(1)/src/
	$(Q)cp -rpu include/uapi $(1)/src/include/
	$(Q)$(RECURSE)flock -o $(1)/lock $(MAKE) -s -C $(2) O= M=$(abspath $(1))/src/kmod W=1 \
		KCFLAGS=-Werror $(3) modules 2>$(1)/log || { cat $(1)/log >&2; exit 1; }
	$(Q)grep -v "Skipping BTF" $(1)/log >&2 || true
	$(Q)cp $(1)/src/kmod/nfha.ko $(1)/nfha.ko
endef

.PHONY: all module modules
modules: module
ifneq ($(wildcard $(KDIR)/Makefile),)
all: $(ALL) module
module: $(O)/kmod/nfha.ko
else
NO_HEADERS = no kernel headers in $(KDIR); install linux-headers-$(shell uname -r), or give KDIR=
# The rest is of use where the module is another machine's.
all: $(ALL)
	@echo "  SKIP	nfha.ko: $(NO_HEADERS)"
module:
	$(error $(NO_HEADERS))
endif

$(O)/kmod/nfha.ko: $(MODULE_SOURCES)
	$(call say,MODULE,$@)
	$(call build_module,$(O)/kmod,$(KDIR),)

.PHONY: module-%
module-%: $(O)/kmod-%/nfha.ko ;

# A kernel that is replaced has other headers.
.SECONDEXPANSION:
$(O)/kmod-%-debug/nfha.ko: $(MODULE_SOURCES) $$(wildcard $(O)/kernels/$$*/release)
	$(Q)scripts/kernel --headers $* >/dev/null
	$(call say,MODULE,$@)
	$(call build_module,$(@D),$$(scripts/kernel --headers $*),NFHA_DEBUG=1)

$(O)/kmod-%/nfha.ko: $(MODULE_SOURCES) $$(wildcard $(O)/kernels/$$*/release)
	$(Q)scripts/kernel --headers $* >/dev/null
	$(call say,MODULE,$@)
	$(call build_module,$(@D),$$(scripts/kernel --headers $*),)

.PHONY: demo check check-recovery check-debug check-unit check-models check-vm bench fuzz lint check-config
.PHONY: units check-sanitize check-valgrind coverage
bootstrap-%:
	$(Q)scripts/bootstrap $(subst -, ,$*)

# Of make's own when -j is given.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

demo: bootstrap-build-test-demo
	$(Q)$(MAKE) $(JOBS) user module-6.1
	$(Q)scripts/demo

bench: bootstrap-build-test-bench
	$(Q)$(MAKE) $(JOBS) user module-6.1 module-6.12
	$(Q)scripts/bench

.PHONY: user
user: $(ALL)

check: bootstrap-build-test-demo-fuzz
	$(Q)$(MAKE) $(JOBS) user $(UNIT_TESTS) fuzz-check $(KERNELS:%=module-%-debug)
	$(Q)scripts/servers >/dev/null
	$(Q)KERNELS="$(KERNELS)" scripts/check

check-recovery: bootstrap-build-test
	$(Q)$(MAKE) $(JOBS) user $(KERNELS:%=module-%-debug)
	$(Q)scripts/servers >/dev/null
	$(Q)KERNELS="$(KERNELS)" scripts/check --recovery

check-debug: bootstrap-build-test
	$(Q)for kernel in $(DEBUG_KERNELS); do scripts/kernel --release $$kernel || exit; done
	$(Q)$(MAKE) $(JOBS) user $(DEBUG_KERNELS:%=module-%-debug)
	$(Q)scripts/servers >/dev/null
	$(Q)KERNELS="$(DEBUG_KERNELS)" scripts/check --debug

units: user $(UNIT_TESTS)

check-unit: units $(if $(shell command -v $(FUZZ_CC)),fuzz-check)
	$(Q)KERNELS= scripts/check

# Builds of their own, beside the usual one. With so much in between the compiler warns of what
# it does not see.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all

check-sanitize: O_OF := $(abspath $(O))/sanitize
check-sanitize: bootstrap-build-test
	$(Q)$(MAKE) $(JOBS) O=$(O_OF) units \
		CFLAGS="-O1 -g -fno-omit-frame-pointer -Wno-error $(SANITIZE)" \
		UNIT_NFHAD_SANITIZE=
	$(Q)O=$(O_OF) UBSAN_OPTIONS=print_stacktrace=1 scripts/check --programs

check-valgrind: O_OF := $(abspath $(O))/valgrind
check-valgrind: bootstrap-build-test
	$(Q)$(MAKE) $(JOBS) O=$(O_OF) units CFLAGS="-O1 -g" UNIT_NFHAD_SANITIZE=
	$(Q)O=$(O_OF) scripts/check --valgrind

# What was counted before would count again. With VM=1 some tests of a test machine count, too:
# those of what no unit test has, which is criu.
COVERAGE_VM = nfha_criu.sh nfha_mounts.sh nfha_halfopen.sh nfha_beginnings.sh
coverage: O_OF := $(abspath $(O))/coverage
coverage: bootstrap-build-test
	$(Q)mkdir -p $(O_OF) && find $(O_OF) -name '*.gcda' -delete
	$(Q)$(MAKE) O=$(O_OF) $(O_OF)/unit/dump.o
	$(Q)$(MAKE) $(JOBS) O=$(O_OF) units CFLAGS="-O0 -g --coverage" UNIT_NFHAD_SANITIZE= \
		LDFLAGS="-Wl,--wrap=_exit -Wl,--wrap=kill $(O_OF)/unit/dump.o"
	$(Q)O=$(O_OF) scripts/check --programs
	$(if $(VM),$(Q)$(MAKE) $(JOBS) module-6.1-debug)
	$(if $(VM),$(Q)ln -sfn $(abspath $(O))/kernels $(O_OF)/kernels)
	$(if $(VM),$(Q)ln -sfn $(abspath $(O))/kmod-6.1-debug $(O_OF)/kmod-6.1-debug)
	$(if $(VM),$(Q)O=$(O_OF) scripts/vm --kernel 6.1 --module --debug --virtual-time \
		--timeout 7200 --out $(O_OF)/vm -- \
		sh -c 'GCOV_PREFIX=$$NFHA_OUT exec tests/vm/run-tests $(COVERAGE_VM)')
	$(Q)scripts/coverage --least $(COVERAGE) $(O_OF) $(if $(VM),$(O_OF)/vm)

check-models: bootstrap-test
	$(Q)tests/models --long

check-vm: user $(KERNELS:%=module-%-debug)
	$(Q)scripts/servers >/dev/null
	$(Q)KERNELS="$(KERNELS)" scripts/check --vm

fuzz: bootstrap-build-test-fuzz
	$(Q)$(MAKE) $(JOBS) user fuzz-targets \
		$(if $(wildcard tests/kselftest/nfha_fuzz.sh),$(KERNELS:%=module-%-debug))
	$(Q)KERNELS="$(KERNELS)" scripts/fuzz --seconds $(SECONDS)

lint: bootstrap-build-test-lint
	$(Q)KERNELS="$(KERNELS)" scripts/lint

check-config:
	$(Q)scripts/check-config

.PHONY: install uninstall modules_install
install: $(ALL) $(INSTALL)

uninstall: $(UNINSTALL)

modules_install: module
	$(MAKE) -C $(KDIR) M=$(abspath $(O))/kmod/src/kmod CONFIG_MODULE_SIG_ALL= \
		$(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) modules_install

# With DKMS the module is built again for each kernel that is installed.
DKMS_SOURCE := $(DESTDIR)/usr/src/nfha-$(VERSION)
.PHONY: dkms_install dkms_uninstall
dkms_install:
	$(Q)command -v dkms >/dev/null || { echo "no dkms: apt-get install dkms" >&2; exit 1; }
	$(call say,INSTALL,$(DKMS_SOURCE))mkdir -p $(DKMS_SOURCE)/include
	$(Q)cp -r kmod $(DKMS_SOURCE)/
	$(Q)cp -r include/uapi $(DKMS_SOURCE)/include/
	$(Q)sed 's/@VERSION@/$(VERSION)/' dkms.conf.in >$(DKMS_SOURCE)/dkms.conf
	$(if $(DESTDIR),,dkms install nfha/$(VERSION))

dkms_uninstall:
	$(if $(DESTDIR),,-dkms remove nfha/$(VERSION) --all)
	rm -rf $(DKMS_SOURCE)

# What is removed has to be a build, and nothing with the sources or more in it.
BUILD_SIGNS := libnfha nfhad.o nfhactl.o unit kernels downloads \
	$(KERNELS:%=kmod-%) $(DEBUG_KERNELS:%=kmod-%)
clean distclean: SIGNS = $(wildcard $(BUILD_SIGNS:%=$(O)/%))
define may_clean
	$(if $(filter $(patsubst %/,%,$(abspath $(O)))/%,$(CURDIR)/Makefile),\
		$(error O=$(O) has the sources in it, nothing is removed))
	$(if $(or $(SIGNS),$(if $(wildcard $(O)/*),,empty)),,\
		$(error O=$(O) does not look like a build, nothing is removed))
endef

.PHONY: clean distclean help
clean:
	$(may_clean)
	$(call say,CLEAN,$(O))rm -rf $(filter-out $(O)/downloads $(O)/kernels,$(wildcard $(O)/*))

distclean:
	$(may_clean)
	$(call say,CLEAN,$(O))rm -rf $(O)

help:
	@echo "Targets:"
	@echo "  all              library, tool, daemon and, with kernel headers, the module"
	@echo "  modules          the module for the kernel of KDIR"
	@echo "  demo             a firewall is split in two under live traffic, VNFs are killed"
	@echo "  check            all tests: on this machine and in virtual ones"
	@echo "  check-recovery   the daemon's: VNFs and all that protects them is killed"
	@echo "  check-debug      all of them in kernels that see faults of memory, locks and RCU,"
	@echo "                   leaks and data races; builds these kernels first, once"
	@echo "  check-unit       the tests that need no kernel"
	@echo "  check-sanitize   the unit tests' programs, built with -fsanitize=address,undefined"
	@echo "  check-valgrind   the same in valgrind; a quarter of an hour and more"
	@echo "  coverage         which lines they run; below COVERAGE=$(COVERAGE) % is a failure"
	@echo "                   with VM=1 also some tests of a test machine"
	@echo "  check-models     every order of the steps of the state machine models, with more of everything"
	@echo "  check-vm         the tests in virtual machines"
	@echo "  bench            what a packet costs, and protection, beside the peers"
	@echo "  fuzz             hostile input for all that reads what others wrote, SECONDS=$(SECONDS)"
	@echo "                   or HOURS= for each target, and what it reaches"
	@echo "  lint             static analysis"
	@echo "  install          library, tool, headers, manuals, completion"
	@echo "  modules_install  installs it, for this kernel"
	@echo "  dkms_install     gives it to DKMS, for this kernel and those to come;"
	@echo "                   dkms_uninstall takes it back"
	@echo "  uninstall        what install installed"
	@echo "  check-config     does the kernel have what the module needs?"
	@echo "  clean            remove what was built; distclean: downloads too"
	@echo "Variables: PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) KERNELS=\"$(KERNELS)\" V=$(V)"
	@echo "  DEBUG_KERNELS=\"$(DEBUG_KERNELS)\""
	@echo "  KDIR=$(KDIR)"

# Make's own words do not say where the names are.
.DEFAULT:
	$(error there is no target or file "$@"; make help lists the targets)
