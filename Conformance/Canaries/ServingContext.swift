// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What every conversation of the serving thread needs to know.
final class ServingContext {
    let banner: String
    let ledger: Ledger
    /// Grows with each session that is opened.
    var zone: DNSZone
    #if TLS
        /// Nil where the canaries speak plainly only.
        var origin: SecureOrigin?
    #endif

    init(banner: String, ledger: Ledger, zone: DNSZone) {
        self.banner = banner
        self.ledger = ledger
        self.zone = zone
    }

    var speaksTLS: Bool {
        #if TLS
            origin != nil
        #else
            false
        #endif
    }
}
