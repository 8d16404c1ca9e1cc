// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// The environment the executed process was given.
enum EnvironmentFacts {
    /// One fact `env.NAME` a variable. A name that is not UTF-8 is `envhex.<hex>`; a repeated one `env#2.NAME`.
    static func collect() -> Outcome {
        var outcome = Outcome(.done)
        var names: [Bytes] = []
        var index: Int32 = 0
        while let pointer = probe_variable(index) {
            index += 1
            let entry = Bytes(terminated: pointer)
            let split = entry.firstIndex(of: UInt8(ascii: "=")) ?? entry.endIndex
            let name = Bytes(entry[..<split])
            let value = split < entry.endIndex ? Bytes(entry[(split + 1)...]) : []
            let earlier = names.count { $0 == name }
            names.append(name)
            let readable = Utf8.isValid(name)
            var key = readable ? Bytes("env") : Bytes("envhex")
            if earlier > 0 {
                key.append(UInt8(ascii: "#"))
                key += Bytes(decimal: UInt64(earlier + 1))
            }
            key.append(UInt8(ascii: "."))
            key += readable ? name : Hex.encode(name)
            outcome.facts.append(Outcome.Fact(name: key, value: value))
        }
        return outcome
    }

    /// What followed the first argument on the command line: `count`, and `argument.0` and so on.
    static func arguments() -> Outcome {
        var outcome = Outcome(.done)
        let count = max(0, Int(probe_argument_count()) - 2)
        outcome.note("count", Bytes(decimal: UInt64(count)))
        for index in 0..<count {
            let value = Bytes(terminated: probe_argument(Int32(index + 2)))
            outcome.facts.append(
                Outcome.Fact(name: Bytes("argument.") + Bytes(decimal: UInt64(index)), value: value))
        }
        return outcome
    }

    /// The environment of every process that can be seen: `processes`, how many of them were `readable`, and each
    /// different environment once, as `environ.0` and so on, its variables ended by NUL as the kernel has them.
    static func collectAll() -> Outcome {
        var outcome = Outcome(.done)
        let root = probe_open_root()
        guard root >= 0 else { return Outcome(.done, errno: root) }
        defer { _ = probe_close(root) }
        let table = probe_open_directory(root, Bytes("proc").terminated)
        guard table >= 0 else { return Outcome(.done, errno: table) }
        defer { _ = probe_close(table) }
        guard case .success(let names) = TreeFacts.names(table) else { return Outcome(.done, errno: probe_error_io) }
        var processes: UInt64 = 0
        var readable: UInt64 = 0
        var found: [Bytes] = []
        for name in names where name.allSatisfy({ (0x30...0x39).contains($0) }) {
            processes += 1
            guard let environment = environment(of: name, in: table) else { continue }
            readable += 1
            if !found.contains(where: { $0 == environment }) { found.append(environment) }
        }
        outcome.note("processes", Bytes(decimal: processes))
        outcome.note("readable", Bytes(decimal: readable))
        for (index, value) in found.enumerated() {
            outcome.facts.append(
                Outcome.Fact(name: Bytes("environ.") + Bytes(decimal: UInt64(index)), value: value))
        }
        return outcome
    }

    /// nil for a process that is closed to us, or gone.
    private static func environment(of process: Bytes, in table: Int32) -> Bytes? {
        let directory = probe_open_directory(table, process.terminated)
        guard directory >= 0 else { return nil }
        defer { _ = probe_close(directory) }
        let file = probe_open_in(directory, Bytes("environ").terminated)
        guard file >= 0 else { return nil }
        defer { _ = probe_close(file) }
        var bytes: Bytes = []
        // More than the kernel lets a process have with its arguments.
        while bytes.count < 4 << 20 {
            let count = Descriptor.read(file, into: &bytes)
            if count < 0 { return nil }
            if count == 0 { break }
        }
        return bytes
    }
}
