// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import NIOCore

#if TLS
    import NIOSSL
#endif

/// What needs cryptography, and says so in a build without it.
extension BundleCommand {
    #if TLS
        /// Both ends of TLS for a sidecar with an authority.
        static func tls(
            _ files: CertificateFiles, trust: String?, place: String, faults: Set<Fault>
        ) throws(BottleError) -> TunnelTLS {
            TunnelTLS(
                leaves: LeafStore(authority: try Authority(files: files), verifiesNames: !faults.contains(.nosni)),
                trust: try ClientTrust.context(additional: trust, verifies: !faults.contains(.insecure)))
        }

        /// Writes a new authority's two files, 0600 from creation.
        static func mint(in directory: String, name: String) throws(BottleError) {
            let authority = try MintedAuthority.mint(name: name)
            let files = CertificateFiles(directory: directory)
            try SidecarSystem.writeNewFile(files.key, Array(authority.key.exposed.utf8))
            try SidecarSystem.writeNewFile(files.certificate, Array(authority.certificate.utf8))
        }

        /// The server's end of TLS of an origin; nil where it speaks plainly.
        static func originTLS(_ options: Options) throws -> (@Sendable (any Channel) throws -> Void)? {
            let given = ["--host", "--ca-cert", "--ca-key"].map { options.values[$0] }
            guard let host = given[0], let certificate = given[1], let key = given[2] else {
                guard given.allSatisfy({ $0 == nil }), options.values["--certificate"] == nil else {
                    throw BottleError(.usage, "origin: --host, --ca-cert and --ca-key go together: give all of them")
                }
                return nil
            }
            guard let kind = OriginCertificate(rawValue: options.values["--certificate"] ?? "good") else {
                throw BottleError(.usage, "origin: --certificate is one of \(OriginCertificate.names)")
            }
            let authority = try Authority(files: CertificateFiles(certificate: certificate, key: key))
            let context = try kind.context(for: host, authority: authority)
            return { channel in
                try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
            }
        }

        /// The client's end of TLS of a load.
        static func loadTLS(trust: String?) throws(BottleError) -> LoadClient.Secure {
            let context = try ClientTrust.context(additional: trust)
            return { connection, host, timeouts throws(HTTPFailure) in
                do {
                    try await connection.secure(asClient: context, of: host, timeouts: timeouts)
                } catch {
                    throw HTTPFailure(0, "TLS with \(host) failed: \(TunnelTLS.reason(error))")
                }
            }
        }
    #else
        static func tls(
            _ files: CertificateFiles, trust: String?, place: String, faults: Set<Fault>
        ) throws(BottleError) -> TunnelTLS {
            // Passing through what a policy wants opened would be a silent hole.
            throw BottleError(.unsupported, "\(place): this build does not open TLS: build it with the trait TLS.")
        }

        static func originTLS(_ options: Options) throws -> (@Sendable (any Channel) throws -> Void)? {
            let given = ["--host", "--ca-cert", "--ca-key", "--certificate"].compactMap { options.values[$0] }
            guard given.isEmpty else {
                throw BottleError(.unsupported, "origin: this build speaks no TLS: build it with the trait TLS.")
            }
            return nil
        }

        static func loadTLS(trust: String?) throws(BottleError) -> LoadClient.Secure {
            throw BottleError(
                .unsupported, "load: this build speaks no TLS: give --plain, or build it with the trait TLS.")
        }

        static func mint(in directory: String, name: String) throws(BottleError) {
            throw BottleError(.unsupported, "This build makes no certificates: build it with the trait TLS.")
        }
    #endif
}
