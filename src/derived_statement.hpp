// SPDX-License-Identifier: BSL-1.0
// Statements that compute derivatives and are differentiated at most once: their partials are numbers from the beginning, as those of
// any scalar statement. What may be differentiated again is recorded operation by operation instead (tape/active.hpp).
#pragma once
#include <etape/tape/forward.hpp>

namespace etape
{
    template <class T>
    class derived_statement
    {
    public:
        // Constants (no_id) are left out.
        void read(T partial, std::uint32_t id) noexcept
        {
            if (id == record_log::no_id)
                return;
            partial_[n_] = partial;
            id_[n_++] = id;
        }
        // The value with its identity, and its tangent on the level that follows.
        active record(record_log& log, T value) const
        {
            constexpr bool single = sizeof(T) == sizeof(float);
            auto y = primitive::constant(static_cast<double>(value), single);
            if (n_ == 0 || !runtime::thread.recording)
                return y;
            y.id = log.scalars<T>().local(log.push_statement<T>(partial_, id_, n_));
            if (log.forward != nullptr)
            {
                // What was not chosen contributes nothing, whatever its tangent is.
                T t(0);
                for (int k = 0; k < n_; ++k)
                    if (const T moved = log.forward->scalar<T>(id_[k]); moved != T(0) && partial_[k] != T(0))
                        t += partial_[k] * moved;
                log.forward->set_scalar<T>(y.id, t);
            }
            return y;
        }

    private:
        static constexpr int most = 6;
        T partial_[most];
        std::uint32_t id_[most];
        int n_ = 0;
    };
}
