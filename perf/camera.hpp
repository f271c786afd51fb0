// SPDX-License-Identifier: BSL-1.0
// Reprojection of a point by a camera, as in bundle adjustment: 15 inputs, 2 outputs, for any number type.
#pragma once
#include <array>
#include <cmath>
#include <cstddef>
#include <random>
#include <type_traits>
#include <vector>

namespace perf
{
    // Inputs, in ADBench's order: rotation vector 3, centre 3, focal length, principal point 2, radial distortion 2, point 3,
    // weight. Rodrigues' formula, pinhole projection, distortion 1 + k1 r^2 + k2 r^4 (Triggs et al., Bundle adjustment: a
    // modern synthesis, 2000).
    struct camera
    {
        static constexpr std::size_t inputs = 15, outputs = 2;

        template <class S, class T = std::remove_cvref_t<decltype(std::declval<S const&>()[0])>>
        std::array<T, 2> operator()(S const& in) const
        {
            using std::cos;
            using std::sin;
            using std::sqrt;
            const T x = in[11] - in[3], y = in[12] - in[4], z = in[13] - in[5];
            const T theta = sqrt(T(in[0] * in[0] + in[1] * in[1] + in[2] * in[2]));
            const T c = cos(theta), s = sin(theta);
            const T inverse = 1.0 / theta;
            const T u = in[0] * inverse, v = in[1] * inverse, w = in[2] * inverse;
            const T t = (u * x + v * y + w * z) * (1.0 - c);
            const T px = x * c + (v * z - w * y) * s + u * t;
            const T py = y * c + (w * x - u * z) * s + v * t;
            const T pz = z * c + (u * y - v * x) * s + w * t;
            const T depth = 1.0 / pz;
            const T a = px * depth, b = py * depth;
            const T r2 = a * a + b * b;
            const T distortion = 1.0 + in[9] * r2 + in[10] * r2 * r2;
            return {in[14] * (a * distortion * in[6] + in[7]), in[14] * (b * distortion * in[6] + in[8])};
        }
    };

    // Cameras near the origin that look at points ahead of them; row-major (n, 15).
    inline std::vector<double> cameras(std::size_t n, unsigned seed)
    {
        std::mt19937_64 engine(seed);
        const auto uniform = [&](double low, double high)
        { return low + (high - low) * static_cast<double>(engine() >> 11) * 0x1p-53; };
        std::vector<double> all;
        all.reserve(n * camera::inputs);
        for (std::size_t p = 0; p < n; ++p)
            for (std::size_t k = 0; k < camera::inputs; ++k)
                all.push_back(k < 3    ? uniform(-0.5, 0.6)    // rotation
                              : k < 6  ? uniform(-1, 1)        // centre
                              : k == 6 ? uniform(0.8, 1.5)     // focal length
                              : k < 9  ? uniform(-0.1, 0.1)    // principal point
                              : k < 11 ? uniform(-0.05, 0.05)  // radial distortion
                              : k < 13 ? uniform(-3, 3)        // point
                              : k < 14 ? uniform(8, 14)
                                       : uniform(0.5, 1));     // weight
        return all;
    }
}
