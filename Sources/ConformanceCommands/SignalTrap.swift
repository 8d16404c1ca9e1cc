// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Turns SIGINT, SIGTERM and SIGHUP into a callback for as long as it lives; the same signal once more, half a second
/// later, ends the process at once.
final class SignalTrap: Sendable {
    /// Wrappers such as timeout(1) send a signal to the process and to its group: that is one wish, not two.
    private static let patience = DispatchTimeInterval.milliseconds(500)

    private let sources: Mutex<[Int32: any DispatchSourceSignal]>

    init(_ handler: @escaping @Sendable (Int32) -> Void) {
        sources = Mutex([:])
        for number in [SIGINT, SIGTERM, SIGHUP] {
            // The default action would end the process before the source fires.
            let former = signal(number, SIG_IGN)
            // Under nohup the end of the terminal is nobody's business.
            if number == SIGHUP, Self.isIgnored(former) { continue }
            sources.withLock { sources in
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { [weak self] in
                    handler(number)
                    // Whoever presses Ctrl-C twice wants out; the launcher then dies with us and takes everything along.
                    DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { [weak self] in
                        self?.release(number)
                    }
                }
                source.resume()
                sources[number] = source
            }
        }
    }

    func cancel() {
        let numbers = sources.withLock { Array($0.keys) }
        for number in numbers { release(number) }
    }

    deinit { cancel() }

    /// Gives a signal its default action back; idempotent, so that it never touches another trap's.
    private func release(_ number: Int32) {
        sources.withLock { sources in
            guard let source = sources.removeValue(forKey: number) else { return }
            source.cancel()
            signal(number, SIG_DFL)
        }
    }

    private static func isIgnored(_ handler: __sighandler_t?) -> Bool {
        unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
