// SPDX-License-Identifier: GPL-2.0-or-later
/* What the configuration says of all services: store, hosts, how the daemon is reached. */

#include <stddef.h>

#include "config.h"
#include "config_daemon.h"

static const char *const syncs[] = {
	[NFHAD_SYNC_NONE] = "none",
	[NFHAD_SYNC_FULL] = "full",
	NULL,
};

#define STORE(_key, _kind, _member, ...)				\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_store_config, _member), __VA_ARGS__ }

static const struct nfhad_field store_field[] = {
	STORE("directory", PATH, directory, .preset = "/var/lib/nfhad"),
	STORE("sync", WORD, sync, .words = syncs, .preset = "full"),
	STORE("keep", NUMBER, keep, .min = 1, .max = 1000, .preset = "2"),
	STORE("max-bytes", SIZE, bytes_max, .zero = true, .min = 1 << 20,
	      .max = 1ull << 50, .preset = "0"),
	{ 0 },
};

const struct nfhad_fields nfhad_store_fields = {
	.field = store_field,
	.size = sizeof(struct nfhad_store_config),
};

#define ADDRESS(_key, _kind, _member, ...)				\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_address_config, _member),	\
	  __VA_ARGS__ }

static const struct nfhad_field address_field[] = {
	ADDRESS("address", UNICAST, address, .required = true),
	ADDRESS("device", DEVICE, device, .required = true),
	{ 0 },
};

const struct nfhad_fields nfhad_address_fields = {
	.field = address_field,
	.size = sizeof(struct nfhad_address_config),
};

#define HOST(_key, _kind, _member, ...)					\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_host_config, _member), __VA_ARGS__ }

static const struct nfhad_field host_field[] = {
	HOST("name", NAME, name, .required = true),
	HOST("capacity", NUMBER, capacity, .max = UINT16_MAX, .preset = "0"),
	HOST("weight", NUMBER, weight, .min = 1, .max = UINT16_MAX,
	     .preset = "1"),
	HOST("priority", NUMBER, priority, .max = UINT16_MAX, .preset = "0"),
	{ 0 },
};

const struct nfhad_fields nfhad_host_fields = {
	.field = host_field,
	.size = sizeof(struct nfhad_host_config),
};

#define API(_key, _kind, _member, ...)					\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_api_config, _member), __VA_ARGS__ }

static const struct nfhad_field api_field[] = {
	API("socket", PATH, socket, .preset = "/run/nfhad.socket"),
	API("group", NAME, group, 0),
	{ 0 },
};

const struct nfhad_fields nfhad_api_fields = {
	.field = api_field,
	.size = sizeof(struct nfhad_api_config),
};

#define HTTP(_key, _kind, _member, ...)					\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_http_config, _member), __VA_ARGS__ }

static const struct nfhad_field http_field[] = {
	HTTP("address", ADDRESS, address, 0),
	HTTP("port", PORT, port, .min = 1, .max = UINT16_MAX, .preset = "9640"),
	{ 0 },
};

const struct nfhad_fields nfhad_http_fields = {
	.field = http_field,
	.size = sizeof(struct nfhad_http_config),
};
