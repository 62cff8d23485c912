#include "agent/pairing/qr_text.hpp"

#include <qrcodegen/qrcodegen.hpp>

namespace pairing {

std::string qr_text(const std::string& text) {
    const auto code = qrcodegen::QrCode::encodeText(text.c_str(), qrcodegen::QrCode::Ecc::LOW);
    constexpr int quiet = 2;  // readers want a light border
    std::string out;
    for (int y = -quiet; y < code.getSize() + quiet; y += 2) {
        for (int x = -quiet; x < code.getSize() + quiet; ++x) {
            const bool upper = code.getModule(x, y), lower = code.getModule(x, y + 1);
            out += upper ? (lower ? " " : "▄") : (lower ? "▀" : "█");
        }
        out += '\n';
    }
    return out;
}

}  // namespace pairing
