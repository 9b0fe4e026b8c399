# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzz targets, with clang's libFuzzer: all code that reads what others have written, the
# parser of the module too, as it is. scripts/fuzz and tests/unit/test_fuzz.sh run them.
#
# FUZZ_KIND=coverage builds them a second time, to measure what they reach.

FUZZ_CC ?= clang
FUZZ_KIND ?= sanitized
FUZZ := $(O)/fuzz
ifeq ($(FUZZ_KIND),coverage)
FUZZ_BIN := $(FUZZ)/coverage
FUZZ_INSTRUMENT := -fprofile-instr-generate -fcoverage-mapping -fsanitize=fuzzer-no-link
FUZZ_LINK := -fprofile-instr-generate -fsanitize=fuzzer
else
FUZZ_BIN := $(FUZZ)
FUZZ_INSTRUMENT := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_LINK := -fsanitize=fuzzer,address,undefined
endif

FUZZ_NAMES := parser message args yaml varlink idl image connections record
FUZZ_TARGETS := $(FUZZ_NAMES:%=$(FUZZ_BIN)/%)
# With mistakes that have to be found.
FUZZ_PLANTED := $(FUZZ)/planted-memory $(FUZZ)/planted-promise $(FUZZ)/planted-leak

# $(1): files of daemon/nfhad
fuzz_nfhad = $(1:%=daemon/nfhad/%.c)

FUZZ_SCRATCH := tests/fuzz/scratch.c $(call fuzz_nfhad,tree)
FUZZ_SOURCES_parser := $(addprefix tests/fuzz/,packet.c peer.c shim/siphash.c) \
	$(addprefix kmod/,parse.c key.c match.c) libnfha/flowid.c
FUZZ_SOURCES_message := $(filter-out %/handle.c,$(LIBNFHA_SOURCES))
FUZZ_SOURCES_args := $(filter-out %/main.c,$(NFHACTL_SOURCES)) $(LIBNFHA_SOURCES) \
	$(DAEMON_SHARED:$(O)/daemon.o/%.o=daemon/%.c)
FUZZ_SOURCES_yaml := $(FUZZ_SCRATCH) daemon/nearest.c \
	$(call fuzz_nfhad,config config_daemon config_instance config_made config_scale \
		config_template config_wrong document expect field policy value words)
FUZZ_SOURCES_varlink := $(FUZZ_SCRATCH) \
	$(call fuzz_nfhad,varlink varlink_call varlink_link idl idl_check api api_method \
		decision state retry turn)
FUZZ_SOURCES_idl := $(call fuzz_nfhad,idl idl_check)
FUZZ_SOURCES_image := $(FUZZ_SCRATCH) $(call fuzz_nfhad,manifest sum seal)
FUZZ_SOURCES_connections := $(FUZZ_SCRATCH) $(call fuzz_nfhad,ctimage ctattr ctfile ctstate)
FUZZ_SOURCES_record := $(FUZZ_SCRATCH)

FUZZ_LINK_message := -lmnl -pthread $(UNIT_WRAP:%=-Wl,--wrap=mnl_socket_%)
FUZZ_LINK_args := -pthread
FUZZ_LINK_varlink := $(NFHAD_VARLINK) -Wl,--wrap=nfhad_varlink_reply \
	-Wl,--wrap=nfhad_varlink_error
FUZZ_LIBS = $(if $(filter parser message,$(1)),,\
	$(shell pkg-config --libs json-c yaml-0.1 libxxhash libmnl libsystemd))

