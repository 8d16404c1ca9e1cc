// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// stdout is data, stderr is progress: the only two places where the tool prints.
enum Console {
    static func out(_ text: String) { write(text + "\n", to: 1) }
    static func note(_ text: String) { write(text + "\n", to: 2) }
    static func raw(_ text: String, to descriptor: Int32) { write(text, to: descriptor) }
    static func error(_ error: BottleError) { note("bottle-conformance: error: \(error)") }

    /// Makes a write to a pipe nobody reads an error of that write instead of the end of the process.
    static func ignoreClosedPipes() { signal(SIGPIPE, SIG_IGN) }

    /// Whether the descriptor is a terminal.
    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Whether the environment variable is set to anything but nothing.
    static func isSet(_ name: String) -> Bool { getenv(name).map { $0.pointee != 0 } ?? false }

    /// Columns of the terminal on stderr, 100 where there is none.
    static var width: Int {
        var size = winsize()
        guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
        return Int(size.ws_col)
    }

    /// A reader that went away ends the output, not the program: SIGPIPE is ignored at start-up.
    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { pointer in
                #if canImport(Glibc)
                    Glibc.write(descriptor, pointer.baseAddress, pointer.count)
                #else
                    Darwin.write(descriptor, pointer.baseAddress, pointer.count)
                #endif
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
