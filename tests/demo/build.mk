# SPDX-License-Identifier: GPL-2.0-or-later

ALL += $(O)/vnf/progress

$(O)/vnf/progress: tests/demo/progress.c $(LIBNFHA_SO)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -o $@ $< \
		-L$(O)/libnfha -lnfha '-Wl,-rpath,$$ORIGIN/../libnfha'
