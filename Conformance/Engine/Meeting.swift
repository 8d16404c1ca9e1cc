// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The moment at which bottles of a run are up at the same time: one is visited, the others visit it.
///
/// The host opens when it has proved itself alive, and does not go before every guest has left. Each side waits with a
/// deadline of its own, and whoever ends, by whatever way, has to `leave`: a bottle that never came up keeps nobody
/// waiting.
final class Meeting: Sendable {
    /// Who is visited: the second closed bottle.
    static let host = Session.variant
    /// Who visits: the bottle under test, and the open twin to show that the same attempts could have succeeded.
    static let guests: Set<Session> = [.bottle, .twin]

    /// What a guest finds.
    enum Door: Sendable, Hashable {
        case open(Neighbour)
        /// There is nobody to visit, and why.
        case closed(String)
    }

    private let door = Latch<Door>()
    private let missing: Mutex<Set<Session>>
    private let allLeft = Latch<Bool>()
    private let hostLeft = Latch<Bool>()

    init() { missing = Mutex(Self.guests) }

    /// The host is up.
    func open(_ neighbour: Neighbour) { door.set(.open(neighbour)) }

    /// Nobody can be visited any more unless the host has opened already.
    func close(_ why: String) { door.set(.closed(why)) }

    /// What the guests find; returns when the host has opened or left.
    func arrival() async -> Door { await door.wait() }

    /// Returns when every guest has left.
    func departure() async { _ = await allLeft.wait() }

    /// The session takes no further part: its attempts are over, or it never came so far.
    func leave(_ session: Session, _ why: String? = nil) {
        if session == Self.host {
            close("the neighbour did not come up" + (why.map { ": \($0)" } ?? ""))
            hostLeft.set(true)
            return
        }
        let isLast = missing.withLock { missing in
            missing.remove(session)
            return missing.isEmpty
        }
        if isLast { allLeft.set(true) }
    }

    /// Whether the host has stayed so far.
    var isHostThere: Bool { hostLeft.value == nil }

    /// Why nobody will come, where that is known before the host has opened.
    var obstacle: String? {
        guard case .closed(let why)? = door.value else { return nil }
        return why
    }
}
