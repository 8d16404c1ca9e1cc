// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleBackends
    import BottleCore
    import BottleSystem
    import ConformanceEngine
    import Glibc
    import Synchronization

    /// Watches what comes into a cache, which processes work on it and what listens on this machine, on a thread of its own
    /// until it is stopped.
    ///
    /// What comes into the cache is told by the kernel, and nothing of it missed. Processes and sockets are looked at over and
    /// over; those that save and convert take many times as long as a round.
    final class ConversionWatch: Sendable {
        /// What a process does with the cache.
        enum Work: Sendable, Hashable { case save, pack }

        /// What was seen since `begin`.
        struct Seen: Sendable {
            var appeared: [String] = []
            var saves: Set<Int32> = []
            var packs: Set<Int32> = []
            /// Sockets that listen now and did not when the watch began.
            var listeners: Set<String> = []
            /// What was to be done about a process was done.
            var hasStruck = false
            /// From the first process that converts to its end.
            var packing: Duration?
        }

        private struct Order: Sendable {
            var work: Work
            var delay: Duration
            var act: @Sendable (Set<Int32>) -> Void
            var since: ContinuousClock.Instant?
        }

        private struct State {
            var isStopping = false
            var rounds = 0
            var seen = Seen()
            var packedSince: ContinuousClock.Instant?
            var order: Order?
            var listening: Set<String>?
            /// Whether listeners count: from the begin of an attempt until its artefact is there.
            var isConverting = false
            var hasLost = false
            var waiting: CheckedContinuation<Void, Never>?
            var hasEnded = false
        }

        /// How long a round rests: a conversion has the processor to itself on a small machine.
        private static let pause: Int32 = 120

        private let cache: String
        private let state = Mutex(State())

        /// - Parameter cache: A directory that exists.
        init(cache: String) { self.cache = cache }

        /// Starts, and returns when the cache is watched and what listens is known.
        func start() async throws(BottleError) {
            let descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
            guard descriptor >= 0 else { throw .io("watch files", errno) }
            var tree = TreeWatch(descriptor: descriptor)
            guard tree.watch(cache) else {
                let code = errno
                close(descriptor)
                throw .io("watch \(cache)", code)
            }
            DedicatedThread.start("bottle-cache") { [tree] in self.watch(tree) }
            await waitForRound()
        }

        /// Ends the thread; what it saw stays.
        func stop() async {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    state.isStopping = true
                    if !state.hasEnded { state.waiting = continuation }
                    return state.hasEnded
                }
                if isOver { continuation.resume() }
            }
        }

        /// Returns when a round has begun and ended that had not begun before.
        func waitForRound() async {
            let start = state.withLock { $0.rounds }
            while state.withLock({ $0.rounds < start + 2 && !$0.hasEnded }) {
                try? await Task.sleep(for: .milliseconds(2))
            }
        }

        /// Forgets what was seen and begins anew.
        func begin() {
            state.withLock { state in
                (state.seen, state.packedSince, state.order) = (Seen(), nil, nil)
                state.isConverting = true
            }
        }

        /// What listens from now on is no part of a conversion.
        func endConversion() { state.withLock { $0.isConverting = false } }

        /// What was seen since `begin`; nothing is done about processes any more.
        func end() async -> Seen {
            await waitForRound()
            return state.withLock { state in
                (state.order, state.isConverting) = (nil, false)
                return state.seen
            }
        }

        /// What listens now and did not when the watch began, or when `accept` was called last.
        func listeners() async -> Set<String> {
            await waitForRound()
            return state.withLock { Set(Self.listening()).subtracting($0.listening ?? []) }
        }

        /// Takes what listens for what was there from the begin.
        func accept(_ listeners: Set<String>) { state.withLock { $0.listening?.formUnion(listeners) } }

        /// Has something done about the processes that do a work, once, when they have done it for so long.
        func strike(
            _ work: Work, after delay: Duration, _ act: @escaping @Sendable (Set<Int32>) -> Void
        ) {
            state.withLock { $0.order = Order(work: work, delay: delay, act: act) }
        }

        /// What it may have missed.
        var gaps: [String] {
            state.withLock { $0.hasLost ? ["was too slow for what happened in the cache"] : [] }
        }

        // MARK: The thread

        private func watch(_ start: TreeWatch) {
            var tree = start
            let first = Set(Self.listening())
            state.withLock { $0.listening = first }
            repeat {
                var waiter = pollfd(fd: tree.descriptor, events: Int16(POLLIN), revents: 0)
                // Whoever saves is gone soon.
                let isHurried = state.withLock { $0.order?.work == .save && !$0.seen.hasStruck }
                poll(&waiter, 1, isHurried ? 1 : Self.pause)
                note(&tree)
                look()
            } while next()
            let hasLost = tree.hasLost
            close(tree.descriptor)
            let waiting = state.withLock { state in
                (state.hasLost, state.hasEnded) = (hasLost, true)
                return state.waiting
            }
            waiting?.resume()
        }

        private func next() -> Bool {
            state.withLock { state in
                state.rounds += 1
                return !state.isStopping
            }
        }

        private func note(_ tree: inout TreeWatch) {
            for event in tree.read() where event.isArrival {
                let name = String(event.path.dropFirst(cache.utf8.count + 1))
                state.withLock { $0.seen.appeared.append(name) }
                // What was in a directory before it was watched is found by looking.
                guard event.isDirectory else { continue }
                for name in FileScan.files(below: event.path).map({ String($0.dropFirst(cache.utf8.count + 1)) }) {
                    state.withLock { if !$0.seen.appeared.contains(name) { $0.seen.appeared.append(name) } }
                }
            }
        }

        private func look() {
            let working = Self.working(on: cache)
            let listening = state.withLock(\.isConverting) ? Set(Self.listening()) : nil
            let now = ContinuousClock.now
            let struck = state.withLock { state -> (@Sendable () -> Void)? in
                state.seen.saves.formUnion(working[.save] ?? [])
                state.seen.packs.formUnion(working[.pack] ?? [])
                if working[.pack]?.isEmpty == false {
                    state.packedSince = state.packedSince ?? now
                } else if let since = state.packedSince, state.seen.packing == nil {
                    state.seen.packing = now - since
                }
                if let listening, state.isConverting {
                    state.seen.listeners.formUnion(listening.subtracting(state.listening ?? []))
                }
                guard let order = state.order, let found = working[order.work], !found.isEmpty else { return nil }
                let since = order.since ?? now
                state.order?.since = since
                guard now - since >= order.delay else { return nil }
                (state.order, state.seen.hasStruck) = (nil, true)
                return { order.act(found) }
            }
            struck?()
        }

        /// The processes that save to, or convert in, a directory: the programs themselves and not what starts them.
        private static func working(on cache: String) -> [Work: Set<Int32>] {
            var found: [Work: Set<Int32>] = [:]
            for name in TreeWatch.names(in: "/proc") {
                guard let pid = Int32(name), let line = SmallFile.read("/proc/\(pid)/cmdline", limit: 65_536) else {
                    continue
                }
                if let work = work(line, on: cache) { found[work, default: []].insert(pid) }
            }
            return found
        }

        /// - Parameter line: The arguments, each ended by a zero.
        static func work(_ line: [UInt8], on cache: String) -> Work? {
            let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard let program = words.first?.split(separator: "/").last,
                !["sh", "bottle-launcher"].contains(program), words.contains(where: { $0.contains("\(cache)/") })
            else { return nil }
            if words.contains("save") { return .save }
            return words.contains("pack") && words.contains("create") ? .pack : nil
        }

        private static func listening() -> [String] {
            ["tcp", "tcp6"].flatMap { name in
                let table = SmallFile.read("/proc/self/net/\(name)", limit: 1 << 20) ?? []
                return SocketTable.listeners(name, String(decoding: table, as: UTF8.self))
            }
        }
    }
#endif
