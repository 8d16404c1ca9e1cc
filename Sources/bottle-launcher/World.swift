// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Makes the world: a user namespace with everything in it, and its PID 1.
enum World {
    /// The namespaces every world and sandbox has beside its user namespace and, for a sandbox, its network.
    static let namespaces = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"]

    /// Runs the outer process: it makes the namespaces, waits for PID 1 and ends as that does.
    static func start(parent: Int32) -> Never {
        launcher_default_signals()
        dieWith(parent: parent)
        do throws(Failure) {
            let map = try IdentityMap.forThisProcess()
            try enterUserNamespace(map)
            // Changing credentials clears the parent-death signal.
            dieWith(parent: parent)
            let flags =
                launcher_clone_mount() | launcher_clone_network() | launcher_clone_ipc() | launcher_clone_uts()
                | launcher_clone_cgroup() | launcher_clone_pid()
            let result = launcher_unshare(flags)
            guard result >= 0 else { throw refusal(result, "make the world's namespaces", "userns-restricted") }
            try runFirstProcess(map)
        } catch {
            Channel(socket: 0).send(
                id: 0, [[LauncherOperation.failed.rawValue], error.idBytes, Array(error.text.utf8)])
        }
        launcher_exit(3)
    }

    /// A namespace the kernel will not give: a limit of zero, or a rule against it.
    static func refusal(_ result: Int32, _ action: String, _ permission: StaticString) -> Failure {
        Failure(result == ErrorNumber.notPermitted ? permission : "userns-disabled", cannot: action, Int(result))
    }

    private static func dieWith(parent: Int32) {
        _ = launcher_die_with_parent()
        // The parent may have died before the signal was asked for.
        guard launcher_getppid() == parent else { launcher_exit(0) }
    }

    /// A child that stays outside writes the maps: only from there may more than one id be mapped.
    private static func enterUserNamespace(_ map: IdentityMap) throws(Failure) {
        let (ours, theirs) = try SetupLink.pair()
        let own = launcher_getpid()
        let helper = try check(launcher_fork(), "io", "start a process")
        if helper == 0 {
            ours.close()
            do throws(Failure) {
                if let request = try theirs.receive(), request.kind == .needsMapping {
                    try map.write(process: own)
                    theirs.send(.mapped)
                }
            } catch {
                theirs.send(error)
            }
            launcher_exit(0)
        }
        theirs.close()
        var kind: Int32 = 0
        var code: Int32 = 0
        defer {
            ours.close()
            _ = launcher_wait_child(helper, 1, &kind, &code)
        }
        let result = launcher_unshare(launcher_clone_user())
        guard result >= 0 else { throw refusal(result, "make a user namespace", "userns-disabled") }
        ours.send(.needsMapping)
        guard let answer = try ours.receive(), answer.kind == .mapped else {
            throw Failure("io", "the process that writes the id map died")
        }
        try check(launcher_set_group(0), "userns-restricted", "become the world's root group")
        try check(launcher_set_user(0), "userns-restricted", "become the world's root")
        if map.kind == .range { try check(launcher_drop_groups(), "io", "drop the caller's groups") }
    }

    private static func runFirstProcess(_ map: IdentityMap) throws(Failure) -> Never {
        var read: Int32 = -1
        var write: Int32 = -1
        try check(launcher_pipe(&read, &write), "io", "make a pipe")
        let first = launcher_fork()
        if first == ErrorNumber.noSpace || first == -11 { throw refusal(first, "start the world", "userns-disabled") }
        try check(first, "io", "start the world's first process")
        if first == 0 {
            launcher_close(write)
            _ = launcher_die_with_parent()
            // Seen from a new pid namespace every parent is 0: the pipe tells whether it still lives.
            guard launcher_hung_up(read) == 0 else { launcher_exit(0) }
            Server.serve(map.kind)
        }
        // PID 1 is now the only holder of the channel: its death is the channel's end.
        launcher_close(0)
        launcher_close(read)
        var kind: Int32 = 0
        var code: Int32 = 0
        _ = launcher_wait_child(first, 1, &kind, &code)
        launcher_exit(kind == 0 ? code : 128 + code)
    }
}
