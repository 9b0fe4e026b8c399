# SPDX-License-Identifier: GPL-2.0-or-later

NFHACTL_SOURCES := $(wildcard daemon/nfhactl/*.c)
NFHACTL_OBJECTS := $(NFHACTL_SOURCES:daemon/nfhactl/%.c=$(O)/nfhactl.o/%.o)
NFHACTL := $(O)/nfhactl

ALL += $(NFHACTL)

$(O)/nfhactl.o/%.o: daemon/nfhactl/%.c daemon/nfhactl/nfhactl.h $(LIBNFHA_HEADERS)
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
	$(CC) $(CFLAGS) $(LDFLAGS) -o $(DESTDIR)$(PREFIX)/sbin/nfhactl \
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
