# SPDX-License-Identifier: GPL-2.0-or-later

VNF_PROGRAMS := $(patsubst %,$(O)/vnf/%,counter crowd latency machine misfit observer \
	reflector sequencer sink source tenant witness)
ALL += $(VNF_PROGRAMS)

# What a program has besides the file of its name.
VNF_SOURCES_witness := tests/vnf/history.c tests/vnf/tap.c
VNF_SOURCES_observer := tests/vnf/tap.c
VNF_SOURCES_crowd := tests/vnf/crowd_frame.c

$(O)/vnf/witness: tests/vnf/history.c tests/vnf/history.h
$(O)/vnf/crowd: tests/vnf/crowd_frame.c tests/vnf/crowd.h tests/vnf/netns.h \
	tests/vnf/checksum.h
$(O)/vnf/witness $(O)/vnf/observer: tests/vnf/tap.c tests/vnf/tap.h tests/vnf/netns.h
$(O)/vnf/witness $(O)/vnf/sequencer: tests/vnf/stamp.h tests/vnf/checksum.h

$(VNF_PROGRAMS): $(O)/vnf/%: tests/vnf/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -o $@ $< \
		$(VNF_SOURCES_$*) -lm

# The judge judges well.
UNIT_TESTS += $(O)/unit/test_history

$(O)/unit/test_history: tests/unit/test_history.c tests/unit/unit.h \
		tests/vnf/history.c tests/vnf/history.h tests/vnf/stamp.h
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< \
		tests/vnf/history.c $(UNIT_CHECK)
