// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// What needs cryptography, and says so in a build without it.
extension BundleCommand {
    #if TLS
        /// Both ends of TLS for a sidecar with an authority.
        static func tls(
            _ files: CertificateFiles, trust: String?, place: String
        ) throws(BottleError) -> TunnelTLS {
            TunnelTLS(
                leaves: LeafStore(authority: try Authority(files: files)),
                trust: try ClientTrust.context(additional: trust))
        }

        /// Writes a new authority's two files, 0600 from creation.
        static func mint(in directory: String, name: String) throws(BottleError) {
            let authority = try MintedAuthority.mint(name: name)
            let files = CertificateFiles(directory: directory)
            try SidecarSystem.writeNewFile(files.key, Array(authority.key.exposed.utf8))
            try SidecarSystem.writeNewFile(files.certificate, Array(authority.certificate.utf8))
        }
    #else
        static func tls(
            _ files: CertificateFiles, trust: String?, place: String
        ) throws(BottleError) -> TunnelTLS {
            // Passing through what a policy wants opened would be a silent hole.
            throw BottleError(.unsupported, "\(place): this build does not open TLS: build it with the trait TLS.")
        }

        static func mint(in directory: String, name: String) throws(BottleError) {
            throw BottleError(.unsupported, "This build makes no certificates: build it with the trait TLS.")
        }
    #endif
}
