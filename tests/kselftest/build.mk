# SPDX-License-Identifier: GPL-2.0-or-later

RESIDENT := $(O)/kselftest/resident.so
ALL += $(RESIDENT)

$(RESIDENT): tests/kselftest/resident.c
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -fPIC $(LDFLAGS) -shared \
		-o $@ $<
