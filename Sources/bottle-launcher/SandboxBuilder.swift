// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Sets up a sandbox from inside, in a child of the world's PID 1, and becomes the sandbox's own PID 1.
struct SandboxBuilder {
    var plan: SandboxPlan
    let mapping: IdentityMap.Kind
    let network: Int32
    let link: SetupLink

    /// Never returns: the builder ends when it has started the sandbox's PID 1, which runs until it is killed.
    func run() -> Never {
        var builder = self
        do throws(Failure) {
            try builder.enter()
            let first = try check(launcher_fork(), "io", "start the sandbox's first process")
            if first > 0 {
                link.send(.process, Array(String(first).utf8))
                launcher_exit(0)
            }
            try builder.settle()
        } catch {
            link.send(error)
            launcher_exit(1)
        }
        reap()
    }

    private mutating func enter() throws(Failure) {
        // The id map of a process that is not dumpable belongs to the machine's root.
        _ = launcher_set_dumpable(1)
        try RootFilesystem.openSources(&plan.entries)
        // While still in the world's user namespace: the network belongs to that.
        try check(launcher_setns(network, launcher_clone_network()), "io", "enter the sandbox's network")
        let result = launcher_unshare(launcher_clone_user())
        guard result >= 0 else { throw World.refusal(result, "make a user namespace", "userns-restricted") }
        link.send(.needsMapping)
        guard let answer = try link.receive(), answer.kind == .mapped else {
            throw Failure("io", "nobody wrote the sandbox's id map")
        }
        if mapping == .range {
            try check(launcher_drop_groups(), "user", "drop groups")
            try check(launcher_set_group(0), "user", "become the sandbox's root group")
            try check(launcher_set_user(0), "user", "become the sandbox's root")
        }
        let flags =
            launcher_clone_mount() | launcher_clone_pid() | launcher_clone_ipc() | launcher_clone_uts()
            | launcher_clone_cgroup()
        let unshared = launcher_unshare(flags)
        guard unshared >= 0 else { throw World.refusal(unshared, "make a sandbox", "userns-restricted") }
    }

    private func settle() throws(Failure) {
        _ = launcher_set_name("bottle-init")
        // The guest's ps would show where on the machine the harness stands.
        launcher_forget_arguments()
        var namespaces: [Int32] = []
        var inodes: [UInt8] = []
        // Before the root changes, while the world's /proc is there; one's own links may always be opened.
        for name in Sandboxes.joined {
            namespaces.append(
                try check(
                    launcher_open("/proc/self/ns/" + name, launcher_read_only(), 0), "io",
                    "open the sandbox's " + name + " namespace"))
        }
        for name in World.namespaces { inodes += Array(name.utf8) + [32] + Files.namespaceInode(name) + [32] }
        try RootFilesystem.build(plan.entries, mapping)
        try check(launcher_set_hostname(text(plan.hostname)), "io", "set the host name")
        launcher_block_child_signal()
        try Privileges.drop(to: mapping == .range ? 0 : plan.user, mapping: mapping)
        try Privileges.limit()
        try Seccomp.install(allowsVsock: plan.allowsVsock)
        link.send(.done, inodes, descriptors: namespaces)
    }

    /// Waits for orphans for ever; the kernel ends this process with the world.
    private func reap() -> Never {
        _ = launcher_close_from(0)
        while true {
            var kind: Int32 = 0
            var code: Int32 = 0
            while launcher_wait_child(-1, 0, &kind, &code) > 0 {}
            launcher_wait_child_signal()
        }
    }
}
