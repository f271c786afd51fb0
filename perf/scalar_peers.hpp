// SPDX-License-Identifier: BSL-1.0
// Tapes that perf/scalar runs a program on: record once, sweep once, as each library's documentation says. Peers take part
// when the build found them.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include <etape/etape.hpp>

#ifdef ETAPE_PERF_ADOLC
#include <adolc/adolc.h>
#endif
#ifdef ETAPE_PERF_SACADO
#include <Sacado_trad.hpp>  // Sacado.hpp needs all of Kokkos and Teuchos
#endif
#ifdef ETAPE_PERF_CODIPACK
#include <codi.hpp>
#endif
#ifdef ETAPE_PERF_ADEPT
#include <adept.h>
#endif
#ifdef ETAPE_PERF_XAD
#include <XAD/XAD.hpp>
#endif

namespace peers
{
    using numbers = std::vector<double>;
    // f: std::vector<T> -> T. gradient() fills g and returns the value.
    struct etape
    {
        static constexpr const char* name = "etape";
        template <class F>
        static double gradient(F const& f, numbers const& at, numbers& g)
        {
            using number = ::etape::variable<double>;
            static std::vector<number> x;
            x.assign(at.begin(), at.end());
            ::etape::tape t;
            const number y = f(x);
            const auto d = t.gradient(y, x);
            for (std::size_t i = 0; i < g.size(); ++i)
                g[i] = d[i].value_or_zero();
            return y.value();
        }
        // Statements, and bytes of the tape and of its adjoints.
        template <class F>
        static ::etape::tape_statistics statistics(F const& f, numbers const& at)
        {
            using number = ::etape::variable<double>;
            const std::vector<number> x(at.begin(), at.end());
            ::etape::tape t;
            [[maybe_unused]] const number y = f(x);
            return t.statistics();
        }
    };

#ifdef ETAPE_PERF_ADOLC
    struct adolc
    {
        static constexpr const char* name = "ADOL-C";
        template <class F>
        static double gradient(F const& f, numbers const& at, numbers& g)
        {
            double value = 0;
            trace_on(1);
            {
                std::vector<adouble> x(at.size());
                for (std::size_t i = 0; i < at.size(); ++i)
                    x[i] <<= at[i];
                adouble y = f(x);
                y >>= value;
            }
            trace_off();
            double one = 1;
            double* weight = &one;
            ::zos_forward(1, 1, static_cast<int>(at.size()), 1, const_cast<double*>(at.data()), &value);
            ::fos_reverse(1, 1, static_cast<int>(at.size()), weight, g.data());
            return value;
        }
    };
#endif
#ifdef ETAPE_PERF_SACADO
    struct sacado
    {
        static constexpr const char* name = "Sacado";
        template <class F>
        static double gradient(F const& f, numbers const& at, numbers& g)
        {
            using number = Sacado::Rad::ADvar<double>;
            std::vector<number> x(at.begin(), at.end());
            number y = f(x);
            number::Gradcomp();
            for (std::size_t i = 0; i < g.size(); ++i)
                g[i] = x[i].adj();
            return y.val();
        }
    };
#endif
#ifdef ETAPE_PERF_CODIPACK
    struct codipack
    {
        static constexpr const char* name = "CoDiPack";
        template <class F>
        static double gradient(F const& f, numbers const& at, numbers& g)
        {
            using number = codi::RealReverse;
            auto& tape = number::getTape();
            double value = 0;
            {
                std::vector<number> x(at.begin(), at.end());
                tape.setActive();
                for (auto& e : x)
                    tape.registerInput(e);
                number y = f(x);
                tape.registerOutput(y);
                tape.setPassive();
                y.setGradient(1.0);
                tape.evaluate();
                for (std::size_t i = 0; i < g.size(); ++i)
                    g[i] = x[i].getGradient();
                value = y.getValue();
            }
            tape.reset();
            return value;
        }
    };
#endif
#ifdef ETAPE_PERF_ADEPT
    struct adept_
    {
        static constexpr const char* name = "Adept";
        // One for all programs: a thread may have no second active stack.
        static adept::Stack& only_stack()
        {
            static adept::Stack stack;
            return stack;
        }
        template <class F>
        static double gradient(F const& f, numbers const& at, numbers& g)
        {
            auto& stack = only_stack();
            std::vector<adept::adouble> x(at.begin(), at.end());
            stack.new_recording();
            adept::adouble y = f(x);
            y.set_gradient(1.0);
            stack.reverse();
            for (std::size_t i = 0; i < g.size(); ++i)
                g[i] = x[i].get_gradient();
            return y.value();
        }
    };
#endif
#ifdef ETAPE_PERF_XAD
    struct xad_
    {
        static constexpr const char* name = "XAD";
        using number = xad::adj<double>::active_type;
        using tape_type = xad::adj<double>::tape_type;
        // One for all programs: a thread may have no second active tape.
        static tape_type& only_tape()
        {
            static tape_type tape;
            return tape;
        }
        template <class F>
        static double gradient(F const& f, numbers const& at, numbers& g)
        {
            auto& tape = only_tape();
            std::vector<number> x(at.begin(), at.end());
            tape.registerInputs(x);
            tape.newRecording();
            number y = f(x);
            tape.registerOutput(y);
            xad::derivative(y) = 1.0;
            tape.computeAdjoints();
            for (std::size_t i = 0; i < g.size(); ++i)
                g[i] = xad::derivative(x[i]);
            const double value = xad::value(y);
            tape.clearAll();
            return value;
        }
    };
#endif
}
