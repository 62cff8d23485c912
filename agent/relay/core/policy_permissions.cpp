// What a page may be granted. A page that is granted something asks nobody any more, so what reaches the person at the
// machine, other programs, devices or the network behind it is left to the owner's `policy.allow`.
// Source of the names: Browser.PermissionType of Chromium 156, and permission_descriptor.idl of the Permissions API.
#include "agent/relay/core/policy_rules.hpp"

namespace relay::rules {
namespace {

/// Stays within the browser, whether it has a window or not.
constexpr std::string_view harmless =
    "accessibility-events accessibilityEvents accelerometer ambient-light-sensor background-fetch background-sync "
    "backgroundFetch backgroundSync durableStorage geolocation gyroscope magnetometer payment-handler paymentHandler "
    "periodic-background-sync periodicBackgroundSync persistent-storage push storage-access storageAccess "
    "top-level-storage-access topLevelStorageAccess";

/// Reaches the desktop of a person: clipboard, screens, keyboard, notifications. A browser without windows has its own
/// clipboard and screen, which nobody else sees.
constexpr std::string_view of_a_desktop =
    "automaticFullscreen clipboard-read clipboard-sanitized-write clipboard-write clipboardReadWrite "
    "clipboardSanitizedWrite fullscreen keyboard-lock keyboardLock notifications pointer-lock pointerLock "
    "screen-wake-lock wakeLockScreen window-management windowManagement";

// Not to be granted at all: ar audioCapture camera cameraPanTiltZoom capturedSurfaceControl displayCapture handTracking
// idleDetection (whether a person is at the machine) localFonts localNetwork localNetworkAccess loopbackNetwork
// microphone midi midiSysex nfc protectedMediaIdentifier (names the machine) sensors smartCard speakerSelection
// videoCapture vr wakeLockSystem webAppInstallation webPrinting, and whatever a newer Chrome invents.

Judgement judge_permission(std::string_view name, const Surroundings& around) {
    if (is_word_of(harmless, name)) return {};
    const std::string shown{name.substr(0, 64)};
    if (!is_word_of(of_a_desktop, name)) {
        return deny("permission", "The policy does not let pages be granted \"" + shown + "\".");
    }
    if (!around.has_window) return {};
    return deny("permission", "The policy does not let pages be granted \"" + shown +
                                  "\" in a browser with a window: it reaches the desktop of a person.");
}

}  // namespace

Judgement grant(const ParamContext& context) {
    std::string_view permissions;
    const Found found = find_member(context.params, "permissions", permissions);
    if (found == Found::none) return {};
    if (found == Found::repeated) return ambiguous("permissions");
    return judge_strings("permissions", permissions,
                         [&](std::string_view name) { return judge_permission(name, context.around); });
}

Judgement set_permission(const ParamContext& context) {
    std::string_view permission;
    std::string_view setting;
    if (find_member(context.params, "permission", permission) == Found::repeated) return ambiguous("permission");
    if (find_member(context.params, "setting", setting) == Found::repeated) return ambiguous("setting");
    std::string scratch;
    if (is_word_of("denied prompt", platform::unescape(setting, scratch))) return {};
    std::string_view name;
    if (platform::json_kind(permission) != platform::JsonKind::object) return malformed("permission", "an object");
    if (find_member(permission, "name", name) == Found::repeated) return ambiguous("permission.name");
    return judge_permission(platform::unescape(name, scratch), context.around);
}

}  // namespace relay::rules
