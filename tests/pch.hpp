// Precompiled for all tests. Files still include what they use; this only makes it cheap.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <nlohmann/json.hpp>

#include "platform/pch.hpp"
