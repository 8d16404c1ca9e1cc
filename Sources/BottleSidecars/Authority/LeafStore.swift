// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if TLS
    import BottleCore
    import Crypto
    import NIOCore
    import NIOSSL
    import Synchronization
    import X509

    #if canImport(FoundationEssentials)
        import FoundationEssentials
    #else
        import Foundation
    #endif

    /// Servers' ends of TLS by host name, each with a leaf that is minted when it is first asked for.
    package final class LeafStore: Sendable {
        private struct Entry {
            var context: NIOSSLContext
            var expiry: ContinuousClock.Instant
        }

        private let authority: Authority
        /// One key for all leaves: each is good for one name and this process's life, and a key takes longer than a signature.
        private let key = P256.Signing.PrivateKey()
        private let entries = Mutex<[String: Entry]>([:])
        /// Names that are kept; an allowlist with a wildcard could be asked for any number.
        private static let limit = 1000
        /// Seconds: of a leaf, and until it is made anew.
        private static let lifetime = 86400.0
        private static let renewal = Duration.seconds(43200)

        /// Only a fault lets a client ask for another name than it did before.
        private let verifiesNames: Bool

        package init(authority: Authority, verifiesNames: Bool = true) {
            self.authority = authority
            self.verifiesNames = verifiesNames
        }

        /// The server's end of TLS for a name; it refuses a client that names another, or none.
        ///
        /// - Throws: What the cryptography throws.
        func context(for host: String) throws -> NIOSSLContext {
            let now = ContinuousClock.now
            if let entry = entries.withLock({ $0[host] }), entry.expiry > now { return entry.context }
            let leaf = try authority.leaf(for: host, publicKey: key.publicKey, lifetime: Self.lifetime)
            var configuration = try ServerLeaf.configuration(leaf, key)
            // Nobody answers a client that asks for another name than it did a moment ago.
            configuration.sslContextCallback = { [verifiesNames] values, promise in
                guard verifiesNames else {
                    promise.succeed(.noChanges)
                    return
                }
                guard let name = values.serverHostname, case .name(host) = HostSpec(name) else {
                    promise.fail(NameMismatch(name: values.serverHostname))
                    return
                }
                promise.succeed(.noChanges)
            }
            let context = try NIOSSLContext(configuration: configuration)
            entries.withLock { entries in
                if entries.count >= Self.limit { entries.removeAll(keepingCapacity: true) }
                entries[host] = Entry(context: context, expiry: now + Self.renewal)
            }
            return context
        }

        /// A client that asked for another name in TLS than before.
        struct NameMismatch: Error, CustomStringConvertible {
            /// As the client has it; nil where it names none.
            let name: String?
            var description: String { name.map { "the client names \(Quoted($0))" } ?? "the client names no host" }
        }
    }
#endif
