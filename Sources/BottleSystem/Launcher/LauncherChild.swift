// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import CBottleShims
    import Glibc

    /// Starts the launcher's outer process.
    enum LauncherChild {
        /// The pid, and our end of the control channel. The calling thread must outlive the process: the kernel kills
        /// that when the thread that started it ends.
        static func spawn(_ executable: String) throws(BottleError) -> (process: Int32, socket: Int32) {
            var ours: Int32 = -1
            var theirs: Int32 = -1
            let paired = launcher_socket_pair(0, &ours, &theirs)
            guard paired >= 0 else {
                throw BottleError(.io, "Cannot make a socket pair for the launcher: \(name(-paired)).")
            }
            defer { close(theirs) }
            let process = launcher_spawn(executable, theirs)
            guard process > 0 else {
                close(ours)
                throw BottleError(
                    .prerequisite, "Cannot start \(executable): \(name(-process)). Build the product bottle-launcher.")
            }
            return (process, ours)
        }

        private static func name(_ number: Int32) -> String { String(cString: launcher_error_name(number)) }
    }
#endif
