#include "cli/track_table.h"

#include <math.h>

#include "base/clock.h"

void track_table_heading(FILE *out) {
    fprintf(out, "t,tx,ty,tz,qx,qy,qz,qw");
    for (int i = 1; i <= 6; i++)
        for (int j = i; j <= 6; j++) fprintf(out, ",c%d%d", i, j);
    fprintf(out, ",tags_used,residual_px,state,reason\n");
}

void track_table_line(FILE *out, const struct head_pose *pose, struct pose T,
                      const double covariance[36]) {
    bool is_lost = pose->state == HEAD_LOST;
    fprintf(out, "%.9f", ns_to_s(pose->stamp_ns));
    if (is_lost) {
        for (int i = 0; i < 7 + 21; i++) fprintf(out, ",nan");
    } else {
        struct quat q = quat_from_mat3(T.R);
        fprintf(out, ",%.9f,%.9f,%.9f,%.12f,%.12f,%.12f,%.12f", T.t.x, T.t.y, T.t.z, q.x, q.y, q.z,
                q.w);
        for (int i = 0; i < 6; i++)
            for (int j = i; j < 6; j++) fprintf(out, ",%.6e", covariance[6 * i + j]);
    }
    fprintf(out, ",%u,%.4f,%s,%s\n", pose->tags_used, is_lost ? (double)NAN : pose->residual_px,
            head_state_name(pose->state), head_reason_name(pose->reason));
}
