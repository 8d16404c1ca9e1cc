// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

@testable import ConformanceCanaries

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many files the tests may have open.
enum OpenFiles {
    /// The limit after it was raised as far as the system lets us: many fields are open at once, since tests run at once.
    static let limit: Int = {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        if getrlimit(resource, &limit) == 0 {
            limit.rlim_cur = min(limit.rlim_max, 65_536)
            _ = setrlimit(resource, &limit)
        }
        return SocketCalls.descriptorLimit
    }()
}
