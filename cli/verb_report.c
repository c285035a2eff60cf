/* smprig report: how a session went. */
#include <stdbool.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/options.h"
#include "cli/report/report.h"
#include "cli/verbs.h"

static const char usage[] =
    "Usage: smprig report --scan SCAN --plan PLAN --case CASE [--truth TRUTH.csv]\n"
    "       [--json FILE] [--png FILE] [--pdf FILE]\n"
    "       smprig report verify --case CASE   checks the journal's hash chain\n";

int verb_report(int argc, char **argv) {
    struct report_inputs inputs = {0};
    const char *what = NULL;
    const struct option_row rows[] = {
        {"verify", .is_word = true, .text = &what, .choices = "verify"},
        {"case", .text = &inputs.case_path, .is_needed = true},
        {"plan", .text = &inputs.plan_path},
        {"scan", .text = &inputs.scan_path},
        {"truth", .text = &inputs.truth_path},
        {"json", .text = &inputs.json_path},
        {"png", .text = &inputs.png_path},
        {"pdf", .text = &inputs.pdf_path},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    struct error err = {0};
    int code;
    if (!options_parse(&options, argc, argv, &code)) return code;
    bool wants_head = inputs.png_path || inputs.pdf_path;
    if (!what && (!inputs.plan_path || (wants_head && !inputs.scan_path)))
        return options_complain(&options, argv[0], "--plan is needed, and --scan for a picture");
    enum result result = what ? report_verify(inputs.case_path, &err) : report_make(&inputs, &err);
    return result == RESULT_OK ? EX_OK : verb_fail("report", &err);
}
