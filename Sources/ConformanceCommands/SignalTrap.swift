// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Turns SIGINT and SIGTERM into a callback for as long as it lives; a second signal ends the process at once.
final class SignalTrap: Sendable {
    private let sources: Mutex<[any DispatchSourceSignal]>

    init(_ handler: @escaping @Sendable (Int32) -> Void) {
        let made = [SIGINT, SIGTERM].map { number in
            // The default action would end the process before the source fires.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                handler(number)
                // Whoever presses Ctrl-C twice wants out; the launcher then dies with us and takes everything along.
                signal(number, SIG_DFL)
            }
            source.resume()
            return source
        }
        sources = Mutex(made)
    }

    func cancel() {
        sources.withLock { for source in $0 { source.cancel() } }
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
    }

    deinit { cancel() }
}
