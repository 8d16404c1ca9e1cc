// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// One running sandbox.
struct Sandbox {
    let name: [UInt8]
    /// Its PID 1, as the world numbers it; 0 when that has ended.
    var process: Int32
    let user: UInt32
    let allowsVsock: Bool
    let network: Int32
    /// Descriptors in the order of `Sandboxes.joined`.
    let namespaces: [Int32]
}

/// The sandboxes of the world, by name.
struct Sandboxes {
    let mapping: IdentityMap.Kind
    private var all: [Sandbox] = []

    /// The namespaces that a process joins after its network. The user namespace comes first, for it gives the right to
    /// the others; the network comes before all, for in the sandbox's user namespace nobody has a right to it.
    static let joined = ["user", "mnt", "pid", "ipc", "uts", "cgroup"]

    init(mapping: IdentityMap.Kind) { self.mapping = mapping }

    /// Those of all that are held, whether anything still runs in them or not.
    var names: [[UInt8]] { all.map { $0.name } }

    func find(_ name: [UInt8]) throws(Failure) -> Sandbox {
        guard let sandbox = all.first(where: { $0.name == name }) else {
            throw Failure("not-found", "there is no sandbox " + text(name))
        }
        guard sandbox.process > 0 else { throw Failure("not-found", "sandbox " + text(name) + " has ended") }
        return sandbox
    }

    mutating func processEnded(_ process: Int32) {
        for index in all.indices where all[index].process == process { all[index].process = 0 }
    }

    /// False when there is no such sandbox.
    func kill(_ name: [UInt8]) -> Bool {
        guard let sandbox = all.first(where: { $0.name == name }) else { return false }
        if sandbox.process > 0 { _ = launcher_kill(sandbox.process, launcher_sigkill()) }
        return true
    }

    func isAlive(_ name: [UInt8]) -> Bool { all.contains { $0.name == name && $0.process > 0 } }

    mutating func forget(_ name: [UInt8]) {
        guard let index = all.firstIndex(where: { $0.name == name }) else { return }
        let sandbox = all.remove(at: index)
        for descriptor in sandbox.namespaces + [sandbox.network] { launcher_close(descriptor) }
    }

    /// Makes a sandbox and answers names and inodes of its namespaces.
    mutating func make(_ fields: inout LauncherFields, _ networks: Networks) throws(Failure) -> [[UInt8]] {
        let plan = try SandboxPlan(&fields)
        guard !all.contains(where: { $0.name == plan.name }) else {
            throw Failure("exists", "there is a sandbox " + text(plan.name) + " already")
        }
        guard plan.user < 65535 else { throw Failure("user", "a sandbox's uid is at most 65534") }
        let network = try networks.find(plan.network).namespace
        let (ours, theirs) = try SetupLink.pair()
        defer { ours.close() }
        let builder = try check(launcher_fork(), "io", "start a process")
        if builder == 0 {
            ours.close()
            SandboxBuilder(plan: plan, mapping: mapping, network: network, link: theirs).run()
        }
        theirs.close()
        var process: Int32 = 0
        var kind: Int32 = 0
        var code: Int32 = 0
        do throws(Failure) {
            let (namespaces, inodes) = try supervise(ours, builder, plan.user, &process)
            _ = launcher_wait_child(builder, 1, &kind, &code)
            let hold = try check(launcher_duplicate(network, 3), "io", "hold a network")
            all.append(
                Sandbox(
                    name: plan.name, process: process, user: plan.user, allowsVsock: plan.allowsVsock, network: hold,
                    namespaces: namespaces))
            return inodes
        } catch {
            if let named = ours.drain() { process = named }
            _ = launcher_kill(builder, launcher_sigkill())
            _ = launcher_wait_child(builder, 1, &kind, &code)
            if process > 0 {
                _ = launcher_kill(process, launcher_sigkill())
                _ = launcher_wait_child(process, 1, &kind, &code)
            }
            throw error
        }
    }

    /// Answers the builder until the sandbox is up.
    private func supervise(_ link: SetupLink, _ builder: Int32, _ user: UInt32, _ process: inout Int32)
        throws(Failure) -> (namespaces: [Int32], inodes: [[UInt8]])
    {
        while let packet = try link.receive() {
            switch packet.kind {
            case .needsMapping:
                let map = mapping == .range ? "0 1 65535\n" : String(user) + " 0 1\n"
                try IdentityMap.write(process: builder, users: map, groups: map, denyGroups: false)
                link.send(.mapped)
            case .process:
                process = SetupLink.process(packet.payload) ?? 0
            case .done where packet.descriptors.count == Self.joined.count:
                // Sent by the sandbox's PID 1, maybe before its builder said which process that is.
                while process == 0, let late = try link.receive() {
                    process = SetupLink.process(late.payload) ?? 0
                }
                guard process > 0 else { break }
                return (packet.descriptors, packet.payload.split(separator: 32).map { Array($0) })
            default: break
            }
        }
        throw Failure("io", "the process that sets up the sandbox died")
    }
}

/// What a sandbox is to be.
struct SandboxPlan {
    let name: [UInt8]
    let network: [UInt8]
    let hostname: [UInt8]
    let user: UInt32
    let allowsVsock: Bool
    var entries: [RootEntry] = []

    init(_ fields: inout LauncherFields) throws(Failure) {
        do throws(LauncherFrameFault) {
            name = try fields.bytes()
            network = try fields.bytes()
            hostname = try fields.bytes()
            user = try fields.word()
            allowsVsock = try fields.word() != 0
            while !fields.isAtEnd { entries.append(try RootEntry(&fields)) }
        } catch {
            throw Failure("protocol", "the sandbox request lacks a field or has a malformed one")
        }
    }
}
