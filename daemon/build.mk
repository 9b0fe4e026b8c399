# SPDX-License-Identifier: GPL-2.0-or-later

# What the tool and the daemon share.
DAEMON_SHARED := $(addprefix $(O)/daemon.o/,dump.o flows.o names.o nearest.o)
DAEMON_SHARED_HEADERS := daemon/dump.h daemon/flows.h daemon/names.h daemon/nearest.h

$(DAEMON_SHARED): $(O)/daemon.o/%.o: daemon/%.c daemon/%.h $(LIBNFHA_HEADERS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -c -o $@ $<

NFHACTL_SOURCES := $(wildcard daemon/nfhactl/*.c)
NFHACTL_OBJECTS := $(NFHACTL_SOURCES:daemon/nfhactl/%.c=$(O)/nfhactl.o/%.o) \
	$(DAEMON_SHARED)
NFHACTL := $(O)/nfhactl

ALL += $(NFHACTL)

$(O)/nfhactl.o/%.o: daemon/nfhactl/%.c $(wildcard daemon/nfhactl/*.h) \
		$(DAEMON_SHARED_HEADERS) $(LIBNFHA_HEADERS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) \
		-DNFHA_VERSION='"$(VERSION)"' \
		$(shell pkg-config --cflags json-c) -c -o $@ $<

$(NFHACTL): $(NFHACTL_OBJECTS) $(LIBNFHA_SO)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(NFHACTL_OBJECTS) \
		-L$(O)/libnfha -lnfha $(shell pkg-config --libs json-c) \
		'-Wl,-rpath,$$ORIGIN/libnfha'

.PHONY: install-nfhactl uninstall-nfhactl
INSTALL += install-nfhactl
install-nfhactl: $(NFHACTL_OBJECTS) install-libnfha
	mkdir -p $(DESTDIR)$(PREFIX)/sbin
	$(call say,INSTALL,nfhactl)$(CC) $(CFLAGS) $(LDFLAGS) \
		-o $(DESTDIR)$(PREFIX)/sbin/nfhactl \
		$(NFHACTL_OBJECTS) -L$(O)/libnfha -lnfha \
		$(shell pkg-config --libs json-c)
	install -D -m 644 daemon/nfhactl.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/nfhactl
	install -D -m 644 Documentation/man/nfhactl.8 \
		$(DESTDIR)$(PREFIX)/share/man/man8/nfhactl.8
	install -D -m 644 Documentation/man/libnfha.3 \
		$(DESTDIR)$(PREFIX)/share/man/man3/libnfha.3

UNINSTALL += uninstall-nfhactl
uninstall-nfhactl:
	rm -f $(DESTDIR)$(PREFIX)/sbin/nfhactl \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/nfhactl \
		$(DESTDIR)$(PREFIX)/share/man/man8/nfhactl.8 \
		$(DESTDIR)$(PREFIX)/share/man/man3/libnfha.3

NFHAD_SOURCES := $(wildcard daemon/nfhad/*.c)
NFHAD_HEADERS := $(wildcard daemon/nfhad/*.h) $(DAEMON_SHARED_HEADERS)
NFHAD_PROTOS := $(addprefix $(O)/nfhad.o/,rpc.pb-c.o pagemap.pb-c.o files.pb-c.o)
NFHAD_PRELOAD := $(O)/nfhad.o/preload.o
NFHAD_VARLINK := $(O)/nfhad.o/io.nfha.daemon.varlink.o \
	$(O)/nfhad.o/org.varlink.service.varlink.o
NFHAD_PAGE := $(addprefix daemon/nfhad/page/,index.html page.css page.js)
# Files inside the program.
NFHAD_EMBEDDED := $(NFHAD_PRELOAD) $(NFHAD_VARLINK) $(O)/nfhad.o/page.o
NFHAD_OBJECTS := $(NFHAD_SOURCES:daemon/nfhad/%.c=$(O)/nfhad.o/%.o) \
	$(DAEMON_SHARED)
NFHAD_LIBS := libsystemd yaml-0.1 libprotobuf-c json-c libxxhash \
	libnftables libmnl libmicrohttpd libnl-3.0 libnl-route-3.0
NFHAD := $(O)/nfhad

ALL += $(NFHAD)
CRIU_INCLUDE ?= /usr/include/criu

# CRIU's own description of its RPC, and ours of the images that are read.
$(O)/nfhad.o/rpc.pb-c.c: $(CRIU_INCLUDE)/rpc.proto
	@mkdir -p $(@D)
	$(call say,PROTO,$@)protoc-c --proto_path=$(<D) --c_out=$(@D) $<

$(O)/nfhad.o/%.pb-c.c: daemon/nfhad/%.proto
	@mkdir -p $(@D)
	$(call say,PROTO,$@)protoc-c --proto_path=$(<D) --c_out=$(@D) $<

$(O)/nfhad.o/%.pb-c.o: $(O)/nfhad.o/%.pb-c.c
	$(call say,CC,$@)$(CC) $(CFLAGS) -c -o $@ $<

comma := ,
# What criu is started with, which is not built to be looked into.
NFHAD_PRELOAD_FLAGS = $(filter-out -fsanitize% -fno-sanitize% --coverage -Wl$(comma)--wrap% %/dump.o,\
	$(CFLAGS) $(LDFLAGS))

$(O)/nfhad.o/preload.so: $(wildcard daemon/nfhad/preload/*.c)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(NFHA_CFLAGS) -fPIC -shared \
		-fvisibility=hidden $(NFHAD_PRELOAD_FLAGS) -s -o $@ $^

$(O)/nfhad.o/preload.o: $(O)/nfhad.o/preload.so
	$(call say,LD,$@)cd $(@D) && $(LD) -r -b binary -z noexecstack \
		-o $(@F) $(<F)

# What the socket's interfaces are.
$(NFHAD_VARLINK): $(O)/nfhad.o/%.o: daemon/%
	@mkdir -p $(@D)
	$(call say,LD,$@)cd $(<D) && $(LD) -r -b binary -z noexecstack \
		-o $(abspath $@) $(<F)

# What a browser shows.
$(O)/nfhad.o/page.o: $(NFHAD_PAGE)
	@mkdir -p $(@D)
	$(call say,LD,$@)cd daemon/nfhad/page && $(LD) -r -b binary \
		-z noexecstack -o $(abspath $@) $(^F)

$(O)/nfhad.o/%.o: daemon/nfhad/%.c $(NFHAD_HEADERS) $(LIBNFHA_HEADERS) \
		| $(NFHAD_PROTOS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -I$(O)/nfhad.o \
		-DNFHA_VERSION='"$(VERSION)"' \
		$(shell pkg-config --cflags $(NFHAD_LIBS)) -c -o $@ $<

$(NFHAD): $(NFHAD_OBJECTS) $(NFHAD_PROTOS) $(NFHAD_EMBEDDED) $(LIBNFHA_SO)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(NFHAD_OBJECTS) \
		$(NFHAD_PROTOS) $(NFHAD_EMBEDDED) -L$(O)/libnfha -lnfha \
		$(shell pkg-config --libs $(NFHAD_LIBS)) \
		'-Wl,-rpath,$$ORIGIN/libnfha'

.PHONY: nfhad-objects
nfhad-objects: $(NFHAD_OBJECTS) $(NFHAD_PROTOS) $(NFHAD_EMBEDDED)

# A unit and a manual below /usr/local are found there, too.
NFHAD_UNIT := $(DESTDIR)$(PREFIX)/lib/systemd/system/nfhad.service
NFHAD_EXAMPLE := $(DESTDIR)$(PREFIX)/share/doc/nfha/examples/nfhad.yaml
NFHAD_ALERTS := $(DESTDIR)$(PREFIX)/share/doc/nfha/examples/nfha-alerts.yml
NFHAD_SETUP := $(DESTDIR)$(PREFIX)/share/doc/nfha/examples/nfha-setup.service
NFHAD_MAN := $(DESTDIR)$(PREFIX)/share/man

.PHONY: install-nfhad uninstall-nfhad
INSTALL += install-nfhad
install-nfhad: $(NFHAD_OBJECTS) $(NFHAD_PROTOS) $(NFHAD_EMBEDDED) install-libnfha
	mkdir -p $(DESTDIR)$(PREFIX)/sbin $(dir $(NFHAD_UNIT))
	$(call say,INSTALL,nfhad)$(CC) $(CFLAGS) $(LDFLAGS) \
		-o $(DESTDIR)$(PREFIX)/sbin/nfhad \
		$(NFHAD_OBJECTS) $(NFHAD_PROTOS) $(NFHAD_EMBEDDED) \
		-L$(O)/libnfha -lnfha $(shell pkg-config --libs $(NFHAD_LIBS))
	sed 's|@SBINDIR@|$(PREFIX)/sbin|' daemon/nfhad.service.in >$(NFHAD_UNIT)
	chmod 644 $(NFHAD_UNIT)
	install -D -m 644 Documentation/examples/nfhad.yaml $(NFHAD_EXAMPLE)
	install -D -m 644 Documentation/examples/nfha-alerts.yml $(NFHAD_ALERTS)
	install -D -m 644 Documentation/examples/nfha-setup.service $(NFHAD_SETUP)
	install -D -m 644 Documentation/man/nfhad.8 $(NFHAD_MAN)/man8/nfhad.8
	install -D -m 644 Documentation/man/nfhad.yaml.5 \
		$(NFHAD_MAN)/man5/nfhad.yaml.5

UNINSTALL += uninstall-nfhad
uninstall-nfhad:
	rm -f $(DESTDIR)$(PREFIX)/sbin/nfhad $(NFHAD_UNIT) $(NFHAD_EXAMPLE) \
		$(NFHAD_ALERTS) $(NFHAD_SETUP) \
		$(NFHAD_MAN)/man8/nfhad.8 $(NFHAD_MAN)/man5/nfhad.yaml.5
