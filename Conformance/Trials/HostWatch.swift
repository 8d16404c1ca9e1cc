// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleSystem
    import ConformanceEngine
    import Glibc
    import Synchronization

    /// Watches a tree of files and the command lines of all processes, on a thread each, until it is stopped.
    ///
    /// The kernel queues what happens in a directory, so that nothing is missed there once the directory is watched; a
    /// directory that appears is watched at once, by a thread that does nothing else, and looked through. Command lines are read over and over: a process
    /// that comes and goes between two rounds, a millisecond or two apart, is not seen.
    final class HostWatch: Sendable {
        private struct State {
            var isStopping = false
            /// Of each thread, how often it has looked.
            var rounds = [0, 0]
            var running = 2
            var order: [String] = []
            var sightings: [String: HostTrialOutcome.Sighting] = [:]
            /// By the name of the secret.
            var leaks: [String: Set<HostTrialOutcome.Leak>] = [:]
            var metadata: [String] = []
            var gaps: Set<String> = []
            var alertUntil = ContinuousClock.now
        }

        private let root: String
        private let secrets: [String: Needles]
        /// Whether it looks as often as it can, at the cost of a core or two.
        private let isEager: Bool
        private let state = Mutex(State())
        private let ended = Mutex<CheckedContinuation<Void, Never>?>(nil)

        /// - Parameters:
        ///   - root: Everything below it is watched; it exists.
        ///   - secrets: What must not stand on a command line, by a name to ask for it.
        ///   - isEager: For launches whose files and command lines are judged; the others are looked at now and then.
        init(root: String, secrets: [String: Needles], isEager: Bool = true) {
            self.root = root
            self.secrets = secrets
            self.isEager = isEager
        }

        /// Starts, and returns when the root is watched and every process was looked at once.
        func start() async throws(BottleError) {
            let descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
            guard descriptor >= 0 else { throw .io("watch files", errno) }
            var tree = TreeWatch(descriptor: descriptor)
            // What is there already is no sighting, but what happens in it is.
            for path in [root] + TreeWatch.names(in: root).map({ "\(root)/\($0)" }) where !tree.watch(path) {
                let code = errno
                close(descriptor)
                throw .io("watch \(path)", code)
            }
            DedicatedThread.start("bottle-files") { [tree] in self.watchFiles(tree) }
            DedicatedThread.start("bottle-argv") { self.watchProcesses() }
            await waitForRound()
        }

        /// Returns when a round has begun and ended that had not begun before: what was there by now has been seen.
        func waitForRound() async {
            let start = state.withLock { $0.rounds }
            while state.withLock({ zip($0.rounds, start).contains { $0 < $1 + 2 } }) {
                try? await Task.sleep(for: .milliseconds(1))
            }
        }

        /// How long files come after the first one of a launch.
        private static let burst = Duration.milliseconds(200)

        /// Looks at files without a pause, at the cost of a core, until those of a launch were made, or for so long.
        func beAlert(for time: Duration) {
            if isEager { state.withLock { $0.alertUntil = .now + time } }
        }

        /// Ends the thread; what it saw stays.
        func stop() async {
            await waitForRound()
            state.withLock { $0.isStopping = true }
            await withCheckedContinuation { continuation in
                ended.withLock { $0 = continuation }
                resumeWhenOver()
            }
        }

        private func resumeWhenOver() {
            guard state.withLock({ $0.running == 0 }) else { return }
            let waiting = ended.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
            waiting?.resume()
        }

        /// Everything that appeared below a directory of the root, in order, by its path below that directory.
        func sightings(below directory: String) -> [HostTrialOutcome.Sighting] {
            state.withLock { state in
                state.order.compactMap { path in
                    guard path.hasPrefix("\(directory)/"), var sighting = state.sightings[path] else { return nil }
                    sighting.path = String(path.dropFirst(directory.utf8.count + 1))
                    return sighting
                }
            }
        }

        /// The command lines that showed a secret.
        func leaks(of name: String) -> [HostTrialOutcome.Leak] {
            state.withLock { ($0.leaks[name] ?? []).sorted { $0.detail < $1.detail } }
        }
        /// Each different content that a `metadata.json` was seen with.
        var metadata: [String] { state.withLock { $0.metadata } }
        /// What it may have missed.
        var gaps: [String] { state.withLock { $0.gaps.sorted() } }

        // MARK: The threads

        private func watchFiles(_ start: TreeWatch) {
            var tree = start
            repeat {
                var waiter = pollfd(fd: tree.descriptor, events: Int16(POLLIN), revents: 0)
                // To be woken takes about as long as to make a directory and the first file in it.
                poll(&waiter, 1, ContinuousClock.now < state.withLock { $0.alertUntil } ? 0 : 1)
                for event in tree.read() { note(event, &tree) }
            } while next(0)
            if tree.hasLost { gap("was too slow for what happened to the files") }
            close(tree.descriptor)
            end()
        }

        private func watchProcesses() {
            // This thread alone: where there are few cores, files wait less for being looked at than processes do.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
            guard var lines = CommandLines() else {
                gap("could not look at processes (\(String(cString: strerror(errno))))")
                repeat { usleep(20_000) } while next(1)
                return end()
            }
            repeat {
                lines.read(note)
                usleep(isEager ? 500 : 20_000)
            } while next(1)
            end()
        }

        /// Counts a round of a thread; whether there is to be another one.
        private func next(_ thread: Int) -> Bool {
            state.withLock { state in
                state.rounds[thread] += 1
                return !state.isStopping
            }
        }

        private func end() {
            state.withLock { $0.running -= 1 }
            resumeWhenOver()
        }

        private func gap(_ text: String) { state.withLock { _ = $0.gaps.insert(text) } }

        private func note(_ event: TreeWatch.Event, _ tree: inout TreeWatch) {
            // Before anything else: whatever is made in a directory meanwhile is not seen being made.
            var watched: Result<Void, Code>?
            if event.isArrival, event.isDirectory { watched = watch(event.path, &tree) }
            var status = stat()
            let isThere = lstat(event.path, &status) == 0
            let relative = String(event.path.dropFirst(root.utf8.count + 1))
            let isDirectory = isThere ? status.st_mode & S_IFMT == S_IFDIR : event.isDirectory
            let mode = isThere ? UInt16(truncatingIfNeeded: status.st_mode & 0o7777) : nil
            state.withLock { state in
                if event.isArrival { state.alertUntil = min(state.alertUntil, .now + Self.burst) }
                if state.sightings[relative] == nil {
                    state.order.append(relative)
                    state.sightings[relative] = .init(
                        path: relative, isDirectory: isDirectory, modes: [], modeChanges: 0, isWhole: false)
                }
                // Every change after an arrival that the kernel reports is reported as well.
                if event.isArrival, !event.isFound { state.sightings[relative]?.isWhole = true }
                if event.isModeChange { state.sightings[relative]?.modeChanges += 1 }
                if let mode, state.sightings[relative]?.modes.last != mode {
                    state.sightings[relative]?.modes.append(mode)
                }
            }
            if isThere, relative.hasSuffix("/metadata.json") { noteMetadata(event.path) }
            // What came before the watch did is found by looking.
            guard isThere, isDirectory, event.isArrival else { return }
            if case .failure(let code) = watched ?? watch(event.path, &tree) {
                if code.number != ENOENT, code.number != ENOTDIR {
                    gap("could not watch \(relative) (\(String(cString: strerror(code.number))))")
                }
                return
            }
            for name in TreeWatch.names(in: event.path) {
                note(
                    .init(
                        path: "\(event.path)/\(name)", isDirectory: false, isArrival: true, isModeChange: false,
                        isFound: true), &tree)
            }
        }

        private struct Code: Error { var number: Int32 }

        private func watch(_ path: String, _ tree: inout TreeWatch) -> Result<Void, Code> {
            tree.watch(path) ? .success(()) : .failure(Code(number: errno))
        }

        private func noteMetadata(_ path: String) {
            guard let bytes = SmallFile.read(path, limit: 65_536) else { return }
            let text = String(decoding: bytes, as: UTF8.self)
            state.withLock { if $0.metadata.last != text { $0.metadata.append(text) } }
        }

        private func note(_ line: UnsafeBufferPointer<UInt8>) {
            for (secret, needles) in secrets {
                guard let encoding = needles.encoding(in: line) else { continue }
                let program = String(decoding: line.prefix { $0 != 0 }, as: UTF8.self)
                state.withLock { state in
                    let leak = HostTrialOutcome.Leak(place: .argv, detail: program, encoding: encoding)
                    state.leaks[secret, default: []].insert(leak)
                }
            }
        }
    }
#endif
