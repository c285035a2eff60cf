/* smprig report: how a session went. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/report/report.h"
#include "cli/verbs.h"

int verb_report(int argc, char **argv) {
    static const struct option table[] = {{"scan", required_argument, NULL, 's'},
                                          {"plan", required_argument, NULL, 'p'},
                                          {"case", required_argument, NULL, 'c'},
                                          {"truth", required_argument, NULL, 't'},
                                          {"json", required_argument, NULL, 'j'},
                                          {"png", required_argument, NULL, 'g'},
                                          {"pdf", required_argument, NULL, 'f'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    struct report_inputs inputs = {0};
    for (int option; (option = getopt_long(argc, argv, "h", table, NULL)) != -1;) {
        if (option == 's') inputs.scan_path = optarg;
        if (option == 'p') inputs.plan_path = optarg;
        if (option == 'c') inputs.case_path = optarg;
        if (option == 't') inputs.truth_path = optarg;
        if (option == 'j') inputs.json_path = optarg;
        if (option == 'g') inputs.png_path = optarg;
        if (option == 'f') inputs.pdf_path = optarg;
        if (option == 'h') {
            puts(
                "Usage: smprig report --scan SCAN --plan PLAN --case CASE [--truth TRUTH.csv]\n"
                "       [--json FILE] [--png FILE] [--pdf FILE]\n"
                "       smprig report verify --case CASE   checks the journal's hash chain");
            return EX_OK;
        }
        if (option == '?') return EX_USAGE;
    }
    struct error err = {0};
    if (optind < argc && strcmp(argv[optind], "verify") == 0 && inputs.case_path)
        return report_verify(inputs.case_path, &err) == RESULT_OK ? EX_OK
                                                                  : verb_fail("report", &err);
    bool wants_head = inputs.png_path || inputs.pdf_path;
    if (!inputs.plan_path || !inputs.case_path || (wants_head && !inputs.scan_path)) {
        fputs("smprig report: --plan and --case are needed, and --scan for a picture\n", stderr);
        return EX_USAGE;
    }
    return report_make(&inputs, &err) == RESULT_OK ? EX_OK : verb_fail("report", &err);
}
