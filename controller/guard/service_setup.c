/* Writing a board's settings so that it becomes the rig of the file, and reading them back. */
#include "controller/guard/service_private.h"

#define ROUNDS_MAX 3 /* of writing and reading back */
#define OFFSET_TOLERANCE 1e-3

/* What a setting is to become: all that is wanted of it, one after the other. */
static double mended(const struct service *service, int number) {
    const struct link_setting *settings = NULL;
    size_t count = link_settings(&service->link, &settings);
    double value = service_board_value(service, number);
    for (size_t i = 0; i < count; i++)
        if (settings[i].want.number == number) value = setting_mended(&settings[i].want, value);
    return value;
}

static bool is_due(const struct link_setting *settings, size_t index) {
    if (settings[index].agrees || !settings[index].is_listed) return false;
    for (size_t i = 0; i < index; i++)
        if (settings[i].want.number == settings[index].want.number && !settings[i].agrees)
            return false; /* written with the first of its number */
    return true;
}

static bool write_setting(struct service *service, const struct link_setting *setting) {
    double value = mended(service, setting->want.number);
    if (link_write_setting(&service->link, setting->want.number, value, service->now_ns) !=
        RESULT_OK)
        return false;
    service_say(service, "$%d=%g (was %g)", setting->want.number, value, setting->value);
    return true;
}

static bool clear_offsets(struct service *service) {
    if (link_clear_offsets(&service->link, service->now_ns) != RESULT_OK) return false;
    service_say(service, "work offsets to zero");
    return true;
}

/* One write at a time, so that each has its answer; then everything is read back. */
void service_setup_work(struct service *service) {
    const struct link_setting *settings = NULL;
    int count = (int)link_settings(&service->link, &settings);
    if (service->has_asked) return;
    while (service->step < count && !is_due(settings, (size_t)service->step)) service->step++;
    bool is_shifted = link_work_offset(&service->link) > OFFSET_TOLERANCE;
    if (service->step == count && !is_shifted) service->step++;
    if (service->step > count) {
        service->rounds++;
        service_open(service, service->now_ns);
        return;
    }
    service->has_asked = service->step < count ? write_setting(service, &settings[service->step])
                                               : clear_offsets(service);
    if (!service->has_asked) return;
    service->step++;
    service->written++;
}

void service_setup_on_connected(struct service *service, bool is_ready, const char *why) {
    const struct link_setting *settings = NULL;
    size_t count = link_settings(&service->link, &settings), left = 0, absent = 0;
    for (size_t i = 0; i < count; i++) {
        left += !settings[i].agrees && settings[i].is_listed;
        absent += !settings[i].is_listed;
    }
    bool is_shifted = link_work_offset(&service->link) > OFFSET_TOLERANCE;
    if (count == 0)
        service_end(service, RESULT_REFUSED, "%s", why);
    else if (left == 0 && !is_shifted && is_ready)
        service_end(service, RESULT_OK, "%s",
                    service->written ? "written and read back" : "nothing to write");
    else if (left == 0 && !is_shifted)
        service_end(service, RESULT_REFUSED, "%zu settings are not there: %.100s", absent, why);
    else if (service->rounds >= ROUNDS_MAX)
        service_end(service, RESULT_REFUSED, "%zu settings do not take", left);
    else
        service_enter(service, SERVICE_WORKING);
}
