#include "vision/opencv_shim.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <opencv2/calib3d.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>
#include <string>
#include <vector>

extern "C" {

#include "base/file.h"

static constexpr size_t file_bytes_max = size_t{64} << 20;
static constexpr int flow_levels = 1; /* above the image itself */

/* A truncated PNG decodes to a picture with a grey rest and no error from OpenCV, so the file's own
 * end mark is looked for. */
static bool has_end(const std::vector<unsigned char> &data) {
    static const unsigned char png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const unsigned char iend[8] = {'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82};
    if (data.size() >= 16 && std::memcmp(data.data(), png, sizeof png) == 0) {
        return std::memcmp(data.data() + data.size() - sizeof iend, iend, sizeof iend) == 0;
    }
    if (data.size() >= 4 && data[0] == 0xff && data[1] == 0xd8) {
        size_t end = data.size();
        while (end > 2 && data[end - 1] == 0) end--;
        return data[end - 2] == 0xff && data[end - 1] == 0xd9;
    }
    return true;
}

static enum result read_file(const char *path, std::vector<unsigned char> &data,
                             struct error *err) {
    enum result there = file_check(path, err);
    if (there != RESULT_OK) return there;
    std::ifstream stream(path, std::ios::binary | std::ios::ate);
    if (!stream) return error_set(err, RESULT_IO, "%s: cannot be opened", path);
    std::streamoff size = stream.tellg();
    if (size <= 0 || static_cast<size_t>(size) > file_bytes_max) {
        return error_set(err, RESULT_FORMAT, "%s: empty or too large for an image", path);
    }
    data.resize(static_cast<size_t>(size));
    stream.seekg(0);
    if (!stream.read(reinterpret_cast<char *>(data.data()), size)) {
        return error_set(err, RESULT_IO, "%s: cannot be read", path);
    }
    return RESULT_OK;
}

/* OpenCV fills what is missing of a raw PGM with garbage. */
static bool is_short_pgm(const std::vector<unsigned char> &data, const cv::Mat &image) {
    bool is_raw = data.size() > 2 && data[0] == 'P' && (data[1] == '5' || data[1] == '6');
    return is_raw && data.size() < image.total() * image.elemSize();
}

enum result opencv_read_image(const char *path, struct camera_frame *ret_frame, struct error *err) {
    try {
        std::vector<unsigned char> data;
        enum result result = read_file(path, data, err);
        if (result != RESULT_OK) return result;
        if (!has_end(data)) return error_set(err, RESULT_FORMAT, "%s: truncated image", path);
        cv::Mat grey = cv::imdecode(data, cv::IMREAD_GRAYSCALE);
        if (grey.empty() || is_short_pgm(data, grey)) {
            return error_set(err, RESULT_FORMAT, "%s: not a readable image", path);
        }
        uint8_t *pixels = nullptr;
        struct camera_frame frame = {};
        result = camera_frame_allocate(static_cast<uint32_t>(grey.cols),
                                       static_cast<uint32_t>(grey.rows), &pixels, &frame);
        if (result != RESULT_OK) {
            return error_set(err, RESULT_FORMAT, "%s: an image of %d x %d is refused", path,
                             grey.cols, grey.rows);
        }
        for (int y = 0; y < grey.rows; y++)
            std::memcpy(pixels + static_cast<size_t>(y) * frame.image.stride, grey.ptr(y),
                        frame.image.width);
        *ret_frame = frame;
        return RESULT_OK;
    } catch (const std::exception &e) {
        return error_set(err, RESULT_FORMAT, "%s: not a readable image (%.200s)", path, e.what());
    } catch (...) {
        return error_set(err, RESULT_FORMAT, "%s: not a readable image", path);
    }
}

enum result opencv_write_image(const char *path, const struct image *image, struct error *err) {
    try {
        cv::Mat view(static_cast<int>(image->height), static_cast<int>(image->width), CV_8UC1,
                     const_cast<uint8_t *>(image->pixels), image->stride);
        if (cv::imwrite(path, view)) return RESULT_OK;
    } catch (...) {
        /* reported below */
    }
    return error_set(err, RESULT_IO, "%s: the image cannot be written", path);
}

enum result opencv_encode_jpeg(const struct image *image, int shrink, int quality,
                               uint8_t *ret_bytes, size_t size, size_t *ret_count) {
    try {
        cv::Mat view(static_cast<int>(image->height), static_cast<int>(image->width), CV_8UC1,
                     const_cast<uint8_t *>(image->pixels), image->stride);
        cv::Mat small;
        cv::resize(view, small, cv::Size(view.cols / shrink, view.rows / shrink), 0, 0,
                   cv::INTER_AREA);
        std::vector<unsigned char> data;
        if (!cv::imencode(".jpg", small, data, {cv::IMWRITE_JPEG_QUALITY, quality})) {
            return RESULT_IO;
        }
        if (data.size() > size) return RESULT_LIMIT;
        std::memcpy(ret_bytes, data.data(), data.size());
        *ret_count = data.size();
        return RESULT_OK;
    } catch (...) {
        return RESULT_IO;
    }
}

enum result opencv_solve_pnp(const struct opencv_pnp *problem, double ret_rvec[3],
                             double ret_tvec_mm[3]) {
    try {
        int count = static_cast<int>(problem->count);
        cv::Mat object(count, 3, CV_64F, const_cast<double *>(problem->object_mm));
        cv::Mat image(count, 2, CV_64F, const_cast<double *>(problem->image_px));
        cv::Mat K(3, 3, CV_64F, const_cast<double *>(problem->K));
        cv::Mat D(1, 8, CV_64F, const_cast<double *>(problem->distortion));
        cv::Mat rvec, tvec;
        if (!cv::solvePnP(object, image, K, D, rvec, tvec)) return RESULT_SINGULAR;
        for (int i = 0; i < 3; i++) {
            ret_rvec[i] = rvec.at<double>(i);
            ret_tvec_mm[i] = tvec.at<double>(i);
        }
        return RESULT_OK;
    } catch (...) {
        return RESULT_SINGULAR;
    }
}

static cv::FileNode node_of(const cv::FileStorage &file,
                            std::initializer_list<const char *> names) {
    for (const char *name : names)
        if (!file[name].empty()) return file[name];
    return cv::FileNode();
}

static std::string numbers_of(const cv::FileNode &node) {
    cv::Mat values;
    std::string text = "[";
    node >> values;
    values.convertTo(values, CV_64F);
    for (int i = 0; i < static_cast<int>(values.total()) && i < 32; i++) {
        char number[40];
        std::snprintf(number, sizeof number, "%s%.17g", i > 0 ? ", " : "", values.at<double>(i));
        text += number;
    }
    return text + "]";
}

enum result opencv_calibration_yaml(const char *xml, char *ret_yaml, size_t size) {
    try {
        cv::FileStorage file(
            xml, cv::FileStorage::READ | cv::FileStorage::MEMORY | cv::FileStorage::FORMAT_XML);
        cv::FileNode width = node_of(file, {"image_width", "image_Width", "width"});
        cv::FileNode height = node_of(file, {"image_height", "image_Height", "height"});
        cv::FileNode K = node_of(file, {"camera_matrix", "cameraMatrix", "Camera_Matrix", "K"});
        cv::FileNode D = node_of(
            file, {"distortion_coefficients", "distCoeffs", "Distortion_Coefficients", "D"});
        if (!width.isInt() || !height.isInt() || K.empty() || D.empty()) return RESULT_FORMAT;
        std::string yaml = "image_width: " + std::to_string(static_cast<int>(width)) +
                           "\nimage_height: " + std::to_string(static_cast<int>(height)) +
                           "\ncamera_matrix: " + numbers_of(K) +
                           "\ndistortion_coefficients: " + numbers_of(D) + "\n";
        if (yaml.size() >= size) return RESULT_LIMIT;
        std::memcpy(ret_yaml, yaml.c_str(), yaml.size() + 1);
        return RESULT_OK;
    } catch (...) {
        return RESULT_FORMAT;
    }
}

enum result opencv_find_chessboard(const struct image *image, struct opencv_chessboard board,
                                   double *ret_corners) {
    try {
        cv::Mat view(static_cast<int>(image->height), static_cast<int>(image->width), CV_8UC1,
                     const_cast<uint8_t *>(image->pixels), image->stride);
        std::vector<cv::Point2f> corners;
        cv::Size size(board.columns, board.rows);
        int flags = cv::CALIB_CB_ACCURACY | cv::CALIB_CB_EXHAUSTIVE;
        if (!cv::findChessboardCornersSB(view, size, corners, flags) ||
            corners.size() != static_cast<size_t>(size.area())) {
            return RESULT_NOT_FOUND;
        }
        for (size_t i = 0; i < corners.size(); i++) {
            ret_corners[2 * i] = static_cast<double>(corners[i].x);
            ret_corners[2 * i + 1] = static_cast<double>(corners[i].y);
        }
        return RESULT_OK;
    } catch (...) {
        return RESULT_NOT_FOUND;
    }
}

enum result opencv_calibrate(const struct opencv_views *views,
                             struct opencv_intrinsics *ret_intrinsics, double *ret_rvecs,
                             double *ret_tvecs) {
    try {
        std::vector<std::vector<cv::Point3f>> object(views->view_count);
        std::vector<std::vector<cv::Point2f>> image(views->view_count);
        const double *o = views->object_mm, *p = views->image_px;
        for (uint32_t v = 0; v < views->view_count; v++)
            for (uint32_t i = 0; i < views->counts[v]; i++, o += 3, p += 2) {
                object[v].emplace_back(static_cast<float>(o[0]), static_cast<float>(o[1]),
                                       static_cast<float>(o[2]));
                image[v].emplace_back(static_cast<float>(p[0]), static_cast<float>(p[1]));
            }
        cv::Mat K, D;
        std::vector<cv::Mat> rvecs, tvecs;
        cv::Size size(static_cast<int>(views->width_px), static_cast<int>(views->height_px));
        double rms = cv::calibrateCamera(object, image, size, K, D, rvecs, tvecs, cv::CALIB_FIX_K3);
        *ret_intrinsics = {K.at<double>(0, 0), K.at<double>(1, 1), K.at<double>(0, 2),
                           K.at<double>(1, 2), D.at<double>(0),    D.at<double>(1),
                           D.at<double>(2),    D.at<double>(3),    rms};
        for (uint32_t v = 0; v < views->view_count; v++)
            for (int i = 0; i < 3; i++) {
                ret_rvecs[3 * v + static_cast<uint32_t>(i)] = rvecs[v].at<double>(i);
                ret_tvecs[3 * v + static_cast<uint32_t>(i)] = tvecs[v].at<double>(i);
            }
        return std::isfinite(rms) ? RESULT_OK : RESULT_SINGULAR;
    } catch (...) {
        return RESULT_SINGULAR;
    }
}

enum result opencv_blur(const struct opencv_plane *in, double sigma_px, float *ret_values) {
    try {
        int width = static_cast<int>(in->width), height = static_cast<int>(in->height);
        cv::Mat source(height, width, CV_32F, in->values);
        cv::Mat target(height, width, CV_32F, ret_values);
        cv::GaussianBlur(source, target, cv::Size(), sigma_px, sigma_px, cv::BORDER_REPLICATE);
        return RESULT_OK;
    } catch (...) {
        return RESULT_NO_MEMORY;
    }
}

static cv::Mat view_of(const struct image *image) {
    return cv::Mat(static_cast<int>(image->height), static_cast<int>(image->width), CV_8UC1,
                   const_cast<uint8_t *>(image->pixels), image->stride);
}

uint32_t opencv_find_corners(const struct image *image, const uint8_t *mask,
                             const struct opencv_corners *wanted, float *ret_xy) {
    try {
        cv::Mat allowed(static_cast<int>(image->height), static_cast<int>(image->width), CV_8UC1,
                        const_cast<uint8_t *>(mask));
        std::vector<cv::Point2f> corners;
        cv::goodFeaturesToTrack(view_of(image), corners, static_cast<int>(wanted->capacity),
                                wanted->quality, wanted->apart_px, allowed, 7);
        for (size_t i = 0; i < corners.size(); i++) {
            ret_xy[2 * i] = corners[i].x;
            ret_xy[2 * i + 1] = corners[i].y;
        }
        return static_cast<uint32_t>(corners.size());
    } catch (...) {
        return 0;
    }
}

struct opencv_pyramid {
    std::vector<cv::Mat> levels;
};

enum result opencv_pyramid_create(const struct image *image, uint32_t window_px,
                                  struct opencv_pyramid **ret_pyramid) {
    try {
        std::unique_ptr<opencv_pyramid> pyramid(new opencv_pyramid);
        int side = static_cast<int>(window_px);
        cv::buildOpticalFlowPyramid(view_of(image), pyramid->levels, cv::Size(side, side),
                                    flow_levels, true, cv::BORDER_REFLECT_101, cv::BORDER_CONSTANT,
                                    false);
        *ret_pyramid = pyramid.release();
        return RESULT_OK;
    } catch (...) {
        return RESULT_NO_MEMORY;
    }
}

void opencv_pyramid_destroy(struct opencv_pyramid **pyramid) {
    delete *pyramid;
    *pyramid = nullptr;
}

void opencv_use_one_thread(void) {
    cv::setNumThreads(1);
}

enum result opencv_follow(const struct opencv_flow *flow) {
    if (flow->count == 0) return RESULT_OK;
    try {
        int count = static_cast<int>(flow->count), side = static_cast<int>(flow->window_px);
        cv::Mat from(count, 1, CV_32FC2, const_cast<float *>(flow->from_xy));
        cv::Mat to(count, 1, CV_32FC2, flow->to_xy);
        cv::Mat status(count, 1, CV_8U, flow->is_found), error;
        cv::calcOpticalFlowPyrLK(
            flow->from->levels, view_of(&flow->to), from, to, status, error, cv::Size(side, side),
            flow_levels,
            cv::TermCriteria(cv::TermCriteria::COUNT + cv::TermCriteria::EPS, 30, 0.003),
            cv::OPTFLOW_USE_INITIAL_FLOW);
        return RESULT_OK;
    } catch (...) {
        return RESULT_INVALID;
    }
}

} /* extern "C" */
