// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// What a call of a container engine may not open.
enum EngineCallRules {
    private static let forbidden: Set<String> = [
        "-p", "-P", "--publish", "--publish-all", "--privileged", "--device", "--volumes-from", "--gpus",
        "--add-host", "--link",
    ]
    /// Namespaces that a container could share with the host.
    private static let namespaces: Set<String> = [
        "--network", "--net", "--pid", "--ipc", "--uts", "--userns", "--cgroupns",
    ]
    private static let volumes: Set<String> = ["-v", "--volume", "--mount"]

    /// What is wrong with a call, a sentence each; nothing for another tool's.
    ///
    /// - Parameter machine: How the names of the bottle's own resources begin.
    static func differences(_ call: ToolCall, machine: String) -> [String] {
        guard call.program == "docker" || call.program == "podman", call.creates else { return [] }
        let options = call.parsed(valued: namespaces.union(volumes).union(["-p", "--publish", "--security-opt"]))
            .options
        return options.compactMap { option in
            let value = option.value ?? ""
            if forbidden.contains(option.name) || option.name.hasPrefix("-p") && !option.name.hasPrefix("--") {
                return "the call \(call.name) has the option \(Quoted(option.name))"
            }
            if namespaces.contains(option.name), value == "host" {
                return "the call \(call.name) shares \(option.name.dropFirst(2)) with the host"
            }
            if option.name == "--network" || option.name == "--net" {
                let name = value.hasPrefix("container:") ? String(value.dropFirst(10)) : value
                if name != "none", !name.hasPrefix(machine) {
                    return "the call \(call.name) joins the network \(Quoted(value)), which is not the bottle's"
                }
            }
            if volumes.contains(option.name), value.contains(".sock") {
                return "the call \(call.name) mounts the socket \(Quoted(value))"
            }
            if option.name == "--security-opt", value.contains("unconfined") {
                return "the call \(call.name) has \(Quoted(value))"
            }
            return nil
        }
    }
}
