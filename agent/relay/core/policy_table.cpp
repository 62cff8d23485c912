#include "agent/relay/core/policy_table.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>

#include "platform/core/text_hash.hpp"

namespace relay {
namespace {

// `observe` looks: nothing here runs script, gives input, changes the page or reads secrets (cookies, bodies, storage).
// `test` drives: what stays inside the browser's own profile. The machine, devices, other programs and ways around this
// table are `full`. Parameters that matter (URLs, files, permissions, downloads) are judged in policy_params.cpp.
// clang-format off
constexpr PolicyRow rows[] = {
    {"Agent", Profile::observe, Touch::neutral,  // the agent's own
     "getInfo"},
    {"Agent", Profile::test, Touch::neutral,
     "close filePut fileRead open post"},
    {"Accessibility", Profile::observe, Touch::neutral,
     "disable enable"},
    {"Accessibility", Profile::observe, Touch::content,
     "getAXNodeAndAncestors getChildAXNodes getFullAXTree getPartialAXTree getRootAXNode queryAXTree"},
    {"Ads", Profile::observe, Touch::content,
     "getAdMetrics getAdScripts"},
    {"Animation", Profile::observe, Touch::neutral,
     "disable enable"},
    {"Animation", Profile::observe, Touch::content,
     "getCurrentTime getPlaybackRate"},
    {"Animation", Profile::test, Touch::content,
     "releaseAnimations resolveAnimation seekAnimations setPaused setPlaybackRate setTiming"},
    {"Audits", Profile::observe, Touch::neutral,
     "disable enable"},
    {"Audits", Profile::test, Touch::content,
     "checkFormsIssues getEncodedResponse"},
    {"Autofill", Profile::test, Touch::neutral,
     "disable enable"},
    {"Autofill", Profile::test, Touch::content,
     "setAddresses trigger"},
    {"BackgroundService", Profile::test, Touch::neutral,
     "clearEvents setRecording startObserving stopObserving"},
    {"BluetoothEmulation", Profile::full, Touch::neutral,
     "addCharacteristic addDescriptor addService disable enable removeCharacteristic removeDescriptor "
     "removeService setSimulatedCentralState simulateAdvertisement "
     "simulateCharacteristicOperationResponse simulateDescriptorOperationResponse "
     "simulateGATTDisconnection simulateGATTOperationResponse simulatePreconnectedPeripheral"},
    {"Browser", Profile::observe, Touch::neutral,
     "getGlobalPrivacyControl getHistogram getHistograms getVersion getWindowBounds getWindowForTarget"},
    {"Browser", Profile::test, Touch::neutral,
     "addPrivacySandboxEnrollmentOverride cancelDownload close grantPermissions resetPermissions "
     "setContentsSize setDownloadBehavior setGlobalPrivacyControl setPermission setWindowBounds"},
    {"Browser", Profile::full, Touch::neutral,
     "addMockCamera crash crashGpuProcess executeBrowserCommand getBrowserCommandLine setDockTile"},
    {"CSS", Profile::observe, Touch::neutral,
     "disable enable"},
    {"CSS", Profile::observe, Touch::content,
     "collectClassNames getAnimatedStylesForNode getBackgroundColors getComputedStyleForNode "
     "getEnvironmentVariables getInlineStylesForNode getLayersForNode getLocationForSelector "
     "getLonghandProperties getMatchedStylesForNode getMediaQueries getPlatformFontsForNode "
     "getStyleSheetText resolveValues"},
    {"CSS", Profile::test, Touch::content,
     "addRule createStyleSheet forcePseudoState forceStartingStyle setContainerQueryConditionText "
     "setContainerQueryText setEffectivePropertyValueForNode setKeyframeKey setLocalFontsEnabled "
     "setMediaText setNavigationText setPropertyRulePropertyName setRuleSelector setScopeText "
     "setStyleSheetText setStyleTexts setSupportsText startRuleUsageTracking stopRuleUsageTracking "
     "takeComputedStyleUpdates takeCoverageDelta trackComputedStyleUpdates "
     "trackComputedStyleUpdatesForNode"},
    {"CacheStorage", Profile::test, Touch::content,
     "deleteCache deleteEntry requestCacheNames requestCachedResponse requestEntries"},
    {"Cast", Profile::full, Touch::neutral,
     "disable enable setSinkToUse startDesktopMirroring startTabMirroring stopCasting"},
    {"Console", Profile::observe, Touch::neutral,
     "clearMessages disable enable"},
    {"CrashReportContext", Profile::test, Touch::content,
     "getEntries"},
    {"DOM", Profile::observe, Touch::neutral,
     "disable enable"},
    {"DOM", Profile::observe, Touch::content,
     "collectClassNamesFromSubtree describeNode discardSearchResults getAnchorElement getAttributes "
     "getBoxModel getContainerForNode getContentQuads getDocument getElementByRelation "
     "getFlattenedDocument getFrameOwner getImplicitAnchorCandidates getNodeForLocation "
     "getNodeStackTraces getNodesForSubtreeByStyle getOuterHTML getQueryingDescendantsForContainer "
     "getRelayoutBoundary getSearchResults getTopLayerElements performSearch pushNodeByPathToFrontend "
     "pushNodesByBackendIdsToFrontend querySelector querySelectorAll requestChildNodes"},
    {"DOM", Profile::test, Touch::content,
     "clearTextMarkers copyTo focus forceShowInterest forceShowPopover getDetachedDomNodes "
     "hideHighlight highlightNode highlightRect markUndoableState moveTo redo removeAttribute "
     "removeNode requestNode resolveNode scrollIntoViewIfNeeded setAttributeValue setAttributesAsText "
     "setFileInputFiles setInspectedNode setNodeName setNodeStackTracesEnabled setNodeValue "
     "setOuterHTML setTextMarker undo"},
    {"DOM", Profile::full, Touch::content,
     "getFileInfo"},
    {"DOMDebugger", Profile::observe, Touch::content,
     "getEventListeners"},
    {"DOMDebugger", Profile::test, Touch::content,
     "removeDOMBreakpoint removeEventListenerBreakpoint removeInstrumentationBreakpoint "
     "removeXHRBreakpoint setBreakOnCSPViolation setDOMBreakpoint setEventListenerBreakpoint "
     "setInstrumentationBreakpoint setXHRBreakpoint"},
    {"DOMSnapshot", Profile::observe, Touch::neutral,
     "disable enable"},
    {"DOMSnapshot", Profile::observe, Touch::content,
     "captureSnapshot getSnapshot"},
    {"DOMStorage", Profile::test, Touch::neutral,
     "disable enable"},
    {"DOMStorage", Profile::test, Touch::content,
     "clear getDOMStorageItems removeDOMStorageItem setDOMStorageItem"},
    {"Debugger", Profile::test, Touch::neutral,
     "disable enable resume setSkipAllPauses"},
    {"Debugger", Profile::test, Touch::content,
     "continueToLocation disassembleWasmModule evaluateOnCallFrame getPossibleBreakpoints "
     "getScriptSource getStackTrace getWasmBytecode nextWasmDisassemblyChunk pause pauseOnAsyncCall "
     "removeBreakpoint restartFrame searchInContent setAsyncCallStackDepth "
     "setBlackboxExecutionContexts setBlackboxPatterns setBlackboxedRanges setBreakpoint "
     "setBreakpointByUrl setBreakpointOnFunctionCall setBreakpointsActive setInstrumentationBreakpoint "
     "setPauseOnExceptions setReturnValue setScriptSource setVariableValue stepInto stepOut stepOver"},
    {"DeviceAccess", Profile::full, Touch::neutral,
     "cancelPrompt disable enable selectPrompt"},
    {"DeviceOrientation", Profile::test, Touch::neutral,
     "clearDeviceOrientationOverride setDeviceOrientationOverride"},
    {"DigitalCredentials", Profile::test, Touch::neutral,
     "setVirtualWalletBehavior"},
    {"Emulation", Profile::observe, Touch::neutral,
     "canEmulate getOverriddenSensorInformation getScreenInfos"},
    {"Emulation", Profile::test, Touch::neutral,
     "addScreen clearDeviceMetricsOverride clearDevicePostureOverride clearDisplayFeaturesOverride "
     "clearGeolocationOverride clearIdleOverride removeScreen resetPageScaleFactor "
     "setAutoDarkModeOverride setAutomationOverride setCPUPerformanceOverride setCPUThrottlingRate "
     "setDataSaverOverride setDefaultBackgroundColorOverride setDeviceMetricsOverride "
     "setDevicePostureOverride setDisabledImageTypes setDisplayFeaturesOverride "
     "setDocumentCookieDisabled setEmitTouchEventsForMouse setEmulatedMedia setEmulatedOSTextScale "
     "setEmulatedVisionDeficiency setFocusEmulationEnabled setGeolocationOverride "
     "setHardwareConcurrencyOverride setIdleOverride setLocaleOverride setNavigatorOverrides "
     "setPageScaleFactor setPressureSourceOverrideEnabled setPressureStateOverride setPrimaryScreen "
     "setSafeAreaInsetsOverride setScriptExecutionDisabled setScrollbarsHidden "
     "setSensorOverrideEnabled setSensorOverrideReadings setSmallViewportHeightDifferenceOverride "
     "setTimezoneOverride setTouchEmulationEnabled setUserAgentOverride "
     "setVirtualKeyboardGeometryOverride setVirtualTimePolicy setVisibleSize updateScreen"},
    {"EventBreakpoints", Profile::test, Touch::neutral,
     "disable"},
    {"EventBreakpoints", Profile::test, Touch::content,
     "removeInstrumentationBreakpoint setInstrumentationBreakpoint"},
    {"Extensions", Profile::full, Touch::neutral,
     "clearStorageItems getExtensions getStorageItems loadUnpacked removeStorageItems setStorageItems "
     "triggerAction uninstall"},
    {"FedCm", Profile::test, Touch::neutral,
     "disable enable"},
    {"FedCm", Profile::test, Touch::content,
     "clickDialogButton dismissDialog openUrl resetCooldown selectAccount"},
    {"Fetch", Profile::test, Touch::neutral,
     "continueRequest continueWithAuth disable enable failRequest"},
    {"Fetch", Profile::test, Touch::content,
     "continueResponse fulfillRequest getResponseBody takeResponseBodyAsStream"},
    {"FileSystem", Profile::test, Touch::content,
     "getDirectory"},
    {"FindInPage", Profile::observe, Touch::neutral,
     "stop"},
    {"FindInPage", Profile::observe, Touch::content,
     "findFirst findNext findPrev"},
    {"HeadlessExperimental", Profile::test, Touch::neutral,
     "disable enable"},
    {"HeadlessExperimental", Profile::test, Touch::content,
     "beginFrame"},
    {"HeapProfiler", Profile::test, Touch::neutral,
     "collectGarbage disable enable"},
    {"HeapProfiler", Profile::test, Touch::content,
     "addInspectedHeapObject getHeapObjectId getObjectByHeapObjectId getSamplingProfile startSampling "
     "startTrackingHeapObjects stopSampling stopTrackingHeapObjects takeHeapSnapshot"},
    {"IO", Profile::observe, Touch::neutral,
     "close read"},
    {"IO", Profile::test, Touch::content,
     "resolveBlob"},
    {"IndexedDB", Profile::test, Touch::neutral,
     "disable enable"},
    {"IndexedDB", Profile::test, Touch::content,
     "clearObjectStore deleteDatabase deleteObjectStoreEntries getMetadata requestData requestDatabase "
     "requestDatabaseNames"},
    {"Input", Profile::test, Touch::neutral,
     "cancelDragging setIgnoreInputEvents setInterceptDrags"},
    {"Input", Profile::test, Touch::content,
     "dispatchDragEvent dispatchKeyEvent dispatchMouseEvent dispatchTouchEvent "
     "emulateTouchFromMouseEvent imeSetComposition insertText synthesizePinchGesture "
     "synthesizeScrollGesture synthesizeTapGesture"},
    {"Inspector", Profile::observe, Touch::neutral,
     "disable enable"},
    {"LayerTree", Profile::observe, Touch::neutral,
     "disable enable releaseSnapshot"},
    {"LayerTree", Profile::observe, Touch::content,
     "compositingReasons loadSnapshot makeSnapshot profileSnapshot replaySnapshot snapshotCommandLog"},
    {"Log", Profile::observe, Touch::neutral,
     "clear disable enable startViolationsReport stopViolationsReport"},
    {"Media", Profile::observe, Touch::neutral,
     "disable enable"},
    {"Memory", Profile::observe, Touch::neutral,
     "getDOMCounters"},
    {"Memory", Profile::test, Touch::neutral,
     "forciblyPurgeJavaScriptMemory getDOMCountersForLeakDetection prepareForLeakDetection "
     "setPressureNotificationsSuppressed simulatePressureNotification"},
    {"Memory", Profile::full, Touch::neutral,  // profiles name the files of the machine that are loaded
     "getAllTimeSamplingProfile getBrowserSamplingProfile getSamplingProfile startSampling "
     "stopSampling"},
    {"Network", Profile::observe, Touch::neutral,
     "canClearBrowserCache canClearBrowserCookies canEmulateNetworkConditions disable enable "
     "enableReportingApi fetchSchemefulSite setAttachDebugStack"},
    {"Network", Profile::observe, Touch::content,
     "getCertificate getSecurityIsolationStatus"},
    {"Network", Profile::test, Touch::neutral,
     "clearBrowserCache clearBrowserCookies configureDurableMessages deleteCookies "
     "deleteDeviceBoundSession emulateNetworkConditions emulateNetworkConditionsByRule "
     "enableDeviceBoundSessions getAllCookies overrideNetworkState setBlockedURLs "
     "setBypassServiceWorker setCacheDisabled setCookie setCookieControls setCookies "
     "setExtraHTTPHeaders setUserAgentOverride"},
    {"Network", Profile::test, Touch::content,
     "getCookies getRequestPostData getResponseBody loadNetworkResource replayXHR searchInResponseBody "
     "streamResourceContent"},
    {"Overlay", Profile::observe, Touch::neutral,
     "disable enable hideHighlight highlightFrame highlightNode highlightQuad highlightRect "
     "highlightSourceOrder setInspectMode setPausedInDebuggerMessage setShowAdHighlights "
     "setShowContainerQueryOverlays setShowDebugBorders setShowDisplayCutout setShowFPSCounter "
     "setShowFlexOverlays setShowGridOverlays setShowHinge setShowHitTestBorders "
     "setShowInspectedElementAnchor setShowIsolatedElements setShowLayoutShiftRegions "
     "setShowPaintRects setShowScrollBottleneckRects setShowScrollSnapOverlays "
     "setShowViewportSizeOnResize setShowWebVitals setShowWindowControlsOverlay"},
    {"Overlay", Profile::observe, Touch::content,
     "getGridHighlightObjectsForTest getHighlightObjectForTest getSourceOrderHighlightObjectForTest"},
    {"PWA", Profile::full, Touch::neutral,
     "changeAppUserSettings getOsAppState install launch launchFilesInApp openCurrentPageInApp "
     "uninstall"},
    {"Page", Profile::observe, Touch::neutral,
     "disable enable getAdScriptAncestry getFrameTree getLayoutMetrics getNavigationHistory "
     "getPermissionsPolicyState screencastFrameAck setLifecycleEventsEnabled stopScreencast"},
    {"Page", Profile::observe, Touch::content,
     "captureScreenshot getAppId getAppManifest getInstallabilityErrors getManifestIcons "
     "getOriginTrials getResourceTree getSiblingSubApps getSubApps startScreencast"},
    {"Page", Profile::test, Touch::neutral,
     "addScriptToEvaluateOnLoad addScriptToEvaluateOnNewDocument bringToFront clearCompilationCache "
     "clearDeviceMetricsOverride clearDeviceOrientationOverride clearGeolocationOverride close crash "
     "createIsolatedWorld deleteCookie handleJavaScriptDialog navigate navigateToHistoryEntry "
     "removeScriptToEvaluateOnLoad removeScriptToEvaluateOnNewDocument resetNavigationHistory "
     "setAdBlockingEnabled setBypassCSP setDeviceMetricsOverride setDeviceOrientationOverride "
     "setDownloadBehavior setFontFamilies setFontSizes setGeolocationOverride "
     "setInterceptFileChooserDialog setPrerenderingAllowed setSPCTransactionMode "
     "setTouchEmulationEnabled setWebLifecycleState stopLoading waitForDebugger"},
    {"Page", Profile::test, Touch::content,
     "captureSnapshot generateTestReport getAnnotatedPageContent "
     "getResourceContent printToPDF produceCompilationCache reload searchInResource setDocumentContent"},
    {"Page", Profile::full, Touch::neutral,
     "addCompilationCache setRPHRegistrationMode startScreenRecording stopScreenRecording"},
    {"Performance", Profile::observe, Touch::neutral,
     "disable enable getMetrics setTimeDomain"},
    {"PerformanceTimeline", Profile::observe, Touch::neutral,
     "enable"},
    {"Preload", Profile::observe, Touch::neutral,
     "disable enable"},
    {"Profiler", Profile::test, Touch::neutral,
     "disable enable"},
    {"Profiler", Profile::test, Touch::content,
     "getBestEffortCoverage setSamplingInterval start startPreciseCoverage stop stopPreciseCoverage "
     "takePreciseCoverage"},
    {"Runtime", Profile::observe, Touch::neutral,
     "disable discardConsoleEntries enable getHeapUsage getIsolateId releaseObject releaseObjectGroup "
     "runIfWaitingForDebugger setAsyncCallStackDepth setMaxCallStackSizeToCapture"},
    {"Runtime", Profile::observe, Touch::content,
     "getExceptionDetails"},
    {"Runtime", Profile::test, Touch::neutral,
     "addBinding removeBinding setCustomObjectFormatterEnabled terminateExecution"},
    {"Runtime", Profile::test, Touch::content,
     "awaitPromise callFunctionOn compileScript evaluate getProperties globalLexicalScopeNames "
     "queryObjects runScript"},
    {"Schema", Profile::observe, Touch::neutral,
     "getDomains"},
    {"Security", Profile::observe, Touch::neutral,
     "disable enable"},
    {"Security", Profile::test, Touch::neutral,
     "handleCertificateError setIgnoreCertificateErrors setOverrideCertificateErrors"},
    {"ServiceWorker", Profile::observe, Touch::neutral,
     "disable enable"},
    {"ServiceWorker", Profile::test, Touch::neutral,
     "deliverPushMessage dispatchPeriodicSyncEvent dispatchSyncEvent setForceUpdateOnPageLoad "
     "skipWaiting startWorker stopAllWorkers stopWorker unregister updateRegistration"},
    {"SmartCardEmulation", Profile::full, Touch::neutral,
     "disable enable reportBeginTransactionResult reportConnectResult reportDataResult reportError "
     "reportEstablishContextResult reportGetStatusChangeResult reportListReadersResult "
     "reportPlainResult reportReleaseContextResult reportStatusResult"},
    {"Storage", Profile::test, Touch::neutral,
     "clearCookies clearDataForOrigin clearDataForStorageKey clearPrivateVerificationTokens "
     "clearTrustTokens deletePrivateVerificationToken deleteStorageBucket getCookies "
     "getPrivateVerificationTokens getPrivateVerificationTokensIssuerConfigs getStorageKey "
     "getStorageKeyForFrame getTrustTokens getUsageAndQuota overrideQuotaForOrigin "
     "runBounceTrackingMitigations setCookies setPrivateVerificationTokensTracking "
     "setStorageBucketTracking trackCacheStorageForOrigin trackCacheStorageForStorageKey "
     "trackIndexedDBForOrigin trackIndexedDBForStorageKey untrackCacheStorageForOrigin "
     "untrackCacheStorageForStorageKey untrackIndexedDBForOrigin untrackIndexedDBForStorageKey"},
    {"SystemInfo", Profile::full, Touch::neutral,
     "getFeatureState getInfo getProcessInfo"},
    {"Target", Profile::observe, Touch::neutral,
     "attachToBrowserTarget attachToTarget autoAttachRelated detachFromTarget getBrowserContexts "
     "getTargetInfo getTargets setAutoAttach setDiscoverTargets"},
    {"Target", Profile::test, Touch::neutral,
     "activateTarget closeTarget createBrowserContext createTarget disposeBrowserContext"},
    {"Target", Profile::full, Touch::neutral,
     "exposeDevToolsProtocol getDevToolsTarget openDevTools sendMessageToTarget setRemoteLocations"},
    {"Tethering", Profile::full, Touch::neutral,
     "bind unbind"},
    {"Tracing", Profile::observe, Touch::neutral,
     "getCategories getTrackEventDescriptor"},
    {"Tracing", Profile::test, Touch::neutral,
     "end recordClockSyncMarker requestMemoryDump start"},
    {"WebAudio", Profile::observe, Touch::neutral,
     "disable enable getRealtimeData"},
    {"WebAuthn", Profile::test, Touch::neutral,
     "addCredential addVirtualAuthenticator clearCredentials disable enable getCredential "
     "getCredentials removeCredential removeVirtualAuthenticator setAutomaticPresenceSimulation "
     "setCredentialProperties setResponseOverrideBits setUserVerified"},
    {"WebMCP", Profile::test, Touch::neutral,
     "disable enable"},
    {"WebMCP", Profile::test, Touch::content,
     "cancelInvocation invokeTool"},
};
// clang-format on

using Placements = std::unordered_map<std::string, Placement, platform::TextHash, std::equal_to<>>;

Placements index_rows() {
    Placements all;
    for (const PolicyRow& row : rows) {
        std::string_view rest = row.methods;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            std::string method{row.domain};
            method.append(".").append(rest.substr(0, end));
            all.emplace(std::move(method), Placement{row.least, row.touch});
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return all;
}

}  // namespace

std::span<const PolicyRow> policy_table() noexcept {
    return rows;
}

const Placement* placement_of(std::string_view method) {
    static const Placements all = index_rows();
    const auto found = all.find(method);
    return found == all.end() ? nullptr : &found->second;
}

}  // namespace relay
