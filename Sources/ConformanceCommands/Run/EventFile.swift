// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import ConformanceEngine
import ConformanceReports

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The events file, written line by line as the run goes: it is the run's truth, and a killed run leaves what it had.
final class EventFile: Sendable {
    private let path: String
    private let descriptor: Int32

    /// Creates the file, or empties an old one, so that no earlier run's events can be taken for this one's.
    init(path: String) throws(BottleError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .io("write the events file \(path)", errno) }
    }

    deinit { close(descriptor) }

    /// Empties the file, for a run that begins again.
    func restart() throws(BottleError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw .io("empty the events file \(path)", errno)
        }
    }

    /// Appends one event as one line, whole or not at all as far as the file system allows.
    func append(_ event: Event) throws(BottleError) {
        try append(EventLog.encode(event))
    }

    /// Appends lines that a run elsewhere wrote.
    func append(_ lines: [UInt8]) throws(BottleError) {
        var bytes = lines[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .io("write the events file \(path)", errno) }
            bytes = bytes.dropFirst(count)
        }
    }
}
