#include "vision/filter_model.h"

#include <string.h>

#include "base/linalg.h"

#define N HEAD_FILTER_STATES
#define BREATH_DAMPING 0.02  /* zeta: an unfed oscillation dies away in some breaths */
#define START_SPEED_MM_S 5.0 /* sigmas of what a start does not know */
#define START_TURN_RAD_S 0.05
#define START_BREATH_MM 1.0
#define TREMOR_LOST_S (1.0 / 30) /* frames so far apart lose a tremor of 8 to 12 Hz */

void filter_model_advance_mean(const struct head_filter_settings *settings, double dt_s,
                               struct head_filter_state *s) {
    double omega = 2 * PI * settings->breath_hz;
    double damping = 2 * BREATH_DAMPING * omega;
    s->p = vec3_mad(s->p, dt_s, s->v);
    s->R = mat3_mul(mat3_exp(vec3_scale(s->w, dt_s)), s->R);
    /* Exact undamped turn of (q, q'/omega), then the damping to first order. */
    double c = cos(omega * dt_s), n = sin(omega * dt_s);
    struct vec3 q = s->q, r = s->r;
    s->q = vec3_add(vec3_scale(q, c), vec3_scale(r, n / omega));
    s->r = vec3_sub(vec3_scale(r, c), vec3_scale(q, n * omega));
    s->r = vec3_mad(s->r, -damping * dt_s, r);
    s->stamp_ns += (int64_t)(dt_s * 1e9);
}

/* Two triples of the state that mix: (x, y) becomes (a x + b y, c x + d y). */
struct coupling {
    int first, second; /* where the triples begin */
    double a, b, c, d;
};

/* P <- F P, with F the identity but for the coupling; across: its columns, P <- P F^T. */
static void couple(double *P, const struct coupling *pair, bool across) {
    int row = across ? 1 : N, along = across ? N : 1;
    for (int k = 0; k < 3; k++) {
        double *x = P + row * (pair->first + k), *y = P + row * (pair->second + k);
        for (int j = 0; j < N; j++) {
            double u = x[along * j], v = y[along * j];
            x[along * j] = pair->a * u + pair->b * v;
            y[along * j] = pair->c * u + pair->d * v;
        }
    }
}

/* P <- F P F^T, with F the transition of the error state: places and turns move on by their
 * velocities, the breathing turns in its own plane. */
static void advance_covariance(double omega, double dt_s, double P[N * N]) {
    double c = cos(omega * dt_s), n = sin(omega * dt_s);
    const struct coupling pairs[] = {
        {0, 6, 1, dt_s, 0, 1},
        {3, 9, 1, dt_s, 0, 1},
        {12, 15, c, n / omega, -n * omega, c - 2 * BREATH_DAMPING * omega * dt_s}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        couple(P, &pairs[i], false);
        couple(P, &pairs[i], true);
    }
}

/* White acceleration of the given spectral density on a position-velocity pair (i, j). */
static void add_acceleration(double *P, int i, int j, double psd, double dt_s) {
    P[N * i + i] += psd * dt_s * dt_s * dt_s / 3;
    P[N * i + j] += psd * dt_s * dt_s / 2;
    P[N * j + i] += psd * dt_s * dt_s / 2;
    P[N * j + j] += psd * dt_s;
}

void filter_model_advance(const struct head_filter_settings *settings, double dt_s,
                          struct head_filter_state *state) {
    double omega = 2 * PI * settings->breath_hz;
    advance_covariance(omega, dt_s, state->P);
    double t = fabs(dt_s);
    for (int i = 0; i < 3; i++) {
        add_acceleration(state->P, i, 6 + i, settings->accel_psd_mm2_s3, t);
        add_acceleration(state->P, 3 + i, 9 + i, settings->turn_psd_rad2_s3, t);
        add_acceleration(state->P, 12 + i, 15 + i, settings->breath_psd_mm2_s3, t);
    }
    filter_model_advance_mean(settings, dt_s, state);
    state->coasted_s += dt_s;
}

/* Covariance C (6x6) of a left twist at `from`, moved to a left twist at the point `offset` away:
 * v' = v + w x offset. */
static void move_covariance(const double C[36], struct vec3 offset, double ret_C[36]) {
    double J[36] = {0}, JC[36];
    const double hat[3][3] = {
        {0, offset.z, -offset.y}, {-offset.z, 0, offset.x}, {offset.y, -offset.x, 0}};
    for (int i = 0; i < 6; i++) J[6 * i + i] = 1;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) J[6 * i + 3 + j] = hat[i][j];
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            JC[6 * i + j] = 0;
            for (int k = 0; k < 6; k++) JC[6 * i + j] += J[6 * i + k] * C[6 * k + j];
        }
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            ret_C[6 * i + j] = 0;
            for (int k = 0; k < 6; k++) ret_C[6 * i + j] += JC[6 * i + k] * J[6 * j + k];
        }
}

struct pose filter_model_pose(const struct head_filter_settings *settings,
                              const struct head_filter_state *state) {
    struct vec3 centre = vec3_add(state->p, state->q);
    return (struct pose){state->R, vec3_sub(centre, mat3_apply(state->R, settings->centre_head))};
}

/* Of the centre, which is p and q together, and of the rotation. */
static void pose_covariance(const struct head_filter_state *state, double ret_C[36]) {
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            double sum = state->P[N * i + j];
            if (i < 3) sum += state->P[N * (12 + i) + j];
            if (j < 3) sum += state->P[N * i + 12 + j];
            if (i < 3 && j < 3) sum += state->P[N * (12 + i) + 12 + j];
            ret_C[6 * i + j] = sum;
        }
}

