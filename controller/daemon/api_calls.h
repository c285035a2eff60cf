/* What the rows of the API's table run; one signature for all (struct api_method). */
#ifndef SMPRIG_CONTROLLER_DAEMON_API_CALLS_H
#define SMPRIG_CONTROLLER_DAEMON_API_CALLS_H

#include "controller/daemon/api.h"

#define API_RUN(name) \
    enum result name(const struct api_call *call, json_t **ret_result, struct error *err)

struct daemon;

/* RESULT_REFUSED, with the sentence for the caller, while no case is open (api_calls.c). */
MUST_USE enum result daemon_need_case(const struct daemon *daemon, struct error *err);

/* api_calls.c: what changes the session */
API_RUN(run_hold);
API_RUN(run_heartbeat);
API_RUN(run_take_command);
API_RUN(run_give_command);
API_RUN(run_load);
API_RUN(run_home);
API_RUN(run_arm);
API_RUN(run_start);
API_RUN(run_resume);
API_RUN(run_abort);
API_RUN(run_acknowledge);
API_RUN(run_answer);
API_RUN(run_skip);
API_RUN(run_skip_zone);

/* daemon_recording.c */
API_RUN(run_record_start);
API_RUN(run_record_stop);

/* api_work.c: what a close-up camera saw */
API_RUN(run_work);

/* api_technician.c: at the empty rig */
API_RUN(run_jog);
API_RUN(run_park);
API_RUN(run_probe);
API_RUN(run_service_stop);
API_RUN(run_doctor);
API_RUN(run_calibration);
API_RUN(run_calibrate_start);
API_RUN(run_calibrate_take);
API_RUN(run_calibrate_accept);
API_RUN(run_calibrate_cancel);

/* api_jobs.c: what takes seconds */
API_RUN(run_preview);
API_RUN(run_reach);
API_RUN(run_report);
API_RUN(run_job);

/* api_case.c: the case's own record, decisions, the pace */
API_RUN(run_override);
API_RUN(run_decide_doubtful);
API_RUN(run_records);
API_RUN(run_journal);

/* api_screening.c: who is treated, whether they may be, with what */
API_RUN(run_screening);
API_RUN(run_answer_screening);
API_RUN(run_confirm_client);
API_RUN(run_open_session);

/* api_records.c: what is known */
API_RUN(run_events);
API_RUN(run_dots);
API_RUN(run_fates);
API_RUN(run_head);
API_RUN(run_cases);

#endif
