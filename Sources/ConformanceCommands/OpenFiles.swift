// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The limit of open files, which canaries and bottles need many of.
enum OpenFiles {
    /// What one run needs at once, with some to spare: measured, 160 do not suffice and 200 do.
    private static let needed: UInt64 = 256
    /// More than anything here uses; some systems have no upper limit, and some calls look at every number below it.
    private static let plenty: UInt64 = 8192

    /// Raises the soft limit as far as it is useful; `.prerequisite` when it stays too low for that many runs at once.
    static func makeRoom(runs: Int = 1) throws(BottleError) {
        var limit = rlimit()
        #if canImport(Glibc)
            let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let files = RLIMIT_NOFILE
        #endif
        guard getrlimit(files, &limit) == 0 else { return }
        let soft = UInt64(limit.rlim_cur)
        let wanted = min(UInt64(limit.rlim_max), plenty)
        if soft < wanted {
            limit.rlim_cur = rlim_t(wanted)
            // When it is refused, the check below tells whether that matters.
            setrlimit(files, &limit)
            getrlimit(files, &limit)
        }
        let need = needed * UInt64(max(1, runs))
        guard UInt64(limit.rlim_cur) < need else { return }
        throw BottleError(
            .prerequisite,
            """
            this needs \(need) open files, and this process may have \(limit.rlim_cur); raise the limit, for example with \
            `ulimit -n 1024`\(runs > 1 ? ", or lower --jobs" : "")
            """)
    }
}
