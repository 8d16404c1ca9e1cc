// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The user's wish to end a run early; a signal handler triggers it, the runner tears everything down and reports.
public final class Interruption: Sendable {
    private let latch = Latch<Int32>()

    public init() {}

    /// The number of the first signal that came, if any.
    public var signal: Int32? { latch.value }

    /// Ends the runs that watch this object; later signals change nothing.
    public func trigger(signal: Int32) { latch.set(signal) }

    func onTrigger(_ handler: @escaping @Sendable (Int32) -> Void) -> Int { latch.onSet(handler) }
    func remove(_ token: Int) { latch.remove(token) }

    /// The name people know a signal by.
    public static func name(of signal: Int32) -> String {
        switch signal {
        case 1: "SIGHUP"
        case 2: "SIGINT"
        case 15: "SIGTERM"
        default: "signal \(signal)"
        }
    }
}
