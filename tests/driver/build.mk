# SPDX-License-Identifier: GPL-2.0-or-later
#
# A driver of the daemon's, run by hand: no store, no module.

DRIVER_CRIU := $(O)/driver/criu
ALL += $(DRIVER_CRIU)

DRIVER_CRIU_OBJECTS := $(patsubst %,$(O)/nfhad.o/%.o,checksum criu criu_load diag \
	cgroup driver_criu group imagefile inspect job launch leftover listener merge mounts netns proc process reopen retry said stray tree)

$(O)/driver/%: tests/driver/%.c $(NFHAD_HEADERS) $(DRIVER_CRIU_OBJECTS) \
		$(NFHAD_PROTOS) $(NFHAD_EMBEDDED)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -idirafter daemon/nfhad \
		$(LDFLAGS) -o $@ $< $(DRIVER_CRIU_OBJECTS) $(NFHAD_PROTOS) \
		$(NFHAD_EMBEDDED) \
		$(shell pkg-config --cflags --libs libsystemd libprotobuf-c libmnl)