void filter_model_output(const struct head_filter_settings *settings,
                         const struct head_filter_state *state, struct head_pose *ret_pose) {
    struct vec3 centre = vec3_add(state->p, state->q), speed = vec3_add(state->v, state->r);
    double C[36];
    pose_covariance(state, C);
    ret_pose->stamp_ns = state->stamp_ns;
    ret_pose->T_rig_head = filter_model_pose(settings, state);
    ret_pose->velocity.w = state->w;
    ret_pose->velocity.v = vec3_sub(speed, vec3_cross(state->w, centre));
    move_covariance(C, vec3_scale(centre, -1), ret_pose->covariance);
}

/* The measurement's covariance at the ring's centre, with the floors, so long after
 * the one before. */
static void measurement_covariance(const struct head_filter_settings *settings,
                                   const struct head_measurement *m, double interval_s,
                                   double ret_R[36]) {
    double slow = fmin(1.0, interval_s / TREMOR_LOST_S);
    double tremor_mm = settings->tremor_mm * slow * slow;
    double floor2 = settings->pose_floor_mm * settings->pose_floor_mm + tremor_mm * tremor_mm;
    struct vec3 centre = pose_apply(m->T_rig_head, settings->centre_head);
    move_covariance(m->covariance, centre, ret_R);
    for (int i = 0; i < 3; i++) {
        ret_R[7 * i] += floor2;
        ret_R[7 * (3 + i)] += settings->turn_floor_rad * settings->turn_floor_rad;
    }
}

void filter_model_start(const struct head_filter_settings *settings,
                        const struct head_measurement *m, struct head_filter_state *ret_state) {
    double R[36];
    measurement_covariance(settings, m, 0, R);
    *ret_state = (struct head_filter_state){.stamp_ns = m->stamp_ns,
                                            .p = pose_apply(m->T_rig_head, settings->centre_head),
                                            .R = m->T_rig_head.R};
    double omega = 2 * PI * settings->breath_hz;
    double *P = ret_state->P;
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) P[N * i + j] = R[6 * i + j];
    for (int i = 0; i < 3; i++) {
        /* p and q together must explain the measurement, so p is as open as q. */
        P[(N + 1) * i] += START_BREATH_MM * START_BREATH_MM;
        P[N * i + 12 + i] = P[N * (12 + i) + i] = -START_BREATH_MM * START_BREATH_MM;
        P[(N + 1) * (6 + i)] = START_SPEED_MM_S * START_SPEED_MM_S;
        P[(N + 1) * (9 + i)] = START_TURN_RAD_S * START_TURN_RAD_S;
        P[(N + 1) * (12 + i)] = START_BREATH_MM * START_BREATH_MM;
        P[(N + 1) * (15 + i)] = START_BREATH_MM * START_BREATH_MM * omega * omega;
    }
}

void filter_model_innovation(const struct head_filter_settings *settings,
                             const struct head_filter_state *state,
                             const struct head_measurement *m, struct filter_innovation *ret) {
    struct vec3 centre = vec3_add(state->p, state->q);
    struct vec3 d = vec3_sub(pose_apply(m->T_rig_head, settings->centre_head), centre);
    struct vec3 turn = mat3_log(mat3_mul(m->T_rig_head.R, mat3_transpose(state->R)));
    const double z[6] = {d.x, d.y, d.z, turn.x, turn.y, turn.z};
    double C[36];
    memcpy(ret->z, z, sizeof z);
    measurement_covariance(settings, m, state->coasted_s, ret->S);
    pose_covariance(state, C);
    for (int i = 0; i < 36; i++) ret->S[i] += C[i];
}

static void apply_error(struct head_filter_state *s, const double x[N]) {
    s->p = vec3_add(s->p, vec3_make(x[0], x[1], x[2]));
    s->R = mat3_orthonormalise(mat3_mul(mat3_exp(vec3_make(x[3], x[4], x[5])), s->R));
    s->v = vec3_add(s->v, vec3_make(x[6], x[7], x[8]));
    s->w = vec3_add(s->w, vec3_make(x[9], x[10], x[11]));
    s->q = vec3_add(s->q, vec3_make(x[12], x[13], x[14]));
    s->r = vec3_add(s->r, vec3_make(x[15], x[16], x[17]));
}

enum result filter_model_correct(const struct filter_innovation *innovation,
                                 struct head_filter_state *state) {
    double inverse[36], PH[N * 6], K[N * 6], x[N] = {0};
    enum result result = linalg_invert_spd(innovation->S, 6, inverse);
    if (result != RESULT_OK) return result;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < 6; j++)
            PH[6 * i + j] = state->P[N * i + j] + (j < 3 ? state->P[N * i + 12 + j] : 0);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < 6; j++) {
            K[6 * i + j] = 0;
            for (int k = 0; k < 6; k++) K[6 * i + j] += PH[6 * i + k] * inverse[6 * k + j];
            x[i] += K[6 * i + j] * innovation->z[j];
        }
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++) {
            double sum = 0;
            for (int k = 0; k < 6; k++) sum += K[6 * i + k] * PH[6 * j + k];
            state->P[N * i + j] -= sum;
            state->P[N * j + i] = state->P[N * i + j];
        }
    for (int i = 0; i < N; i++) state->P[(N + 1) * i] = fmax(state->P[(N + 1) * i], 1e-14);
    apply_error(state, x);
    state->coasted_s = 0;
    return RESULT_OK;
}
