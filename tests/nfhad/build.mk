# SPDX-License-Identifier: GPL-2.0-or-later
#
# A driver of the daemon's in a program of its own, for tests in a guest.

DRIVE := $(O)/nfhad-test/drive
DRIVE_OBJECTS := $(patsubst daemon/nfhad/%.c,$(O)/nfhad.o/%.o, \
	$(wildcard daemon/nfhad/ct*.c) daemon/nfhad/job.c daemon/nfhad/netns.c \
	daemon/nfhad/proc.c \
	daemon/nfhad/driver_conntrack.c daemon/nfhad/driver_exec.c)
DRIVE_LIBS := libsystemd libnftables libmnl

ALL += $(DRIVE)

$(DRIVE): tests/nfhad/drive.c $(DRIVE_OBJECTS) $(NFHAD_HEADERS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -idirafter daemon/nfhad \
		$(shell pkg-config --cflags $(DRIVE_LIBS)) $(LDFLAGS) -o $@ $< \
		$(DRIVE_OBJECTS) $(shell pkg-config --libs $(DRIVE_LIBS))
