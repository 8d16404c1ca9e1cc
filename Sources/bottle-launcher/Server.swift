// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// The world's PID 1: serves the control channel, reaps, and takes the world along when it ends.
struct Server {
    private var channel = Channel(socket: 0)
    private var networks: Networks
    private var sandboxes: Sandboxes
    private var processes = Processes()
    private let signals: Int32

    static func serve(_ mapping: IdentityMap.Kind) -> Never {
        do throws(Failure) {
            var server = try Server(mapping)
            server.run()
        } catch {
            Channel(socket: 0).send(
                id: 0, [[LauncherOperation.failed.rawValue], error.idBytes, Array(error.text.utf8)])
            launcher_exit(3)
        }
        launcher_exit(0)
    }

    /// Serves one client on a socket at a path, about the network that this process is in and what it adds to it.
    ///
    /// For an engine's host: the harness is elsewhere, and what it has made here goes with this process.
    static func serve(path: [UInt8]) -> Never {
        do throws(Failure) {
            _ = launcher_set_name("bottle-world")
            launcher_umask(0)
            let listener = try check(launcher_listen_unix(text(path)), "io", "listen at " + text(path))
            guard launcher_wait_readable(listener, 20_000) > 0 else {
                throw Failure("timeout", "nobody connected within 20 s")
            }
            let client = try check(launcher_accept(listener), "io", "accept a client")
            launcher_close(listener)
            try check(launcher_duplicate_onto(client, 0, 0), "io", "set up the channel")
            launcher_close(client)
        } catch {
            _ = Files.write(2, Array(("bottle-launcher: " + error.text + "\n").utf8))
            launcher_exit(3)
        }
        do throws(Failure) {
            var server = try Server(adopting: ())
            server.run()
        } catch {
            Channel(socket: 0).send(
                id: 0, [[LauncherOperation.failed.rawValue], error.idBytes, Array(error.text.utf8)])
            launcher_exit(3)
        }
        launcher_exit(0)
    }

    private init(adopting: Void) throws(Failure) {
        signals = try check(launcher_child_signals(), "io", "receive signals")
        networks = try Networks(adopting: ())
        sandboxes = Sandboxes(mapping: .single)
        announce(.single)
    }

    private init(_ mapping: IdentityMap.Kind) throws(Failure) {
        _ = launcher_set_name("bottle-world")
        _ = launcher_chdir("/")
        launcher_umask(0)
        let result = launcher_make_private()
        guard result >= 0 else { throw World.refusal(result, "make the world's mounts private", "userns-restricted") }
        try RootFilesystem.mountWorldProc()
        signals = try check(launcher_child_signals(), "io", "receive signals")
        networks = try Networks()
        sandboxes = Sandboxes(mapping: mapping)
        announce(mapping)
        // From here on no process of the world may read or trace this one.
        _ = launcher_set_dumpable(0)
    }

    private func announce(_ mapping: IdentityMap.Kind) {
        var release = [CChar](repeating: 0, count: 66)
        _ = launcher_kernel_release(&release, release.count)
        var boot = Files.read("/proc/sys/kernel/random/boot_id") ?? []
        if boot.last == 10 { boot.removeLast() }
        var fields: [[UInt8]] = [
            [LauncherOperation.ready.rawValue], boot, release.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
            Array((mapping == .range ? "range" : "single").utf8),
        ]
        for name in World.namespaces {
            fields.append(Array(name.utf8))
            fields.append(Files.namespaceInode(name))
        }
        channel.send(id: 0, fields)
    }

    /// Returns when the channel ends or carries nonsense.
    private mutating func run() {
        while true {
            let ready = launcher_wait_two(0, signals, -1)
            if ready & 2 != 0 {
                launcher_drain_signals(signals)
                reap()
            }
            guard ready & 1 != 0 else { continue }
            guard channel.receive() else { return }
            do throws(LauncherFrameFault) {
                while let (frame, descriptors) = try channel.next() {
                    answer(frame, descriptors)
                    for descriptor in descriptors { launcher_close(descriptor) }
                }
            } catch {
                return
            }
        }
    }

    private mutating func answer(_ frame: LauncherFrame, _ descriptors: [Int32]) {
        do throws(Failure) {
            let (fields, passed) = try perform(frame, descriptors)
            channel.send(id: frame.id, [[1]] + fields, descriptors: passed)
            for descriptor in passed { launcher_close(descriptor) }
        } catch {
            channel.sendFailure(id: frame.id, error)
        }
    }

    private mutating func perform(_ frame: LauncherFrame, _ descriptors: [Int32]) throws(Failure)
        -> (fields: [[UInt8]], descriptors: [Int32])
    {
        var fields = LauncherFields(frame.fields)
        let code = try decoding { () throws(LauncherFrameFault) in try fields.word() }
        guard let operation = UInt8(exactly: code).flatMap({ LauncherOperation(rawValue: $0) }) else {
            throw Failure("protocol", "unknown operation " + String(code))
        }
        switch operation {
        case .makeNetwork, .dropNetwork, .makeWire, .addAddress, .addRoute, .narrowLoopback, .setDevice:
            try networks.change(operation, &fields)
        case .listRoutes, .lookUp:
            return (try networks.query(operation, &fields), [])
        case .openSocket:
            return ([], [try networks.openSocket(&fields)])
        case .makeSandbox:
            return (try sandboxes.make(&fields, networks), [])
        case .destroySandbox:
            let name = try decoding { () throws(LauncherFrameFault) in try fields.bytes() }
            try destroy(name)
        case .spawn:
            let request = try SpawnPlan(&fields, descriptors)
            let (process, terminal) = try Spawner.spawn(request, sandboxes)
            processes.add(id: frame.id, process: process)
            return ([], terminal.map { [$0] } ?? [])
        case .kill:
            processes.kill(id: try decoding { () throws(LauncherFrameFault) in try fields.word() })
        case .listHoldings:
            return (networks.names + [[]] + sandboxes.names, [])
        case .ready, .failed, .ended:
            throw Failure("protocol", "an event is no request")
        }
        return ([], [])
    }

    /// Collects every child that has ended, and reports those the harness started.
    private mutating func reap() {
        while true {
            var kind: Int32 = 0
            var code: Int32 = 0
            let process = launcher_wait_child(-1, 0, &kind, &code)
            guard process > 0 else { return }
            sandboxes.processEnded(process)
            if let id = processes.remove(process: process) {
                channel.send(
                    id: 0,
                    [
                        [LauncherOperation.ended.rawValue], LauncherFrame.bytes(of: id), [UInt8(kind)],
                        LauncherFrame.bytes(of: UInt32(code)),
                    ])
            }
        }
    }

    /// Kills a sandbox through its PID 1: that one can be reaped only when the kernel has ended all the others.
    private mutating func destroy(_ name: [UInt8]) throws(Failure) {
        guard sandboxes.kill(name) else { return }
        let deadline = launcher_milliseconds() + 9_000
        while sandboxes.isAlive(name) {
            let left = deadline - launcher_milliseconds()
            guard left > 0, launcher_wait_readable(signals, Int32(left)) > 0 else {
                throw Failure("timeout", "sandbox " + text(name) + " is still there 9 s after it was killed")
            }
            launcher_drain_signals(signals)
            reap()
        }
        sandboxes.forget(name)
    }
}
