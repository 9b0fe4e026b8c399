# SPDX-License-Identifier: GPL-2.0-or-later

VNF_PROGRAMS := $(patsubst tests/vnf/%.c,$(O)/vnf/%,$(wildcard tests/vnf/*.c))
ALL += $(VNF_PROGRAMS)

$(O)/vnf/%: tests/vnf/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -o $@ $< -lm
