// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

/// QEMU's monitor (QMP), which stops, saves and ends the machine and plugs disks in.
struct MachineMonitor: Sendable {
    private struct Capability: Encodable { var capability: String, state: Bool }
    private struct Capabilities: Encodable { var capabilities: [Capability] }
    private struct Address: Encodable { var uri: String }
    private struct Migration: Decodable {
        var status: String?
        var errorText: String?
        private enum CodingKeys: String, CodingKey {
            case status
            case errorText = "error-desc"
        }
    }
    private struct Disk: Encodable {
        struct File: Encodable { var driver = "file", filename: String }
        var driver = "raw"
        var name: String
        var readOnly = true
        var file: File
        private enum CodingKeys: String, CodingKey {
            case driver, file
            case name = "node-name"
            case readOnly = "read-only"
        }
    }
    private struct Removal: Encodable { var id: String }
    private struct Node: Encodable {
        var name: String
        private enum CodingKeys: String, CodingKey { case name = "node-name" }
    }
    private struct Device: Encodable { var driver = "virtio-blk-pci", drive: String, id: String }

    private let socket: LineSocket

    /// Connects and takes the greeting.
    init(_ path: String, until end: ContinuousClock.Instant, isAlive: @escaping @Sendable () -> Bool) async throws {
        socket = try await Offload.run {
            let socket = try LineSocket.connect("monitor of the lab", path, until: end, isAlive: isAlive)
            _ = try socket.receive(until: end)
            return socket
        }
        let _: Nothing = try await socket.call("qmp_capabilities", until: end)
    }

    func stop(until end: ContinuousClock.Instant) async throws {
        let _: Nothing = try await socket.call("stop", until: end)
    }
    func resume(until end: ContinuousClock.Instant) async throws {
        let _: Nothing = try await socket.call("cont", until: end)
    }

    /// Ends the emulator; it closes the connection, so that its answer may not come.
    func quit(until end: ContinuousClock.Instant) async {
        let _: Nothing? = try? await socket.call("quit", until: end)
    }

    /// Writes all of the stopped machine but its memory, which is in a file of its own.
    func save(to path: String, until end: ContinuousClock.Instant) async throws {
        try await move("migrate", "exec:cat > '\(path)'", until: end)
    }

    /// Reads what `save` wrote into a machine that waits for it.
    func load(from path: String, until end: ContinuousClock.Instant) async throws {
        try await move("migrate-incoming", "exec:cat '\(path)'", until: end)
    }

    private func move(_ command: String, _ uri: String, until end: ContinuousClock.Instant) async throws {
        let capabilities = Capabilities(capabilities: [Capability(capability: "x-ignore-shared", state: true)])
        let _: Nothing = try await socket.call("migrate-set-capabilities", capabilities, until: end)
        let _: Nothing = try await socket.call(command, Address(uri: uri), until: end)
        while true {
            let migration: Migration = try await socket.call("query-migrate", until: end)
            if migration.status == "completed" { return }
            if migration.status == "failed" {
                throw BottleError(
                    .launch, "The state of the lab could not be moved: \(migration.errorText ?? "no reason").")
            }
            guard ContinuousClock.now < end else {
                throw BottleError(.timeout, "The state of the lab did not move in time.")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Plugs a file in as a disk that can only be read.
    func plug(_ path: String, as name: String, until end: ContinuousClock.Instant) async throws {
        let _: Nothing = try await socket.call(
            "blockdev-add", Disk(name: name, file: .init(filename: path)), until: end)
        let _: Nothing = try await socket.call("device_add", Device(drive: name, id: "device-\(name)"), until: end)
    }

    /// Takes a disk out again, which the machine has to agree to.
    ///
    /// - Throws: `.timeout` when it does not.
    func unplug(_ name: String, until end: ContinuousClock.Instant) async throws {
        let _: Nothing = try await socket.call("device_del", Removal(id: "device-\(name)"), until: end)
        while true {
            do {
                // Refused for as long as the device is there.
                let _: Nothing = try await socket.call("blockdev-del", Node(name: name), until: end)
                return
            } catch let error as BottleError where error.code == .launch {
                guard ContinuousClock.now < end else {
                    throw BottleError(.timeout, "The lab did not let go of a disk in time.", cause: error)
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
