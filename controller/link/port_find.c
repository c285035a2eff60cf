#include "controller/link/port_find.h"

#include <dirent.h>
#include <libserialport.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define BY_ID "/dev/serial/by-id"

static void copy(char *to, size_t size, const char *from) {
    snprintf(to, size, "%s", from ? from : "");
}

/* The link under /dev/serial/by-id that leads to this path. */
static void find_by_id(struct port_info *port) {
    DIR *folder = opendir(BY_ID);
    if (!folder) return;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char link[PORT_PATH_MAX], real[PATH_MAX];
        int length = snprintf(link, sizeof link, BY_ID "/%s", entry->d_name);
        if (length < 0 || (size_t)length >= sizeof link || entry->d_name[0] == '.') continue;
        if (realpath(link, real) && strcmp(real, port->path) == 0)
            copy(port->by_id, sizeof port->by_id, link);
    }
    closedir(folder);
}

static void describe(struct sp_port *from, struct port_info *port) {
    *port = (struct port_info){0};
    copy(port->path, sizeof port->path, sp_get_port_name(from));
    copy(port->description, sizeof port->description, sp_get_port_description(from));
    port->is_usb = sp_get_port_transport(from) == SP_TRANSPORT_USB;
    if (!port->is_usb) return;
    if (sp_get_port_usb_vid_pid(from, &port->vid, &port->pid) != SP_OK) port->vid = port->pid = 0;
    copy(port->serial, sizeof port->serial, sp_get_port_usb_serial(from));
    find_by_id(port);
}

size_t port_list(struct port_info ret_ports[PORT_LIST_MAX]) {
    struct sp_port **found = NULL;
    size_t count = 0;
    if (sp_list_ports(&found) != SP_OK) return 0;
    for (int is_usb = 1; is_usb >= 0; is_usb--)
        for (size_t i = 0; found[i] && count < PORT_LIST_MAX; i++)
            if ((sp_get_port_transport(found[i]) == SP_TRANSPORT_USB) == is_usb)
                describe(found[i], &ret_ports[count++]);
    sp_free_port_list(found);
    return count;
}

struct wanted {
    bool is_any_usb;
    unsigned vid, pid;
    char serial[48];
};

static bool fits(const struct wanted *wanted, const struct port_info *port) {
    if (!port->is_usb) return false;
    if (wanted->is_any_usb) return true;
    return port->vid == (int)wanted->vid && port->pid == (int)wanted->pid &&
           (!wanted->serial[0] || strcmp(wanted->serial, port->serial) == 0);
}

enum result port_find(const char *name, char *ret_name, size_t size, struct error *err) {
    struct port_info ports[PORT_LIST_MAX];
    struct wanted wanted = {.is_any_usb = strcmp(name, "auto") == 0};
    const struct port_info *chosen = NULL;
    if (!wanted.is_any_usb && strncmp(name, "usb:", 4) != 0) {
        if (text_copy(ret_name, size, name) != RESULT_OK)
            return error_set(err, RESULT_LIMIT, "%.60s...: too long for a port's name", name);
        return RESULT_OK;
    }
    if (!wanted.is_any_usb &&
        sscanf(name, "usb:%4x:%4x:%47s", &wanted.vid, &wanted.pid, wanted.serial) < 2)
        return error_set(err, RESULT_FORMAT, "%s: expected usb:VID:PID or usb:VID:PID:SERIAL",
                         name);
    size_t count = port_list(ports);
    for (size_t i = 0; i < count; i++) {
        if (!fits(&wanted, &ports[i])) continue;
        if (chosen)
            return error_set(err, RESULT_REFUSED,
                             "%s: both %s and %s fit; name one (smprig rig ports)", name,
                             chosen->path, ports[i].path);
        chosen = &ports[i];
    }
    if (!chosen)
        return error_set(err, RESULT_NOT_FOUND, "%s: no such USB port (smprig rig ports)", name);
    return text_copy(ret_name, size, chosen->path);
}
