# SPDX-License-Identifier: GPL-2.0-or-later

BENCH_BIN := $(O)/bench/bin
ALL += $(BENCH_BIN)/generate $(BENCH_BIN)/stall

$(BENCH_BIN)/stall: tests/bench/stall.c tests/bench/packet.c tests/bench/packet.h \
		tests/vnf/netns.h
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -o $@ $< tests/bench/packet.c

# It runs beside the library.
$(BENCH_BIN)/generate: tests/bench/generate.c tests/bench/packet.c \
		tests/bench/epochs.c tests/bench/packet.h tests/bench/epochs.h \
		tests/vnf/netns.h $(LIBNFHA_SO)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -o $@ $(filter %.c,$^) \
		-L$(O)/libnfha -lnfha -lmnl '-Wl,-rpath,$$ORIGIN/libnfha'
