// Precompiled for the hub.
#pragma once

#include <boost/asio/ssl/stream.hpp>
#include <nlohmann/json.hpp>

#include "platform/pch.hpp"
