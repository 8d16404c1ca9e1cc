// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// stdout is data, stderr is progress: the only two places where the tool prints.
enum Console {
    /// Why stdout did not take everything; nil while it did, and when its reader merely went away.
    private static let lost = Mutex<Int32?>(nil)

    /// Prints a line of data; false when it did not get out.
    @discardableResult
    static func out(_ text: String) -> Bool { write(text + "\n", to: 1) }
    static func note(_ text: String) { write(text + "\n", to: 2) }
    static func raw(_ text: String, to descriptor: Int32) { write(text, to: descriptor) }
    static func raw(_ bytes: [UInt8], to descriptor: Int32) { write(bytes[...], to: descriptor) }
    static func error(_ error: BottleError) { note("bottle-conformance: error: \(error)") }

    /// Makes the standard streams safe to use, whatever they are.
    ///
    /// A write to a pipe nobody reads becomes an error of that write instead of the end of the process. A stream that
    /// the caller closed becomes /dev/null: the next file opened would otherwise get its number, and the console's text.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in 0...2 as ClosedRange<Int32> where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is the one that is missing.
            _ = open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY)
        }
    }

    /// Sends what is still printed nowhere: a process in the background must not hold its caller's streams.
    static func leaveStreams() {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { return }
        for descriptor in 0...2 as ClosedRange<Int32> { dup2(null, descriptor) }
        close(null)
    }

    /// The failure to write data, if there was one: a full disk, say. A reader that stopped reading is none.
    static var failure: BottleError? { lost.withLock { $0 }.map { .io("write to stdout", $0) } }

    /// Whether the descriptor is a terminal.
    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Whether the environment variable is set to anything but nothing.
    static func isSet(_ name: String) -> Bool { getenv(name).map { $0.pointee != 0 } ?? false }

    /// Whether the terminal can take a line back, which one that calls itself dumb cannot.
    static var isDumb: Bool { getenv("TERM").map { String(cString: $0) == "dumb" } ?? false }

    /// Columns of the terminal on stdout, else of that on stderr; 100 where there is none.
    static var width: Int {
        for descriptor in [1, 2] as [Int32] {
            var size = winsize()
            if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        }
        return 100
    }

    @discardableResult
    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        write(Array(text.utf8)[...], to: descriptor)
    }

    /// A reader that went away ends the output, not the program.
    @discardableResult
    private static func write(_ content: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
        var bytes = content
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { pointer in
                #if canImport(Glibc)
                    Glibc.write(descriptor, pointer.baseAddress, pointer.count)
                #else
                    Darwin.write(descriptor, pointer.baseAddress, pointer.count)
                #endif
            }
            if count > 0 {
                bytes = bytes.dropFirst(count)
                continue
            }
            let code = count == 0 ? EIO : errno
            if code == EINTR { continue }
            if code == EAGAIN {
                // Somebody else made this stream non-blocking; it is ours to wait, as a blocking one would.
                var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&wanted, 1, 1000)
                continue
            }
            if descriptor == 1, code != EPIPE { lost.withLock { $0 = $0 ?? code } }
            return false
        }
        return true
    }
}
