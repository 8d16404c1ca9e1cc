// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleSystem
    import Glibc

    /// A process that an inventory has to see: it waits for the end of its input, and so goes with the harness at the latest.
    struct TrialPlant: Sendable {
        private let process: any SpawnedProcess
        private let input: Int32

        /// - Parameters:
        ///   - name: Stands on its command line.
        ///   - spawn: Starts it.
        static func start(
            _ name: String, _ spawn: (SpawnRequest) async throws -> any SpawnedProcess
        ) async throws -> TrialPlant {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw BottleError.io("make a pipe", errno) }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            defer { close(ends[0]) }
            let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
            guard null >= 0 else {
                let code = errno
                close(ends[1])
                throw BottleError.io("open /dev/null", code)
            }
            defer { close(null) }
            do {
                let request = SpawnRequest(
                    argv: ["/bin/sh", "-c", "read -r line", name], environment: [], stdin: ends[0], stdout: null,
                    stderr: null)
                return TrialPlant(process: try await spawn(request), input: ends[1])
            } catch {
                close(ends[1])
                throw error
            }
        }

        /// Ends it and waits for that; to be called once.
        func end() async {
            close(input)
            _ = try? await process.wait()
        }
    }
#endif
