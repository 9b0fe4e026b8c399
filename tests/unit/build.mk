# SPDX-License-Identifier: GPL-2.0-or-later

UNIT_SOURCES := $(wildcard tests/unit/*.c)
UNIT_TESTS += $(UNIT_SOURCES:tests/unit/%.c=$(O)/unit/%)

$(O)/unit/%: tests/unit/%.c $(LIBNFHA_SO)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -o $@ $< \
		-L$(O)/libnfha -lnfha '-Wl,-rpath,$$ORIGIN/../libnfha'
