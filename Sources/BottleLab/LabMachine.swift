// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#endif

/// One running lab: an emulated machine without a network card, which ends with this process at the latest.
package final class LabMachine: Sendable {
    /// How its disk and memory are used.
    enum Use: Sendable {
        /// Both are written: what will be a template.
        case make
        /// Both are private copies of a template's, and the machine goes on where the template stopped.
        case restore
        /// Both are written, and the machine goes on where what was copied there stopped: what will be another template.
        case extend
    }

    /// Runs programs in the lab.
    package let agent: GuestAgent
    let monitor: MachineMonitor
    /// The lab that it is a machine of, held as long as it runs; nil for one that is being made.
    package let lab: HeldLab?
    /// Its serial line, connected, where it was asked for; it is closed with the machine.
    package let terminal: Int32?
    private let process: any SpawnedProcess
    private let ended: Ended
    private let place: LabDirectory
    /// Of its sockets, and of what is brought to it.
    var directory: String { place.path }
    /// Where what the console said is kept when the machine fails.
    private let log: String

    private init(
        agent: GuestAgent, monitor: MachineMonitor, lab: HeldLab?, terminal: Int32?, process: any SpawnedProcess,
        ended: Ended, place: LabDirectory, log: String
    ) {
        self.log = log
        self.agent = agent
        self.monitor = monitor
        self.lab = lab
        self.terminal = terminal
        self.process = process
        self.ended = ended
        self.place = place
    }

    /// Whether the emulator has ended, and how.
    private final class Ended: Sendable {
        private let ending = Mutex<String?>(nil)
        var value: Bool { how != nil }
        /// In words; nil while it runs.
        var how: String? { ending.withLock { $0 } }

        func set(_ ending: ProcessEnding?) {
            // Without a word of its own, 0 is what a guest's triple fault comes to.
            let how =
                switch ending {
                case .exited(let code): "The emulator exited with \(code)."
                case .signalled(let number): "The emulator was ended by signal \(number)."
                case nil: "The emulator ended."
                }
            self.ending.withLock { $0 = how }
        }
    }

    /// Starts a machine and returns when its agent answers.
    ///
    /// - Parameters:
    ///   - files: Of a template, or of one that is being made.
    ///   - lab: Whose files they are, where somebody might remove them.
    ///   - hasTerminal: Whether its serial line is connected here, instead of being kept in a file only.
    ///   - patience: How long it may take.
    /// - Throws: `.prerequisite` when the emulator is missing, `.launch` when the machine does not come up: its console's last
    ///   words stand in the message.
    static func start(
        _ files: LabFiles, _ use: Use, of lab: HeldLab? = nil, hasTerminal: Bool = false, tools: LabTools,
        patience: Duration
    ) async throws -> LabMachine {
        #if os(Linux)
            try tools.require(LabTools.running)
            let end = ContinuousClock.now + patience
            let place = try LabDirectory.make()
            let directory = place.path
            do {
                let argv = [tools.find(LabTools.running[0]) ?? ""] + arguments(files, use, hasTerminal, directory)
                let leash = try HelperExecutable.path("bottle-launcher")
                let ended = Ended()
                let errors = try Stream(path: "\(directory)/errors")
                let nothing = try Stream(reading: "/dev/null")
                let process = try await LocalProcess.spawn(
                    SpawnRequest(
                        argv: argv, environment: tools.environment.map { "\($0.key)=\($0.value)" }.sorted(),
                        stdin: nothing.descriptor, stdout: errors.descriptor, stderr: errors.descriptor),
                    leash: leash)
                errors.close()
                nothing.close()
                // Ends with the process that it waits for, which `stop` ends and the leash does at the latest.
                Task {
                    ended.set(try? await process.wait())
                }
                do {
                    return try await withTaskCancellationHandler {
                        try await come(up: process, ended, files, use, lab, hasTerminal, place, until: end)
                    } onCancel: {
                        // Whoever waits for an answer of the machine gets none then, and stops to wait. Nobody waits for
                        // this one: the machine's end is what it is about.
                        Task { await process.kill() }
                    }
                } catch {
                    await process.kill()
                    try Task.checkCancellation()
                    throw Self.failure(error, directory, log: files.failureLog)
                }
            } catch {
                place.remove()
                throw error
            }
        #else
            throw BottleError(.unsupported, "The lab runs on Linux only.")
        #endif
    }

    private static func come(
        up process: any SpawnedProcess, _ ended: Ended, _ files: LabFiles, _ use: Use, _ lab: HeldLab?,
        _ hasTerminal: Bool, _ place: LabDirectory, until end: ContinuousClock.Instant
    ) async throws -> LabMachine {
        let isAlive: @Sendable () -> Bool = { !ended.value }
        let directory = place.path
        let monitor = try await MachineMonitor("\(directory)/monitor", until: end, isAlive: isAlive)
        // Before it goes on: what nobody is connected to take is lost.
        let terminal = hasTerminal ? try LineSocket.open("\(directory)/terminal") : nil
        if use != .make {
            try await monitor.load(from: files.state, until: end)
            try await monitor.resume(until: end)
        }
        let agent = try await GuestAgent("\(directory)/agent", until: end, isAlive: isAlive)
        if use != .make { try await agent.setClock(until: end) }
        return LabMachine(
            agent: agent, monitor: monitor, lab: lab, terminal: terminal, process: process, ended: ended,
            place: place, log: files.failureLog)
    }

    /// Whether the emulator still runs.
    package var isRunning: Bool { !ended.value }

    /// Whether the emulator has ended, or does so in a moment: its sockets are closed before it is gone.
    package func hasEnded(within patience: Duration) async -> Bool {
        let end = ContinuousClock.now + patience
        while !ended.value, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(5)) }
        return ended.value
    }

    /// An error that came while the machine was in use, with the console's last words where the machine is gone.
    package func explained(_ error: any Error) -> any Error {
        guard let how = ended.how else { return error }
        guard let known = error as? BottleError else { return error }
        let whole = BottleError(known.code, "\(known.message) \(how)", cause: known.cause)
        return Self.failure(whole, directory, log: log)
    }

    /// Ends the machine; nothing of it stays but what a template is made of.
    package func stop() async {
        if !ended.value { await monitor.quit(until: .now + .seconds(5)) }
        if await !hasEnded(within: .seconds(10)) { await process.kill() }
        if let terminal { close(terminal) }
        place.remove()
    }

    /// Unpacks an archive in the lab, over a disk that is plugged in: the agent carries a few megabytes a second only.
    ///
    /// - Parameters:
    ///   - archive: A tar file of this machine; it must stay until this returns.
    ///   - target: A directory of the lab.
    package func unpack(_ archive: String, to target: String, until end: ContinuousClock.Instant) async throws {
        try await monitor.plug(archive, as: "archive", until: end)
        let script = """
            set -e
            tries=0
            while [ ! -b /dev/vdb ]; do tries=$((tries + 1)); [ "$tries" -lt 1000 ]; sleep 0.01; done
            mkdir -p "$1"
            tar -x -C "$1" -f /dev/vdb
            sync
            """
        let output = try await agent.run(["/bin/sh", "-c", script, "sh", target], until: end)
        guard output.status == 0 else {
            let said = Quoted(String(decoding: output.stderr, as: UTF8.self), limit: 200)
            throw BottleError(.launch, "The lab could not unpack what it was given: \(said).")
        }
        // A machine that is saved must have the devices that it begins with.
        try await monitor.unplug("archive", until: end)
    }

    /// Unpacks a small archive in the lab.
    ///
    /// - Parameters:
    ///   - archive: A tar file's bytes, a few megabytes at most: the agent carries three of them a second.
    ///   - target: A directory of the lab, which is made.
    package func put(_ archive: [UInt8], to target: String, until end: ContinuousClock.Instant) async throws {
        let script = "umask 022; mkdir -p \"$0\" && tar -x -C \"$0\""
        let output = try await agent.run(["/bin/sh", "-c", script, target], stdin: archive, until: end)
        guard output.status == 0 else {
            let said = Quoted(String(decoding: output.stderr, as: UTF8.self), limit: 200)
            throw BottleError(.launch, "The lab could not unpack what it was given: \(said).")
        }
    }

    /// What every program in it has in its environment.
    package var variables: [String: String] { get throws { try lab?.record.variables ?? [:] } }

    /// Brings this tool into the lab.
    func bring(_ tool: ToolArchive, until end: ContinuousClock.Instant) async throws {
        let archive = try await tool.write(in: directory)
        try await unpack(archive, to: ToolArchive.directory, until: end)
        unlink(archive)
    }

    // MARK: - The emulator

    private static func arguments(_ files: LabFiles, _ use: Use, _ hasTerminal: Bool, _ directory: String) -> [String] {
        let memory = "\(LabDefinition.memoryMegabytes)M"
        let isPrivate = use == .restore
        return [
            // A kernel that panics ends the emulator, so that nobody waits for it.
            "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-machine", "pc,memory-backend=ram",
            "-accel",
            "tcg,thread=multi", "-cpu", LabDefinition.processorModel, "-smp", "\(LabDefinition.processors)", "-m",
            memory,
            "-object",
            "memory-backend-file,id=ram,size=\(memory),mem-path=\(files.memory),share=\(isPrivate ? "off" : "on")",
            // No network card: what runs in the lab reaches nothing outside it.
            "-nic", "none", "-kernel", files.kernel, "-initrd", files.initial, "-append", LabDefinition.kernelArguments,
            // Its other end is no part of a template.
            "-chardev",
            hasTerminal
                ? "socket,id=console,path=\(directory)/terminal,server=on,wait=off,logfile=\(directory)/console"
                : "file,id=console,path=\(directory)/console", "-serial", "chardev:console", "-drive",
            "file=\(files.disk),format=raw,if=none,id=disk,cache=unsafe,snapshot=\(isPrivate ? "on" : "off")",
            "-device",
            "virtio-blk-pci,drive=disk", "-device", "virtio-serial-pci", "-chardev",
            "socket,path=\(directory)/agent,server=on,wait=off,id=agent", "-device",
            "virtserialport,chardev=agent,name=\(LabDefinition.agentPort)", "-qmp",
            "unix:\(directory)/monitor,server=on,wait=off",
        ] + (use == .make ? [] : ["-incoming", "defer"])
    }

    /// A file for what the emulator says, or is told.
    private struct Stream {
        let descriptor: Int32

        init(path: String) throws(BottleError) {
            descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw .io("write \(path)", errno) }
        }

        init(reading path: String) throws(BottleError) {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw .io("read \(path)", errno) }
        }

        func close() { _ = Glibc.close(descriptor) }
    }

    /// Bytes of the console that are kept.
    private static let logLimit = 1 << 20

    /// What the kernel says before it panics: what went wrong, and where.
    private static let causes = ["BUG:", "Oops:", "general protection fault", "RIP:"]

    /// The last lines of a console; of a kernel that panicked the cause that it names, and those that it begins to say so with.
    static func lastWords(_ console: String) -> [Substring] {
        let lines = console.split(whereSeparator: \.isNewline)
        guard let panic = lines.firstIndex(where: { $0.contains("Kernel panic") }) else {
            return Array(lines.suffix(5))
        }
        let reasons = lines[..<panic].filter { line in causes.contains { line.contains($0) } }
        return Array(reasons.prefix(3) + lines[panic...].prefix(5))
    }

    /// What the emulator and the console said last belongs to why a machine did not come up; all of it is kept.
    private static func failure(_ error: any Error, _ directory: String, log: String) -> any Error {
        guard let error = error as? BottleError else { return error }
        let said = ["errors", "console"].map { name in
            FileManager.default.contents(atPath: "\(directory)/\(name)").map { Array($0.suffix(logLimit)) } ?? []
        }
        let last = said.flatMap { lastWords(String(decoding: $0, as: UTF8.self)) }
        guard !last.isEmpty else {
            return BottleError(error.code, "\(error.message) Its console said nothing.", cause: error.cause)
        }
        let isKept = (try? PrivateTree.replace(log, with: said.flatMap { $0 })) != nil
        return BottleError(
            error.code,
            "\(error.message) Its console said last: \(Quoted(last.joined(separator: " / "), limit: 600))"
                + (isKept ? "; all of that is in \(log)." : "."), cause: error.cause)
    }
}
