// The two words in which everything in this tree says that something went wrong.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

/// What went wrong. Each module has one `Errc` and one category; messages are sentences.
using Error = boost::system::error_code;

/// A value or an Error. Check it, then `*r`; never `.value()`, which throws.
template <class T>
using Result = boost::system::result<T>;
