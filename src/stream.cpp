// SPDX-License-Identifier: BSL-1.0
// Arrays on a stream.
#include <etape/array/stream.hpp>

namespace etape::runtime
{
    namespace
    {
        constexpr std::size_t most_in_full = 1000, at_each_end = 3;

        // As many levels as the array has dimensions.
        template <class T>
        void print_part(std::ostream& out, buffer const& b, const T* at, int axis, bool in_full)
        {
            if (axis == b.rank)
            {
                out << *at;
                return;
            }
            const std::size_t n = b.shape[axis];
            out << '{';
            for (std::size_t i = 0; i < n; ++i)
            {
                if (i != 0)
                {
                    out << ',';
                    if (axis + 1 == b.rank)
                        out << ' ';
                    else
                        out << '\n' << std::string(static_cast<std::size_t>(axis) + 1, ' ');
                }
                if (!in_full && n > 2 * at_each_end && i == at_each_end)
                {
                    out << "...";
                    i = n - at_each_end - 1;
                }
                else
                    print_part(out, b, at + static_cast<std::ptrdiff_t>(i) * b.strides[axis],
                               axis + 1, in_full);
            }
            out << '}';
        }
    }

    template <class T>
    void print(std::ostream& out, buffer const& b)
    {
        print_part(out, b, static_cast<const T*>(b.data<T>()), 0, b.size <= most_in_full);
    }
    template void print<double>(std::ostream&, buffer const&);
    template void print<float>(std::ostream&, buffer const&);
}
