# SPDX-License-Identifier: GPL-2.0-or-later

BENCH_PROGRAMS := $(O)/bench/bin/generate $(O)/bench/bin/stall
ALL += $(BENCH_PROGRAMS)

$(BENCH_PROGRAMS): $(O)/bench/bin/%: tests/bench/%.c tests/bench/packet.c tests/bench/packet.h
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -o $@ $< tests/bench/packet.c
