# SPDX-License-Identifier: GPL-2.0-or-later
#
# A driver of the daemon's in a program of its own, for tests in a guest.

DRIVE := $(O)/nfhad-test/drive
DRIVE_OBJECTS := $(patsubst daemon/nfhad/%.c,$(O)/nfhad.o/%.o, \
	$(wildcard daemon/nfhad/ct*.c) daemon/nfhad/far.c daemon/nfhad/job.c \
	daemon/nfhad/netns.c \
	daemon/nfhad/portion.c daemon/nfhad/proc.c daemon/nfhad/said.c \
	daemon/nfhad/tree.c \
	daemon/nfhad/driver_conntrack.c daemon/nfhad/driver_exec.c) $(O)/daemon.o/flows.o
DRIVE_LIBS := libsystemd libnftables libmnl

ALL += $(DRIVE)

$(DRIVE): tests/nfhad/drive.c $(DRIVE_OBJECTS) $(NFHAD_HEADERS) $(LIBNFHA_SO)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -idirafter daemon/nfhad \
		$(shell pkg-config --cflags $(DRIVE_LIBS)) $(LDFLAGS) -o $@ $< \
		$(DRIVE_OBJECTS) -L$(O)/libnfha -lnfha \
		$(shell pkg-config --libs $(DRIVE_LIBS)) \
		'-Wl,-rpath,$$ORIGIN/../libnfha'

# The daemon's web server, for a browser; nothing else of the daemon.
WATCH := $(O)/nfhad-test/watch
WATCH_OBJECTS := $(patsubst %,$(O)/nfhad.o/%.o,answer census decision http job log \
	metrics proc self series state text turn value) $(O)/daemon.o/names.o
WATCH_LIBS := libsystemd json-c libmicrohttpd

ALL += $(WATCH)

$(WATCH): tests/nfhad/watch.c tests/nfhad/watch.h tests/unit/plenty.c \
		tests/unit/plenty.h $(WATCH_OBJECTS) \
		$(O)/nfhad.o/page.o $(NFHAD_HEADERS) $(LIBNFHA_SO)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -Idaemon/nfhad \
		$(shell pkg-config --cflags $(WATCH_LIBS)) $(LDFLAGS) \
		-Wl,--wrap=nfhad_answer_path -o $@ $< \
		tests/unit/plenty.c $(WATCH_OBJECTS) \
		$(O)/nfhad.o/page.o -L$(O)/libnfha -lnfha \
		$(shell pkg-config --libs $(WATCH_LIBS)) \
		'-Wl,-rpath,$$ORIGIN/../libnfha'

# Many services and instances, for tests of what many cost.
MANY := $(O)/nfhad-test/many

ALL += $(MANY)

$(MANY): tests/nfhad/many.c $(LIBNFHA_SO)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< \
		-L$(O)/libnfha -lnfha '-Wl,-rpath,$$ORIGIN/../libnfha'
