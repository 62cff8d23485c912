// A QR code for a terminal.
#pragma once

#include <string>

namespace pairing {

/// The code of `text` in half blocks (UTF-8), dark on light, with a light border; a line ends with \n.
std::string qr_text(const std::string& text);

}  // namespace pairing
