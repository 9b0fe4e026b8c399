// SPDX-License-Identifier: GPL-2.0-or-later

#include <errno.h>
#include <string.h>

#include "nfhactl.h"

const char *name_of(const char *const *names, size_t n, uint32_t value)
{
	return value < n && names[value] ? names[value] : "unknown";
}

/* One line: what was asked for, and the kernel's own words about it; what its error is
 * called in general only if it has none, for that could contradict them.
 */
int refused(struct nfha *h, const struct request *r, int error)
{
	const char *said = h ? nfha_error(h) : "";

	if (error == -EPERM && !*said)
		said = "CAP_NET_ADMIN in this network namespace, which root has, is needed";
	fprintf(stderr, "nfhactl: %s%s: %s\n", r->command, r->about,
		*said ? said : strerror(-error));
	return EXIT_REFUSED;
}

void json_print(const struct request *r, struct json_object *object)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (r->pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	puts(json_object_to_json_string_ext(object, flags));
	fflush(stdout);
	json_object_put(object);
}

void json_put(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, json_object_new_string(text));
}

void json_num(struct json_object *to, const char *key, uint64_t number)
{
	json_object_object_add(to, key, json_object_new_uint64(number));
}

void mac_name(const uint8_t *mac, char *buffer, size_t size)
{
	snprintf(buffer, size, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5]);
}

struct json_object *port_json(const struct nfha_port *port)
{
	struct json_object *o = json_object_new_object();
	char mac[18];

	json_put(o, "side", NAME_OF(side_names, port->side));
	json_put(o, "ifname", port->ifname);
	json_num(o, "ifindex", port->ifindex);
	if (port->has_mac) {
		mac_name(port->mac, mac, sizeof(mac));
		json_put(o, "mac", mac);
	}
	json_object_object_add(o, "detour",
			       json_object_new_boolean(port->detour));
	json_object_object_add(o, "carrier",
			       json_object_new_boolean(port->carrier));
	json_num(o, "rx_packets", port->rx_packets);
	json_num(o, "rx_bytes", port->rx_bytes);
	json_num(o, "tx_packets", port->tx_packets);
	json_num(o, "tx_bytes", port->tx_bytes);
	json_num(o, "tx_dropped", port->tx_dropped);
	return o;
}

void ports_print(const struct nfha_port *port, unsigned int ports)
{
	char mac[18];
	unsigned int i;

	for (i = 0; i < ports; i++) {
		printf("    %-5s %s", NAME_OF(side_names, port[i].side),
		       port[i].ifname);
		if (port[i].has_mac) {
			mac_name(port[i].mac, mac, sizeof(mac));
			printf("/%s", mac);
		}
		printf("%s%s  in %llu  out %llu packets",
		       port[i].detour ? "  detour" : "",
		       port[i].carrier ? "" : "  no carrier",
		       (unsigned long long)port[i].rx_packets,
		       (unsigned long long)port[i].tx_packets);
		if (port[i].tx_dropped)
			printf("  dropped %llu",
			       (unsigned long long)port[i].tx_dropped);
		printf("\n");
	}
}
