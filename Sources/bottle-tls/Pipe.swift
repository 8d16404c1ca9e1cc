// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleTLS

#if canImport(Glibc)
    import Glibc
#endif

/// Carries bytes between the probe and a server, which are TLS on one side only.
enum Pipe {
    /// Runs until one of both is done; 0, or 64 for arguments that are none.
    static func run(_ arguments: [String]) -> Int32 {
        guard let arguments = Arguments(arguments) else {
            say("failed bottle-tls needs a name, a file of trusted certificates and protocols, each - for none")
            return 64
        }
        #if TLS
            do {
                var relay = Relay(try endpoint(arguments))
                relay.run()
            } catch {
                say("failed \(error)")
            }
        #else
            say("failed this build speaks no TLS: build it with the trait TLS")
        #endif
        return 0
    }

    /// One line for the probe.
    static func say(_ line: String) { _ = Stream(Arguments.status).write(Array("\(line)\n".utf8)) }

    #if TLS
        /// What keeps a conversation from its start.
        struct Flaw: Error, CustomStringConvertible { let description: String }

        private static func endpoint(_ arguments: Arguments) throws -> TLSEndpoint {
            var trust = TLSTrust.anybody
            if let path = arguments.trust {
                guard let text = Stream.contents(of: path) else {
                    throw Flaw(description: "the trusted certificates cannot be read")
                }
                trust = .authorities(text)
            }
            guard let context = try? trust.context(protocols: arguments.protocols) else {
                throw Flaw(description: "the trusted certificates hold none that can be used")
            }
            guard let endpoint = try? TLSEndpoint(asClient: context, serverName: arguments.serverName) else {
                throw Flaw(description: "the server's name is none that TLS can carry")
            }
            return endpoint
        }
    #endif
}
