// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// A process to start, as it came over the channel.
struct SpawnPlan {
    /// Empty for the world itself.
    let sandbox: [UInt8]
    let directory: [UInt8]
    let user: UInt32?
    /// Rows and columns of the terminal it gets, as rows << 16 | columns; 0 for none.
    let terminalSize: UInt32
    let arguments: [[UInt8]]
    let environment: [[UInt8]]
    /// Three, unless there is a terminal.
    let streams: [Int32]

    init(_ fields: inout LauncherFields, _ descriptors: [Int32]) throws(Failure) {
        var arguments: [[UInt8]] = []
        var environment: [[UInt8]] = []
        do throws(LauncherFrameFault) {
            sandbox = try fields.bytes()
            directory = try fields.bytes()
            user = try fields.optionalNumber()
            terminalSize = try fields.word()
            for _ in 0..<(try fields.word()) { arguments.append(try fields.bytes()) }
            while !fields.isAtEnd { environment.append(try fields.bytes()) }
        } catch {
            throw Failure("protocol", "the spawn request lacks a field or has a malformed one")
        }
        guard let name = arguments.first, !name.isEmpty else { throw Failure("exec", "there is no program to run") }
        guard terminalSize != 0 || descriptors.count == 3 else {
            throw Failure("protocol", "the spawn request lacks a standard stream")
        }
        guard !(arguments + environment + [directory]).contains(where: { $0.contains(0) }) else {
            throw Failure("invalid", "an argument, variable or directory holds a zero byte")
        }
        // From a directory of the machine a guest could walk up to its root.
        guard !descriptors.contains(where: { launcher_is_directory($0) == 1 }) else {
            throw Failure("invalid", "a standard stream is a directory; give a file, a pipe or a terminal")
        }
        self.arguments = arguments
        self.environment = environment
        streams = descriptors
    }
}

/// Starts processes in sandboxes and in the world.
struct Spawner {
    private let plan: SpawnPlan
    private let sandbox: Sandbox?
    private let user: UInt32
    private let mapping: IdentityMap.Kind
    private let link: SetupLink

    /// Starts a process and returns when its program has been executed: its pid and the master of its terminal.
    static func spawn(_ plan: SpawnPlan, _ sandboxes: Sandboxes) throws(Failure)
        -> (process: Int32, terminal: Int32?)
    {
        let sandbox: Sandbox? = plan.sandbox.isEmpty ? nil : try sandboxes.find(plan.sandbox)
        let user = plan.user ?? sandbox?.user ?? 0
        let onlyUser = sandbox?.user ?? 0
        guard sandboxes.mapping == .range || user == onlyUser else {
            throw Failure(
                "user", "this world has one id only, so that nothing can run as user " + String(user) + " here")
        }
        guard user < 65535 else { throw Failure("user", "a uid is at most 65534") }
        let (ours, theirs) = try SetupLink.pair()
        defer { ours.close() }
        let child = launcher_fork()
        if child == 0 {
            ours.close()
            Spawner(plan: plan, sandbox: sandbox, user: user, mapping: sandboxes.mapping, link: theirs).run()
        }
        theirs.close()
        try check(child, "io", "start a process")
        var process: Int32 = sandbox == nil ? child : 0
        var terminal: Int32?
        var kind: Int32 = 0
        var code: Int32 = 0
        do throws(Failure) {
            while let packet = try ours.receive(unlessStopped: process) {
                if packet.kind == .process {
                    process = SetupLink.process(packet.payload) ?? 0
                }
                if packet.kind == .terminal { terminal = packet.descriptors.first }
            }
            guard process > 0 else { throw Failure("exec", "the process died before it ran its program") }
        } catch {
            // Before the drain, which waits for its end of the link.
            if process > 0 { _ = launcher_kill(process, launcher_sigkill()) }
            if let named = ours.drain() { process = named }
            _ = launcher_kill(child, launcher_sigkill())
            _ = launcher_wait_child(child, 1, &kind, &code)
            if process > 0, process != child {
                _ = launcher_kill(process, launcher_sigkill())
                _ = launcher_wait_child(process, 1, &kind, &code)
            }
            if let terminal { launcher_close(terminal) }
            throw error
        }
        if sandbox != nil { _ = launcher_wait_child(child, 1, &kind, &code) }
        return (process, terminal)
    }

