// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import CBottleShims
    import Glibc

    /// A private world of namespaces, made and held by one `bottle-launcher` process.
    ///
    /// When that process, this one, or the last reference to this object goes, the kernel ends everything in the world.
    package final class Launcher: NamespaceHost {
        package let identity: WorldIdentity
        let connection: LauncherConnection

        /// The pid of the launcher's outer process, or nil when it has ended.
        package var processID: Int32? { connection.process }

        private init(_ identity: WorldIdentity, _ connection: LauncherConnection) {
            self.identity = identity
            self.connection = connection
        }

        deinit { connection.hangUp() }

        /// Makes a world; throws `.prerequisite` with a remedy when this machine does not allow one.
        package static func start(executable: String, deadline: Duration = .seconds(10)) async throws -> Launcher {
            let connection = LauncherConnection()
            do {
                let fields = try await connection.open(executable, deadline: deadline)
                return Launcher(try identity(fields), connection)
            } catch {
                await connection.stop(grace: .milliseconds(200))
                throw error
            }
        }

        /// Connects to a launcher that serves at the socket `name` in a directory, as soon as it does.
        ///
        /// - Parameter isAlive: Whether the one that is to serve there is still coming; asked between two tries.
        /// - Throws: `.transport` when it is not, `.timeout`.
        package static func connect(
            directory: String, name: String, deadline: Duration = .seconds(20), isAlive: () -> Bool
        ) async throws -> Launcher {
            let end = ContinuousClock.now + deadline
            let opened = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard opened >= 0 else { throw BottleError(.io, "Cannot open the directory \(directory).") }
            defer { close(opened) }
            // A socket's own path holds 107 bytes at most, and the directory's may well be longer.
            let path = "/proc/self/fd/\(opened)/\(name)"
            var socket = launcher_connect_unix(path)
            while socket < 0 {
                guard isAlive() else { throw BottleError(.transport, "The helper ended before it could be reached.") }
                guard ContinuousClock.now < end else {
                    throw BottleError(
                        .timeout,
                        "The helper could not be reached in \(directory) within \(deadline): the engine has to run on this machine."
                    )
                }
                try await Task.sleep(for: .milliseconds(5))
                socket = launcher_connect_unix(path)
            }
            let connection = LauncherConnection()
            do {
                return Launcher(try identity(try await connection.adopt(socket, deadline: deadline)), connection)
            } catch {
                await connection.stop(grace: .milliseconds(200))
                throw error
            }
        }

        /// Ends the world; returns when its last process is gone. Idempotent.
        package func stop() async { await connection.stop() }

        private static func identity(_ fields: [[UInt8]]) throws -> WorldIdentity {
            let words = fields.map { String(decoding: $0, as: UTF8.self) }
            guard words.count >= 3, let mapping = WorldIdentity.Mapping(rawValue: words[2]) else {
                throw BottleError(.transport, "The launcher's greeting makes no sense; rebuild bottle-launcher.")
            }
            return WorldIdentity(
                bootID: words[0], kernel: words[1], mapping: mapping, namespaces: pairs(words.dropFirst(3)))
        }

        /// A dictionary of names and values by turns.
        static func pairs(_ words: some Collection<String>) -> [String: String] {
            var result: [String: String] = [:]
            var name: String?
            for word in words {
                if let key = name {
                    result[key] = word
                    name = nil
                } else {
                    name = word
                }
            }
            return result
        }
    }
#endif
