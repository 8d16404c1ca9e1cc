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
}
