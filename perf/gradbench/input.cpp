// SPDX-License-Identifier: BSL-1.0
// The inputs of the GradBench suite: the only file that reads JSON.
#include "input.hpp"

#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace gradbench
{
    namespace
    {
        using json = nlohmann::json;

        // Text and flags carry no numbers: an array of them is left empty.
        void flatten(json const& j, std::size_t depth, array& to)
        {
            if (j.is_array())
            {
                if (to.shape.size() == depth)
                    to.shape.push_back(j.size());
                else if (to.shape[depth] != j.size())
                    throw std::runtime_error("rows of different lengths");
                for (auto const& e : j)
                    flatten(e, depth + 1, to);
            }
            else if (j.is_number() || j.is_boolean())
                to.values.push_back(j.is_number() ? j.get<double>() : j.get<bool>() ? 1.0 : 0.0);
        }
        void collect(json const& j, std::string const& prefix, std::map<std::string, array>& all)
        {
            for (auto const& [name, value] : j.items())
                if (value.is_object())
                    collect(value, prefix + name + '.', all);
                else
                    flatten(value, 0, all[prefix + name]);
        }
    }

    input::input(std::string const& path)
        : path_(path)
    {
        std::ifstream file(path);
        if (!file)
            throw std::runtime_error("cannot read '" + path + "'");
        try
        {
            const auto j = json::parse(file);
            if (!j.is_object())
                throw std::runtime_error("found no object");
            collect(j, "", all_);
        }
        catch (std::exception const& e)
        {
            throw std::runtime_error("'" + path + "' is no input of GradBench: " + e.what());
        }
    }
    array const& input::operator[](std::string const& name) const
    {
        const auto found = all_.find(name);
        if (found == all_.end())
            throw std::runtime_error("'" + path_ + "' has no member '" + name + "'");
        return found->second;
    }
    double input::number(std::string const& name) const
    {
        auto const& a = (*this)[name];
        if (a.values.size() != 1)
            throw std::runtime_error("'" + path_ + "': member '" + name + "' is not a number");
        return a.values[0];
    }
    std::size_t input::size(std::string const& name) const
    {
        const double n = number(name);
        if (!(n >= 0 && n < 1e9))
            throw std::runtime_error("'" + path_ + "': member '" + name + "' counts nothing");
        return static_cast<std::size_t>(n);
    }
}
