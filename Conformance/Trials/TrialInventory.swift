// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleSystem
    package import ConformanceEngine
    import Glibc
    import Synchronization

    /// Which bottles an inventory is about.
    package struct TrialMark: Sendable, Hashable {
        /// What the slugs of the trial's bottles begin with, and those of no others.
        package let prefix: String
        /// Their directory.
        package let stateRoot: String
        /// The slug of what the harness plants itself.
        package let planted: String
    }

    /// What the bottles of one trial have on a backend's kind of host, seen without asking the driver.
    package protocol TrialInventory: Sendable {
        typealias Remnant = TeardownOutcome.Remnant
        /// Whether a launch on this host takes so long that not every way of disturbing one can be tried.
        var isCostly: Bool { get }
        /// Everything that is there and may be the trial's; what is not, is there at the beginning of the trial already.
        func take(_ mark: TrialMark) async throws -> Set<Remnant>
        /// Leaves one thing of every kind that `take` looks for, of the bottle `planted`.
        ///
        /// - Returns: What was planted, and how to take it away again.
        func plant(_ mark: TrialMark) async throws -> (planted: Set<Remnant>, remove: @Sendable () async throws -> Void)
        /// Takes a part of a bottle away that is up.
        func takePart(of slug: String, _ mark: TrialMark) async throws
        /// Removes what stayed, as far as that can be done from here.
        func remove(_ remnants: Set<Remnant>, _ mark: TrialMark) async throws
    }

    extension TrialInventory {
        /// The trial's directories and files, here and among the temporary ones.
        func files(_ mark: TrialMark) -> Set<Remnant> {
            // What a driver keeps for itself in its directory is files that no bottle has a part in.
            let directories = Set(FileScan.directories(of: mark.stateRoot))
            let state = TreeWatch.names(in: mark.stateRoot).filter {
                directories.contains($0) || $0.contains(mark.prefix)
            }
            let temporary = TreeWatch.names(in: TrialScratch.base).filter { $0.contains(mark.prefix) }
            return Set(state.map { Remnant(.state, $0) } + temporary.map { Remnant(.temporary, $0) })
        }

        /// A directory of a bottle and a temporary one, which is swept like a trial's own where the process dies.
        func plantFiles(_ mark: TrialMark) throws -> (planted: Set<Remnant>, remove: @Sendable () -> Void) {
            let temporary = "\(TrialScratch.prefix)\(getpid()).\(mark.planted)"
            let paths = ["\(mark.stateRoot)/\(mark.planted)", "\(TrialScratch.base)/\(temporary)"]
            for path in paths where mkdir(path, 0o700) != 0 {
                let code = errno
                for path in paths { rmdir(path) }
                throw BottleError.io("make \(path)", code)
            }
            return (
                [Remnant(.state, mark.planted), Remnant(.temporary, temporary)],
                { for path in paths { rmdir(path) } }
            )
        }
    }

    /// Takes what was planted away, once.
    final class PlantRemoval: Sendable {
        private let remove: @Sendable () async throws -> Void
        private let isDone = Mutex(false)

        init(_ remove: @escaping @Sendable () async throws -> Void) { self.remove = remove }

        func callAsFunction() async throws {
            let isFirst = isDone.withLock { isDone in
                defer { isDone = true }
                return !isDone
            }
            if isFirst { try await remove() }
        }
    }
#endif
