// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// The first process of a guest in a container: runs nothing before the policy is in force, then reaps.
enum Inmate {
    /// Milliseconds that the policy may take.
    private static let patience: Int64 = 20_000

    /// - Parameter arguments: The bundle's address, to wait for; or `open` for a guest without a policy. Then `vsock`, where
    ///   sockets of that family are not refused.
    static func run(_ arguments: [[UInt8]]) -> Never {
        let signals = launcher_ending_signals()
        do throws(Failure) {
            guard let word = arguments.first else { throw Failure("usage", "usage: inmate open|ADDRESS [vsock]") }
            if arguments.count < 2 { try Seccomp.refuseVsock() }
            if word != Array("open".utf8) {
                guard let bundle = Guard.address(word) else { throw Failure("usage", "not an address") }
                try awaitPolicy(bundle, signals)
            }
            Guard.say(["ready"])
        } catch {
            Guard.say(["failed " + error.text])
            launcher_exit(1)
        }
        wait(signals)
    }

    /// Whoever starts this container by hand may be faster than the guard: the routes come last there, so that all is in
    /// force when they are seen here.
    private static func awaitPolicy(_ bundle: [UInt8], _ signals: Int32) throws(Failure) {
        let deadline = launcher_milliseconds() + patience
        let networks = try Networks(looking: ())
        while true {
            let routes = try networks.routes(networks.first, 2) + networks.routes(networks.first, 10)
            // No prefix of more than one address, and the bundle's among those there are.
            var isNarrow = !routes.isEmpty
            var hasBundle = false
            var position = 0
            while position < routes.count {
                let prefix = routes[position]
                if prefix == bundle + [32] { hasBundle = true }
                if prefix.last != 32 || prefix.count != 5 { isNarrow = false }
                position += 3
            }
            if isNarrow, hasBundle { return }
            guard launcher_milliseconds() < deadline else {
                throw Failure("timeout", "the network policy is not in force after 20 s")
            }
            if launcher_wait_readable(signals, 5) > 0, launcher_next_signal(signals) != 17 { launcher_exit(0) }
        }
    }

    /// Reaps until it is told to end.
    static func wait(_ signals: Int32) -> Never {
        while true {
            _ = launcher_wait_readable(signals, -1)
            while true {
                let number = launcher_next_signal(signals)
                if number == 0 { break }
                // SIGCHLD
                if number != 17 { launcher_exit(0) }
            }
            var kind: Int32 = 0
            var code: Int32 = 0
            while launcher_wait_child(-1, 0, &kind, &code) > 0 {}
        }
    }
}
