/* A camera's picture with what is drawn on it, in the picture's pixels: the ring's tags, the next
 * dots, the dots struck last. Where things are is reckoned here, from the pose that was found in
 * this very frame, so the page only draws. */
#include <stdlib.h>

#include "base/base64.h"
#include "base/clock.h"
#include "controller/daemon/daemon.h"
#include "vision/camera_file.h"
#include "vision/camera_model.h"
#include "vision/ring_file.h"

#define DOTS_DRAWN_MAX 20
/* Cosine of the steepest view at which a dot or a tag is drawn. */
#define FACING_LEAST 0.25

struct view {
    const struct camera_calibration *camera;
    struct pose T_camera_head;
};

static bool project(const struct view *view, struct vec3 p_head, struct vec3 n_head,
                    struct pixel *ret_pixel) {
    struct vec3 p_camera = pose_apply(view->T_camera_head, p_head);
    struct vec3 n_camera = pose_rotate(view->T_camera_head, n_head);
    struct pixel pixel;
    if (vec3_dot(n_camera, vec3_unit(p_camera)) > -FACING_LEAST ||
        !camera_project(&view->camera->model, p_camera, &pixel) ||
        !camera_sees(&view->camera->model, pixel, 0))
        return false;
    /* Shrinking averages squares of pixels: centres move by half a pixel each way. */
    ret_pixel->u = (pixel.u + 0.5) / CAMERA_FEED_SHRINK - 0.5;
    ret_pixel->v = (pixel.v + 0.5) / CAMERA_FEED_SHRINK - 0.5;
    return true;
}

static json_t *ring_json(const struct view *view, const struct tag_ring *ring) {
    static const double corners[4][2] = {{-0.5, -0.5}, {0.5, -0.5}, {0.5, 0.5}, {-0.5, 0.5}};
    json_t *tags = json_array();
    for (uint32_t k = 0; k < ring->count; k++) {
        struct pose T_head_tag = tag_ring_pose_head(ring, k);
        struct vec3 n_head = pose_rotate(T_head_tag, vec3_make(0, 0, 1));
        json_t *outline = json_array();
        for (size_t i = 0; i < 4; i++) {
            double side = ring->tags[k].size_mm;
            struct pixel pixel;
            struct vec3 p_tag = {corners[i][0] * side, corners[i][1] * side, 0};
            if (project(view, pose_apply(T_head_tag, p_tag), n_head, &pixel))
                json_array_append_new(outline, json_pack("[f, f]", pixel.u, pixel.v));
        }
        if (json_array_size(outline) == 4)
            json_array_append_new(tags, outline);
        else
            json_decref(outline);
    }
    return tags;
}

static void append_dot(json_t *list, const struct view *view, const struct dot *dot) {
    struct pixel pixel;
    if (project(view, dot->p_head, dot->n_head, &pixel))
        json_array_append_new(list, json_pack("[f, f]", pixel.u, pixel.v));
}

static json_t *next_dots_json(const struct daemon *daemon, const struct view *view) {
    const struct striker *striker = &daemon->session.striker;
    json_t *list = json_array();
    int taken = 0;
    for (size_t i = striker->next; i < striker->setup.order_count && taken < DOTS_DRAWN_MAX; i++) {
        uint32_t index = striker->setup.order[i];
        if (striker->fates[index] != FATE_PENDING) continue;
        append_dot(list, view, &daemon->opened->plan.dots[index]);
        taken++;
    }
    return list;
}

static json_t *struck_dots_json(const struct daemon *daemon, const struct view *view) {
    json_t *list = json_array();
    for (size_t i = 0; i < RECENT_DOTS && i < daemon->recent_count; i++) {
        size_t slot = (daemon->recent_count - 1 - i) % RECENT_DOTS;
        append_dot(list, view, &daemon->opened->plan.dots[daemon->recent[slot]]);
    }
    return list;
}

static json_t *picture_json(const struct daemon *daemon, const struct camera_picture *picture,
                            int64_t now_ns) {
    const struct camera_set *cameras = vision_thread_cameras(daemon->vision);
    char *text = malloc(BASE64_SIZE(picture->bytes));
    if (!text || picture->camera >= cameras->count) {
        free(text);
        return NULL;
    }
    size_t length = base64_encode(picture->jpeg, picture->bytes, text);
    json_t *json = json_pack(
        "{s:i, s:i, s:i, s:s#, s:f, s:s, s:s}", "camera", (int)picture->camera, "width",
        (int)picture->width, "height", (int)picture->height, "jpeg", text, (int)length, "age_ms",
        (double)(now_ns - picture->stamp_ns) / (double)NS_PER_MS, "state",
        head_state_name(picture->head.state), "reason", head_reason_name(picture->head.reason));
    free(text);
    if (picture->head.state == HEAD_LOST) return json;
    const struct camera_calibration *camera = &cameras->cameras[picture->camera];
    struct view view = {camera,
                        pose_mul(pose_inverse(camera->T_rig_camera), picture->head.T_rig_head)};
    json_object_set_new(json, "ring", ring_json(&view, vision_thread_ring(daemon->vision)));
    json_object_set_new(json, "next", next_dots_json(daemon, &view));
    json_object_set_new(json, "struck", struck_dots_json(daemon, &view));
    return json;
}

void daemon_tell_camera(struct daemon *daemon, bool has_picture, int64_t now_ns) {
    static struct camera_picture picture; /* large; of the loop's thread alone */
    struct camera_feed *feed = vision_thread_feed(daemon->vision);
    camera_feed_want(feed, api_server_has_subscribers(daemon->api, API_TOPIC_CAMERA));
    if (!has_picture || !camera_feed_take(feed, &picture)) return;
    json_t *json = picture_json(daemon, &picture, now_ns);
    if (json) api_server_notify(daemon->api, API_TOPIC_CAMERA, "camera", json);
    json_decref(json);
}