    private func run() -> Never {
        do throws(Failure) {
            launcher_default_signals()
            // Nobody in the sandbox may read or trace this process before it runs its program.
            _ = launcher_set_dumpable(0)
            if let sandbox {
                launcher_forget_arguments()
                try join(sandbox)
                let process = try check(launcher_fork(), "io", "start a process in the sandbox")
                if process > 0 {
                    link.send(.process, Array(String(process).utf8))
                    launcher_exit(0)
                }
            }
            try execute()
        } catch {
            link.send(error)
        }
        launcher_exit(127)
    }

    private func join(_ sandbox: Sandbox) throws(Failure) {
        try check(
            launcher_setns(sandbox.network, launcher_clone_network()), "io", "enter the sandbox's network")
        for (index, descriptor) in sandbox.namespaces.enumerated() {
            try check(
                launcher_setns(descriptor, 0), "io", "enter the sandbox's " + Sandboxes.joined[index] + " namespace")
        }
    }

    private func execute() throws(Failure) {
        try check(launcher_setsid(), "io", "start a session")
        let report = try arrangeDescriptors()
        do throws(Failure) {
            try prepare(report)
            report.send(Program(plan).execute())
        } catch {
            report.send(error)
        }
        launcher_exit(127)
    }

    /// Everything between the descriptors and the program; the filter comes last.
    private func prepare(_ report: SetupLink) throws(Failure) {
        if sandbox != nil {
            try Privileges.limit()
            try Privileges.drop(to: user, mapping: mapping)
        } else if user != 0 {
            try check(launcher_drop_groups(), "user", "drop groups")
            try check(launcher_set_group(user), "user", "become group " + String(user))
            try check(launcher_set_user(user), "user", "become user " + String(user))
        }
        if plan.terminalSize != 0 { try openTerminal(plan.terminalSize, report) }
        launcher_umask(0o022)
        try check(launcher_chdir(text(plan.directory)), "directory", "enter " + text(plan.directory))
        if let sandbox { try Seccomp.install(allowsVsock: sandbox.allowsVsock) }
    }

    /// Standard streams become 0 to 2, the link 3, which closes when the program runs, and nothing else is left.
    private func arrangeDescriptors() throws(Failure) -> SetupLink {
        // Out of the way first: a stream may have arrived under a number from 0 to 3.
        let moved = try check(launcher_duplicate(link.socket, 10), "io", "duplicate a descriptor")
        var streams: [Int32] = []
        for stream in plan.streams {
            streams.append(try check(launcher_duplicate(stream, 10), "io", "duplicate a descriptor"))
        }
        for (target, stream) in streams.enumerated() {
            try check(launcher_duplicate_onto(stream, Int32(target), 0), "io", "set up a standard stream")
        }
        try check(launcher_duplicate_onto(moved, 3, 1), "io", "duplicate a descriptor")
        try check(launcher_close_from(4), "io", "close descriptors")
        return SetupLink(socket: 3)
    }

    /// Opens a terminal of the sandbox itself, as its user, and makes it the controlling one.
    private func openTerminal(_ size: UInt32, _ report: SetupLink) throws(Failure) {
        let terminal = try check(
            launcher_open("/dev/ptmx", launcher_read_write_no_tty(), 0), "terminal", "open /dev/ptmx")
        try check(
            launcher_terminal_size(terminal, UInt16(size >> 16), UInt16(truncatingIfNeeded: size)), "terminal",
            "size the terminal")
        let peer = try check(launcher_open_peer(terminal), "terminal", "open the terminal's other side")
        try check(launcher_control_terminal(peer), "terminal", "take the terminal")
        for target: Int32 in 0...2 {
            try check(launcher_duplicate_onto(peer, target, 0), "terminal", "set up a standard stream")
        }
        report.send(.terminal, descriptors: [terminal])
        launcher_close(terminal)
        launcher_close(peer)
    }
}
