#include "agent/pairing/qr_text.hpp"

#include <gtest/gtest.h>

#include <qrcodegen/qrcodegen.hpp>

#include "platform/text.hpp"

namespace {

constexpr int border = 2;  // light modules on each side

/// The modules that a terminal shows: true is dark. Each character is two modules, one above the other.
std::vector<std::vector<bool>> modules_of(std::string_view text) {
    std::vector<std::vector<bool>> rows;
    for (std::string_view line : platform::split(platform::trim(text), '\n')) {
        std::vector<bool> upper, lower;
        while (!line.empty()) {
            const bool space = line.front() == ' ';
            const auto block = line.substr(0, space ? 1 : 3);
            upper.push_back(space || block == "▄");
            lower.push_back(space || block == "▀");
            line.remove_prefix(block.size());
        }
        rows.push_back(upper);
        rows.push_back(lower);
    }
    return rows;
}

TEST(QrText, ShowsTheModulesOfTheCodeWithinALightBorder) {
    const std::string address = "https://x.supabase.co/device?code=ABCD-EFGH";
    const auto code = qrcodegen::QrCode::encodeText(address.c_str(), qrcodegen::QrCode::Ecc::LOW);
    const auto rows = modules_of(pairing::qr_text(address));
    const int size = code.getSize() + 2 * border;
    ASSERT_GE(rows.size(), static_cast<std::size_t>(size));
    for (int y = 0; y < size; ++y) {
        ASSERT_EQ(rows[static_cast<std::size_t>(y)].size(), static_cast<std::size_t>(size)) << "row " << y;
        for (int x = 0; x < size; ++x) {
            EXPECT_EQ(rows[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)],
                      code.getModule(x - border, y - border))
                << x << ", " << y;
        }
    }
}

}  // namespace
