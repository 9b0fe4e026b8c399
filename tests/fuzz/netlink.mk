# SPDX-License-Identifier: GPL-2.0-or-later
#
# What fuzzes the module's netlink family, with a table made of the specification.

NETFUZZ := $(O)/netfuzz/netfuzz
NETFUZZ_TABLE := $(O)/netfuzz/table.h
NETFUZZ_SOURCES := tests/fuzz/netlink.c $(wildcard tests/fuzz/netlink/*.c)
NETFUZZ_OBJECTS := $(NETFUZZ_SOURCES:tests/fuzz/%.c=$(O)/netfuzz/%.o)

# Tests install what the generator reads YAML with; a build alone does not need it.
ALL += $(if $(wildcard /usr/lib/python3/dist-packages/yaml),$(NETFUZZ))
check-vm: $(NETFUZZ)

$(NETFUZZ_TABLE): Documentation/netlink/specs/nfha.yaml scripts/fuzz-spec
	@mkdir -p $(@D)
	$(call say,GEN,$@)scripts/fuzz-spec $< >$@

$(NETFUZZ_OBJECTS): $(O)/netfuzz/%.o: tests/fuzz/%.c $(wildcard tests/fuzz/netlink/*.h) \
		$(NETFUZZ_TABLE) include/uapi/linux/nfha.h tests/vnf/checksum.h
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -Itests/fuzz/netlink \
		-I$(O)/netfuzz -c -o $@ $<

$(NETFUZZ): $(NETFUZZ_OBJECTS) $(LIBNFHA_SO)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(NETFUZZ_OBJECTS) \
		-L$(O)/libnfha -lnfha -lmnl '-Wl,-rpath,$$ORIGIN/../libnfha'
