// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import BottleSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A pipelock of the user's, for example the real one, that bundles run in place of the reference's.
package struct PipelockProgram: Sendable, Hashable, CustomStringConvertible {
    /// Where it stands in a bundle.
    static let place = "/bottle/pipelock"
    /// Larger files are no program that a bundle has room for, in bytes.
    private static let limit = 256 << 20

    /// The executable on the host, an absolute path without links.
    let path: String
    /// Of the file when it was looked at, 64 lower-case hex digits.
    private let digest: String

    /// Which program it is, for reports.
    package var description: String { "\(path) sha256:\(digest.prefix(12))" }

    /// What bottles do without when it runs, one sentence each, for whoever chose it.
    package static let lacks = [
        "it leads nothing to egress: no request gets a token, and what is about tokens cannot pass",
        "where its refusals have no header X-Pipelock-Block-Reason, as before 2.4, they prove nothing",
    ]

    /// - Parameter path: Relative to the working directory, or absolute.
    /// - Throws: `.usage` for a file that a bundle, in which there is no library, cannot run.
    package init(_ path: String) throws(BottleError) {
        // Links resolved: what a bundle is given is the file that was looked at.
        guard let resolved = realpath(path, nil) else { throw Self.failure(path, "there is no such file") }
        let whole = String(cString: resolved)
        free(resolved)
        // Before it is opened: reading from a pipe would wait for somebody to write.
        guard let status = FileStatus(whole), status.kind == .file else {
            throw Self.failure(path, "it is no file; name the program's")
        }
        // Whoever runs it in a bundle is not its owner.
        guard status.mode & 0o001 != 0 else { throw Self.failure(path, "not everybody may run it; chmod 755 it") }
        guard let bytes = HostFiles.contents(of: whole, limit: Self.limit) else {
            throw Self.failure(path, "it cannot be read, or has more than \(Self.limit >> 20) MiB")
        }
        if let problem = Self.problem(with: bytes) { throw Self.failure(path, problem) }
        self.path = whole
        digest = RunningDigest.hex(bytes)
    }

    private static func failure(_ path: String, _ why: String) -> BottleError {
        BottleError(.usage, "--pipelock \(Quoted(path)): \(why)")
    }

    /// Why a bundle on a machine like this one cannot run the file; nil where it can.
    static func problem(with bytes: [UInt8]) -> String? {
        // The fields are those of a little-endian ELF64 header: type at 16, machine at 18, program headers at 32.
        guard bytes.count >= 64, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else {
            return "it is no 64-bit executable of Linux, and a bundle has no interpreter for anything else"
        }
        guard number(bytes, at: 18, 2) == machine else {
            return "it was built for another processor than this machine's"
        }
        let (start, size, count) = (number(bytes, at: 32, 8), number(bytes, at: 54, 2), number(bytes, at: 56, 2))
        guard size >= 56, start < bytes.count, count * size <= bytes.count - start else {
            return "its program headers are damaged"
        }
        let kinds = (0..<count).map { number(bytes, at: start + $0 * size, 4) }
        // PT_INTERP: a dynamic linker has to load it.
        return kinds.contains(3)
            ? "it needs shared libraries, which a bundle does not have; build it statically (CGO_ENABLED=0 for the real one)"
            : nil
    }

    private static func number(_ bytes: [UInt8], at offset: Int, _ count: Int) -> Int {
        let value = bytes[offset..<(offset + count)].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        return Int(clamping: value)
    }

    /// EM_X86_64 or EM_AARCH64.
    private static var machine: Int {
        #if arch(x86_64)
            62
        #else
            183
        #endif
    }
}
