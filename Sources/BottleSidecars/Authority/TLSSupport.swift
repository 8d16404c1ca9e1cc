// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// What a build has of TLS, for callers that are built with the trait TLS and without it.
package enum TLSSupport {
    #if TLS
        /// Whether the sidecars of this build open TLS, and authorities for that can be minted.
        package static let isBuiltIn = true
    #else
        /// Whether the sidecars of this build open TLS, and authorities for that can be minted.
        package static let isBuiltIn = false
    #endif

    /// Makes an authority, as the PEM of its two files; nil in a build that makes none.
    ///
    /// - Parameter name: The common name, 1 to 64 bytes.
    /// - Throws: `.input` for a name that a certificate cannot have.
    package static func mint(
        name: String
    ) throws(BottleError) -> (certificate: String, key: Redacted<String>)? {
        #if TLS
            let authority = try MintedAuthority.mint(name: name)
            return (authority.certificate, authority.key)
        #else
            return nil
        #endif
    }
}
