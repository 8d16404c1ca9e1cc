// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// The options of one command, strictly parsed.
struct Options {
    /// By option name with its dashes.
    private(set) var values: [String: String] = [:]
    private(set) var isOpen = false
    private(set) var faults: Set<Fault> = []

    /// Parses what follows the command; throws `.usage` for anything unknown, repeated or without its value.
    init(_ arguments: ArraySlice<String>, command: String) throws(BottleError) {
        let isPipelock = command == "pipelock"
        let known: Set<String> =
            isPipelock
            ? ["--config", "--routes", "--egress", "--bundle-address", "--resolver", "--trust"]
            : ["--routes", "--listen", "--ca-cert", "--ca-key", "--trust"]
        let owner: InitRequest.FaultOwner = isPipelock ? .pipelock : .egress
        var rest = arguments
        while let name = rest.popFirst() {
            if name == "--open", isPipelock {
                isOpen = true
                continue
            }
            guard known.contains(name) || name == "--fault" else {
                throw BottleError(.usage, "\(command): unknown option '\(name)'")
            }
            guard let value = rest.popFirst() else { throw BottleError(.usage, "\(command): \(name) needs a value") }
            if name == "--fault" {
                guard let fault = Fault(rawValue: value), InitRequest.faultOwners[fault] == owner else {
                    throw BottleError(.usage, "\(command): '\(value)' is no fault of \(command)")
                }
                faults.insert(fault)
            } else if values.updateValue(value, forKey: name) != nil {
                throw BottleError(.usage, "\(command): \(name) stands there twice")
            }
        }
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
