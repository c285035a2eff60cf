/* The compiled ceilings. A rig file may ask for less, never for more: the gate takes the stricter
 * of both. Each number stands with its reason (docs/hazards.md). */
#ifndef SMPRIG_SAFETY_LIMITS_H
#define SMPRIG_SAFETY_LIMITS_H

/* Depth below the skin by region, um: scalp skin is 1.18 / 1.38 / 1.48 mm thick there; the needle
 * must stay in it with a tenth to spare (hazard 10). */
#define LIMIT_DEPTH_ANTERIOR_UM 1000
#define LIMIT_DEPTH_TEMPORAL_UM 1150
#define LIMIT_DEPTH_POSTERIOR_UM 1250
/* Whole stroke from retracted: hover plus depth; the mechanical stop stands at 1.5 mm
 * in the skin. */
#define LIMIT_STROKE_MM 2.0
/* The needle is in the skin for so long at most (I13). There is no dwell: Grbl counts one in steps
 * of 50 ms, so the shortest it can make is too long. */
#define LIMIT_IN_SKIN_S 0.04
#define LIMIT_PLUNGE_MM_S 200.0
/* The axes' own limits may not exceed these: the board's rates are compared with the rig file's at
 * connect, so no travel is faster. mm, rad, s. */
#define LIMIT_AXIS_SPEED_MM_S 500.0
#define LIMIT_AXIS_ACCELERATION_MM_S2 10000.0
#define LIMIT_AXIS_SPEED_RAD_S 12.0 /* the wrist of a fast small arm */
#define LIMIT_AXIS_ACCELERATION_RAD_S2 200.0
/* Head speed at the tip: no strike above the first, a trip above the second (hazard 1). */
#define LIMIT_STRIKE_SPEED_MM_S 5.0
#define LIMIT_TRIP_SPEED_MM_S 15.0
/* Pose age: to send a strike or a travel, and to stay where a needle waits (hazard 4, I10, I11).
 * The first times the greatest speed to strike at is 0.4 mm, the least hover: an aim by stamps that
 * are wrong by as much keeps the retracted needle off the skin. */
#define LIMIT_POSE_AGE_MS 80
#define LIMIT_POSE_GONE_MS 160
/* The newest measurement's distance from the prediction, sigmas (hazards 2, 6). */
#define LIMIT_INNOVATION_SIGMA 5.0
#define LIMIT_TAGS_LEAST 3
/* A jolt too small for a flinch leaves the filter behind the head for some frames: after a pose
 * that was farther off its prediction than this, or not to be trusted, no strike for so long. Poses
 * of a head at rest stay below half a sigma. */
#define LIMIT_CALM_SIGMA 2.0
#define LIMIT_CALM_MS 150
/* Tip against dot at the predicted contact, and the axis against the dot's normal. */
#define LIMIT_AIM_MM 0.15
#define LIMIT_TILT_RAD 0.0873 /* 5 deg */
/* Depth that the stroke would reach against the dot's planned depth. */
#define LIMIT_DEPTH_MISS_MM 0.06
/* Overworked skin (hazard 15): two strikes at one place; layers struck over one zone in a session;
 * dots struck within the session's hours are this session's, other ones must have rested a week. */
#define LIMIT_PITCH_MM 0.5
#define LIMIT_PASSES_A_SESSION 2
#define LIMIT_SESSION_H 12
#define LIMIT_REST_H (7 * 24)
/* Prediction reaches this far at most: a contact expected later is no just-in-time strike (I10). */
#define LIMIT_CONTACT_AHEAD_MS 60
/* A strike begins within 40 ms of being sent (I10), whatever its asker expects: the travel before
 * it must be over so soon. The rest is for the line's way and a board slower than reckoned. */
#define LIMIT_STRIKE_WAIT_MS 15
/* A travel is checked against the head as it will be at its end, predicted at most so far. */
#define LIMIT_TRAVEL_AHEAD_MS 250
/* The rig file may not ask for less room than this between tool and skin. */
#define LIMIT_TIP_CLEARANCE_LEAST_MM 0.1
#define LIMIT_BODY_CLEARANCE_LEAST_MM 0.5
/* The needle may stand over a dot without a strike for so long. The skin was a hover away (0.4 mm)
 * at a contact, up to 40 ms before; two reports later (20 ms) it goes out: in all 120 ms, in which
 * a head breathing at 3.3 mm/s comes that near. */
#define LIMIT_WAIT_MS 60
/* After a stop the needle goes so far out along its axis: a breathing head moves
 * a few millimetres. */
#define LIMIT_RETREAT_MM 8.0
/* Reported position against commanded at a dot boundary (hazard 11). */
#define LIMIT_POSITION_MM 0.1
/* E-stop: the two channels may disagree for so long, then a wire is broken (hazard 33). */
#define LIMIT_ESTOP_DIFFER_MS 100
/* Dead-man: to be pressed anew so often, or it may be taped (hazard 32). */
#define LIMIT_DEADMAN_HOLD_S 120
/* Out-sensor (hazard 12): out again so long after a strike, and away from it for the longest
 * strike, 70 ms, and that at most. */
#define LIMIT_NEEDLE_LATE_MS 30
#define LIMIT_NEEDLE_AWAY_MS 100
/* Service motions at the empty rig (safety/service.h): slow enough to step away from (ISO 10218:
 * 250 mm/s with reduced speed; far less here), short enough that one lost cancel does no harm. */
#define LIMIT_JOG_MM 20.0
#define LIMIT_JOG_MM_S 50.0
#define LIMIT_JOG_RAD 0.35
#define LIMIT_JOG_RAD_S 0.5
#define LIMIT_PROBE_MM_S 5.0
#define LIMIT_APPROACH_PER_S 5.0 /* mm/s and deg/s: as a probe, for the plate is near */
/* The same with a head in the rig and somebody watching it: a hand that lets the key go, or comes
 * to the emergency stop in half a second, is there within a millimetre. */
#define LIMIT_NEAR_JOG_MM 1.0
#define LIMIT_NEAR_JOG_MM_S 2.0
#define LIMIT_NEAR_JOG_RAD 0.01
#define LIMIT_NEAR_JOG_RAD_S 0.02
#define LIMIT_NEAR_PROBE_MM_S 1.0

#endif