FUZZ_HEADERS := $(wildcard daemon/nfhactl/*.h tests/fuzz/*.h tests/fuzz/shim/*/*.h kmod/*.h) \
	$(NFHAD_HEADERS) $(LIBNFHA_HEADERS)
FUZZ_INCLUDE := -Itests/fuzz -Iinclude/uapi -Ilibnfha/include
# The kernel's code does not keep to the rules about types.
FUZZ_INCLUDE_kmod := -Itests/fuzz/shim -Ikmod -fno-strict-aliasing
FUZZ_INCLUDE_libnfha := -Ilibnfha
FUZZ_INCLUDE_nfhactl = -Idaemon/nfhactl -DNFHA_VERSION='"$(VERSION)"' \
	$(shell pkg-config --cflags json-c)
FUZZ_INCLUDE_daemon = -idirafter daemon/nfhad -DNFHA_VERSION='"$(VERSION)"' \
	$(shell pkg-config --cflags $(NFHAD_LIBS))
# What a file needs goes by its directory, and for a target by what it is about.
fuzz_include = $(FUZZ_INCLUDE) $(if $(filter kmod/% %/parser.c %/packet.c %/siphash.c,$(1)),\
	$(FUZZ_INCLUDE_kmod),$(if $(filter libnfha/% %/message.c %/peer.c,$(1)),\
	$(FUZZ_INCLUDE_libnfha),$(if $(filter daemon/nfhactl/% %/args.c,$(1)),\
	$(FUZZ_INCLUDE_nfhactl),$(FUZZ_INCLUDE_daemon))))
FUZZ_CFLAGS := -std=gnu11 -Wall -Wextra -Werror -Wmissing-prototypes -Wshadow \
	-Wno-unused-function -D_GNU_SOURCE -O1 -g

$(FUZZ_BIN)/o/%.o: %.c $(FUZZ_HEADERS) libnfha/handle.c daemon/nfhad/record.c \
		| $(NFHAD_PROTOS)
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)$(FUZZ_CC) $(FUZZ_CFLAGS) $(FUZZ_INSTRUMENT) \
		$(call fuzz_include,$<) -c -o $@ $<

define fuzz_target
$(FUZZ_BIN)/$(1): $(FUZZ_BIN)/o/tests/fuzz/$(1).o \
		$(FUZZ_SOURCES_$(1):%.c=$(FUZZ_BIN)/o/%.o) \
		$(filter $(O)/%,$(FUZZ_LINK_$(1)))
	$$(call say,LD,$$@)$(FUZZ_CC) $(FUZZ_LINK) -o $$@ $$(filter %.o,$$^) \
		$(filter-out $(O)/%,$(FUZZ_LINK_$(1))) $$(call FUZZ_LIBS,$(1))
endef
$(foreach name,$(FUZZ_NAMES),$(eval $(call fuzz_target,$(name))))


$(FUZZ)/planted-memory $(FUZZ)/planted-promise: tests/fuzz/parser.c \
		$(FUZZ_SOURCES_parser) $(FUZZ_HEADERS)
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)$(FUZZ_CC) $(FUZZ_CFLAGS) $(FUZZ_INSTRUMENT) $(FUZZ_LINK) \
		$(call fuzz_include,$<) -DPLANTED=$(if $(filter %memory,$@),1,2) \
		-o $@ $(filter %.c,$^)

$(FUZZ)/planted-leak: tests/fuzz/yaml.c $(FUZZ_SOURCES_yaml:%.c=$(FUZZ)/o/%.o)
	$(call say,FUZZ,$@)$(FUZZ_CC) $(FUZZ_CFLAGS) $(FUZZ_INSTRUMENT) $(FUZZ_LINK) \
		$(call fuzz_include,$<) -DPLANTED=1 -o $@ $^ $(call FUZZ_LIBS,yaml)

# What the documents and interfaces have is input, too.
FUZZ_SEEDS := $(FUZZ)/seeds/stamp

$(FUZZ_SEEDS): tests/fuzz/seeds tests/kselftest/lib/frames.py $(wildcard Documentation/*.md Documentation/examples/*.yaml) \
		$(wildcard daemon/*.varlink daemon/nfhad/config*.c) \
		$(wildcard tests/fuzz/corpus/*/*)
	$(call say,SEEDS,$(@D))tests/fuzz/seeds $(@D) && touch $@

.PHONY: fuzz-targets fuzz-check
fuzz-targets: $(FUZZ_TARGETS) $(FUZZ_SEEDS)
fuzz-check: fuzz-targets $(FUZZ_PLANTED)
