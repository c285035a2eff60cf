/* Settings in layers: what goes over what, where each value comes from, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/settings/settings.h"
#include "tests/bad_files.h"

#define FOLDER "/tmp/smprig-test-settings"

static struct config_origins origins;

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void clear(void) {
    assert_int_equal(system("rm -rf " FOLDER " && mkdir -p " FOLDER "/conf.d"), 0);
}

static const char *origin(const char *key) {
    for (size_t i = 0; i < settings_schema.field_count; i++)
        if (strcmp(settings_schema.fields[i].key, key) == 0) return origins.of[i];
    return NULL;
}

static void later_layers_go_over_earlier_ones(void **state) {
    (void)state;
    struct settings settings;
    struct settings_given given = {.config_path = FOLDER "/smprig.yaml"};
    struct error err = {0};
    clear();
    write_file(FOLDER "/smprig.yaml", "rig: base\ncameras: base\nring: base\ncases: base\n");
    write_file(FOLDER "/conf.d/20-b.yaml", "# two\ncameras: twenty\nring: twenty\n");
    write_file(FOLDER "/conf.d/10-a.yaml", "rig: ten\ncameras: ten\n");
    write_file(FOLDER "/conf.d/30-c.yaml.dpkg-old", "rig: [not, read]\n");
    write_file(FOLDER "/conf.d/.hidden.yaml", "rig: [not, read]\n");
    settings_give(&given, "--ring", "ring", "first");
    settings_give(&given, "--ring", "ring", "option");
    if (settings_read(&given, &settings, &origins, &err) != RESULT_OK) fail_msg("%s", err.text);
    const struct {
        const char *key, *value, *expected, *origin;
    } cases[] = {
        {"cases", settings.cases, "base", FOLDER "/smprig.yaml:4:8"},
        {"rig", settings.rig, "ten", FOLDER "/conf.d/10-a.yaml:1:6"},
        {"cameras", settings.cameras, "twenty", FOLDER "/conf.d/20-b.yaml:2:10"},
        {"ring", settings.ring, "option", "--ring"},
        {"api_socket", settings.api_socket, "/run/smprig/api.sock", "default"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(cases[i].value, cases[i].expected);
        assert_string_equal(origin(cases[i].key), cases[i].origin);
    }
    assert_true(settings.has.ring && !settings.has.api_socket);
}

/* Every layer is checked; what fails changes nothing. */
static void one_bad_drop_in_refuses_all(void **state) {
    (void)state;
    struct settings settings = {.rig = "untouched"};
    const struct settings_given given = {.config_path = FOLDER "/smprig.yaml"};
    struct error err = {0};
    clear();
    write_file(FOLDER "/smprig.yaml", "rig: base\n");
    write_file(FOLDER "/conf.d/10-a.yaml", "console_port: 70000\n");
    assert_int_not_equal(settings_read(&given, &settings, &origins, &err), RESULT_OK);
    assert_non_null(strstr(err.text, FOLDER "/conf.d/10-a.yaml:1:15: console_port is '70000'"));
    assert_string_equal(settings.rig, "untouched");
}

static void options_are_checked_like_files(void **state) {
    (void)state;
    const struct {
        const char *option, *key, *text, *words;
    } cases[] = {
        {"--port", "console_port", "70000", "--port 70000: expected 0 to 65535"},
        {"--port", "console_port", "8 ", "--port 8 : expected 0 to 65535"},
        {"--baud", "board_baud", "", "expected 1200 to 4000000"},
        {"--level", "log_level", "loud", "expected one of error, warning, info, debug"},
        {"--first", "guard_priority", "99", "expected 0 to 98"},
        {"--x", "no_such_key", "1", "no setting no_such_key"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings settings;
        struct settings_given given = {0};
        struct error err = {0};
        settings_give(&given, cases[i].option, cases[i].key, cases[i].text);
        assert_int_not_equal(settings_read(&given, &settings, &origins, &err), RESULT_OK);
        if (!strstr(err.text, cases[i].words)) fail_msg("'%s'", err.text);
    }
}

/* What --dump-config prints is a settings file of the same meaning, awkward texts included. */
static void a_dump_reads_back(void **state) {
    (void)state;
    const char *const texts[] = {"plain",
                                 "it's",
                                 "a: b",
                                 "# no comment",
                                 "-x",
                                 "",
                                 "~",
                                 "true",
                                 "gpio:/dev/gpiochip0:estop_a=5,door=7",
                                 "[1]",
                                 "a\\b",
                                 "12"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct settings settings, again;
        struct settings_given given = {0};
        const struct settings_given dumped = {.config_path = FOLDER "/dump.yaml"};
        struct error err = {0};
        clear();
        settings_give(&given, "--switches", "switches", texts[i]);
        assert_int_equal(settings_read(&given, &settings, &origins, &err), RESULT_OK);
        FILE *file = fopen(FOLDER "/dump.yaml", "w");
        config_layers_dump(&settings_schema, &settings, &origins, file);
        fclose(file);
        if (settings_read(&dumped, &again, &origins, &err) != RESULT_OK) fail_msg("%s", err.text);
        for (size_t k = 0; k < settings_schema.field_count; k++)
            assert_true(config_field_equal(&settings_schema.fields[k], &settings, &again));
    }
}

static enum result read_settings(const char *path, struct error *err) {
    struct settings settings;
    const struct settings_given given = {.config_path = path};
    return settings_read(&given, &settings, &origins, err);
}

static void bad_files_give_their_errors(void **state) {
    (void)state;
    check_folder("configs/bad/settings", read_settings);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_layers_go_over_earlier_ones),
        cmocka_unit_test(one_bad_drop_in_refuses_all),
        cmocka_unit_test(options_are_checked_like_files),
        cmocka_unit_test(a_dump_reads_back),
        cmocka_unit_test(bad_files_give_their_errors),
    };
    int failed = cmocka_run_group_tests_name("controller/settings", tests, NULL, NULL);
    return system("rm -rf " FOLDER) != 0 || failed;
}
