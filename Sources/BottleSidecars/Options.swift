// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// The options of one command, strictly parsed.
struct Options {
    /// What a command understands.
    struct Known {
        /// Options with a value.
        var values: Set<String>
        var flags: Set<String> = []
        /// Whose faults `--fault` may name; nil for a command without any.
        var faultOwner: InitRequest.FaultOwner?
    }

    static let known: [String: Known] = [
        "pipelock": Known(
            values: ["--config", "--routes", "--egress", "--bundle-address", "--resolver", "--trust"],
            flags: ["--open"], faultOwner: .pipelock),
        "egress": Known(
            values: ["--routes", "--listen", "--ca-cert", "--ca-key", "--trust", "--resolver"], faultOwner: .egress),
        "origin": Known(values: ["--listen", "--ca-cert", "--ca-key", "--host", "--certificate"]),
        "load": Known(
            values: [
                "--connect", "--target", "--path", "--trust", "--mode", "--connections", "--seconds",
            ], flags: ["--proxy", "--plain"]),
    ]

    /// By option name with its dashes.
    private(set) var values: [String: String] = [:]
    private(set) var flags: Set<String> = []
    private(set) var faults: Set<Fault> = []

    var isOpen: Bool { flags.contains("--open") }

    /// Parses what follows the command; throws `.usage` for anything unknown, repeated or without its value.
    init(_ arguments: ArraySlice<String>, command: String) throws(BottleError) {
        let known = Self.known[command] ?? Known(values: [])
        var rest = arguments
        while let name = rest.popFirst() {
            if known.flags.contains(name) {
                flags.insert(name)
                continue
            }
            guard known.values.contains(name) || name == "--fault" && known.faultOwner != nil else {
                throw BottleError(.usage, "\(command): unknown option '\(name)'")
            }
            guard let value = rest.popFirst() else { throw BottleError(.usage, "\(command): \(name) needs a value") }
            if name == "--fault" {
                guard let fault = Fault(rawValue: value), InitRequest.faultOwners[fault] == known.faultOwner else {
                    throw BottleError(.usage, "\(command): '\(value)' is no fault of \(command)")
                }
                faults.insert(fault)
            } else if values.updateValue(value, forKey: name) != nil {
                throw BottleError(.usage, "\(command): \(name) stands there twice")
            }
        }
    }

    /// A number between bounds; throws `.usage` when it is anything else.
    func number(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws(BottleError) -> Int {
        guard let text = values[name] else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            throw BottleError(
                .usage, "\(name): '\(text)' is no number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A host's name or address, and its port; throws `.usage` when it is missing or anything else.
    func target(_ name: String) throws(BottleError) -> HostPort {
        guard let text = values[name], let target = HostPort(authority: text, defaultPort: nil) else {
            throw BottleError(.usage, "\(name): '\(values[name] ?? "")' is not HOST:PORT")
        }
        return target
    }

    /// An option's `ADDRESS:PORT`; throws `.usage` when it is anything else.
    func address(_ name: String, default fallback: HostPort) throws(BottleError) -> HostPort {
        guard let text = values[name] else { return fallback }
        guard let address = HostPort(authority: text, defaultPort: nil), case .literal = address.host else {
            throw BottleError(.usage, "\(name): '\(text)' is not ADDRESS:PORT")
        }
        return address
    }
}
