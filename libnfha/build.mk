# SPDX-License-Identifier: GPL-2.0-or-later

LIBNFHA_SOURCES := $(wildcard libnfha/*.c)
LIBNFHA_OBJECTS := $(LIBNFHA_SOURCES:libnfha/%.c=$(O)/libnfha/%.o)
LIBNFHA_HEADERS := libnfha/internal.h libnfha/include/libnfha/nfha.h \
	include/uapi/linux/nfha.h
LIBNFHA_SO := $(O)/libnfha/libnfha.so.1

ALL += $(LIBNFHA_SO)

$(O)/libnfha/%.o: libnfha/%.c $(LIBNFHA_HEADERS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -fPIC -c -o $@ $<

$(LIBNFHA_SO): $(LIBNFHA_OBJECTS) libnfha/libnfha.map
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -shared -pthread \
		-Wl,-soname,libnfha.so.1 -Wl,--no-undefined \
		-Wl,--version-script=libnfha/libnfha.map \
		-o $@ $(LIBNFHA_OBJECTS) -lmnl
	$(Q)ln -sf libnfha.so.1 $(@D)/libnfha.so

LIBNFHA_EXAMPLES := $(patsubst libnfha/examples/%.c,$(O)/examples/%,\
	$(wildcard libnfha/examples/*.c))
ALL += $(LIBNFHA_EXAMPLES)

$(O)/examples/%: libnfha/examples/%.c $(LIBNFHA_SO)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -o $@ $< \
		-L$(O)/libnfha -lnfha '-Wl,-rpath,$$ORIGIN/../libnfha'

.PHONY: install-libnfha uninstall-libnfha
INSTALL += install-libnfha
install-libnfha: $(LIBNFHA_SO)
	install -D -m 644 $(LIBNFHA_SO) $(DESTDIR)$(PREFIX)/lib/libnfha.so.1
	ln -sf libnfha.so.1 $(DESTDIR)$(PREFIX)/lib/libnfha.so
	mkdir -p $(DESTDIR)$(PREFIX)/lib/pkgconfig
	sed 's,@PREFIX@,$(PREFIX),;s,@VERSION@,$(VERSION),' \
		libnfha/libnfha.pc.in >$(DESTDIR)$(PREFIX)/lib/pkgconfig/libnfha.pc
	install -D -m 644 libnfha/include/libnfha/nfha.h \
		$(DESTDIR)$(PREFIX)/include/libnfha/nfha.h
	install -D -m 644 include/uapi/linux/nfha.h \
		$(DESTDIR)$(PREFIX)/include/linux/nfha.h
	$(if $(DESTDIR),,-ldconfig)

UNINSTALL += uninstall-libnfha
uninstall-libnfha:
	rm -f $(DESTDIR)$(PREFIX)/lib/libnfha.so.1 \
		$(DESTDIR)$(PREFIX)/lib/libnfha.so \
		$(DESTDIR)$(PREFIX)/lib/pkgconfig/libnfha.pc \
		$(DESTDIR)$(PREFIX)/include/libnfha/nfha.h \
		$(DESTDIR)$(PREFIX)/include/linux/nfha.h
