// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#endif

/// Builds labs, keeps them in the user's cache, and starts machines from them.
///
/// A lab has its place by a key of everything that goes into it, the emulator's version included, and gets there by one
/// rename when it is whole: whoever finds one can use it, and a build that was killed leaves nothing that anybody uses.
package struct Lab: Sendable {
    /// What a lab was made from.
    package struct Record: Codable, Sendable, Hashable {
        package var key: String
        package var smolvm: String
        package var engine: String
        package var kernel: String
        package var emulator: String
        /// `NAME VERSION` of packages that are not the locked ones.
        package var unpinned: [String]
        /// How each of its files was left.
        var seals: [String: LabFiles.Seal]
    }

    /// The directory of all labs and of what they are built from.
    package var root: String { cache.root }
    let cache: LabCache
    let tools: LabTools
    private let lock: LabLock

    /// How long a build may take on a slow machine, and a restored lab to answer.
    static let buildTime = Duration.seconds(900)
    private static let bootTime = Duration.seconds(300)
    static let restoreTime = Duration.seconds(60)

    /// - Parameter environment: The caller's own.
    /// - Throws: `.usage` when it names no home, `.unsupported` where no lab can be built.
    package init(environment: [String: String]) throws(BottleError) {
        guard LabDefinition.isSupported else {
            throw BottleError(
                .unsupported, "The lab is a Linux machine on x86-64, and so must be the machine that runs it.")
        }
        cache = LabCache(root: try Self.root(environment))
        tools = LabTools(environment: environment)
        lock = try LabLock(LabLock.tested)
    }

    private static func root(_ environment: [String: String]) throws(BottleError) -> String {
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return "\(cache)/bottle-conformance/lab" }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw BottleError(
                .usage,
                "Neither HOME nor XDG_CACHE_HOME is set to an absolute path; set one to say where labs may be kept.")
        }
        return "\(home == "/" ? "" : home)/.cache/bottle-conformance/lab"
    }

    /// - Throws: `.prerequisite` naming every program that this machine lacks for labs, and what to install.
    package func requireTools() throws(BottleError) { try tools.require(LabTools.running + LabTools.building) }

    /// Held by the one process that builds, layers or cleans labs here.
    ///
    /// - Parameter progress: Told once when there is somebody to wait for.
    func buildLock(patience: Duration, _ progress: (String) -> Void) async throws -> FileLock {
        try await FileLock.take("\(root)/building", patience: patience, while: "building a lab") {
            progress("waiting for another process that builds a lab")
        }
    }

    // MARK: - Building

    /// The lab of this version and this machine's emulator; built when it is not there, or not as it was built.
    ///
    /// - Parameter progress: Told what is being done.
    /// - Throws: `.prerequisite` naming what is missing, a part that is not the one that was tested, or a disk without
    ///   room; `.launch` when the machine does not come up.
    package func take(_ progress: @escaping @Sendable (String) -> Void) async throws -> HeldLab {
        try tools.require(LabTools.running)
        let key = try await key()
        if let held = HeldLab.take(cache.files(key)) { return held }
        try tools.require(LabTools.building)
        try StateDirectory.make(root)
        let guardian = try await buildLock(patience: Self.buildTime, progress)
        defer { guardian.release() }
        // Another process may have built it meanwhile.
        if let held = HeldLab.take(cache.files(key)) { return held }
        cache.sweepDrafts()
        if cache.keys.contains(key) {
            progress("the lab in \(cache.files(key).directory) is not as it was built: building it anew")
            cache.discard(key)
        }
        if let shortage = Self.shortage("Building a lab", of: Self.roomForBuild, room: cache.room, in: root) {
            throw shortage
        }
        let draft = cache.draft(key)
        try StateDirectory.makeNew(draft.directory)
        do {
            try await build(draft, key, progress)
            try cache.place(draft, key)
        } catch {
            try? FileManager.default.removeItem(atPath: draft.directory)
            throw error
        }
        guard let held = HeldLab.take(cache.files(key)) else {
            throw BottleError(
                .io, "The lab that was built just now in \(cache.files(key).directory) has changed; try again.")
        }
        for old in cache.removeUnused({ !$0.hasPrefix(key) }) {
            progress("another process uses the lab \(old): it stays")
        }
        return held
    }

    /// Building takes 1.3 GB at its height, for packages and wheel, the tree that the disk is made from, disk and memory;
    /// with some to spare, since files of other labs and runs share the place.
    static let roomForBuild = 2 << 30

    /// What is said where there is less room than it takes; nil where there is enough.
    ///
    /// - Parameters:
    ///   - action: Begins the sentence, for example "Building a lab".
    ///   - room: Bytes that there are; nil where nobody can tell.
    static func shortage(_ action: String, of need: Int, room: Int?, in root: String) -> BottleError? {
        guard let room, room < need else { return nil }
        func gigabytes(_ bytes: Int) -> String {
            let tenths = bytes / ((1 << 30) / 10)
            return "\(tenths / 10).\(tenths % 10) GiB"
        }
        return BottleError(
            .prerequisite,
            """
            \(action) takes \(gigabytes(need)) of disk, and there are \(gigabytes(room)) at \(root): make room, or set \
            XDG_CACHE_HOME to another place.
            """)
    }

    private func build(
        _ draft: LabFiles, _ key: String, _ progress: @escaping @Sendable (String) -> Void
    ) async throws {
        progress("fetching \(lock.entries.count) packages and \(LabDefinition.wheelName) \(LabDefinition.wheelVersion)")
        let parts = try await LabParts(tools: tools, lock: lock, directory: "\(root)/parts").fetch()
        for name in parts.unpinned { progress("unpinned: \(name)") }
        progress("building the disk")
        try await image(draft, parts)
        progress("bringing the machine up once")
        let made: Template
        do {
            made = try await template(draft)
        } catch let error as BottleError where Self.isFailedStart(error) {
            try Task.checkCancellation()
            progress("\(Self.again) \(error.message)")
            // With another disk: that one was written to.
            for path in [draft.disk, draft.memory, draft.state, draft.kernel, draft.initial] { unlink(path) }
            try await image(draft, parts)
            made = try await template(draft)
        }
        let record = Record(
            key: key, smolvm: made.smolvm, engine: made.engine, kernel: made.kernel, emulator: try await emulator(),
            unpinned: parts.unpinned, seals: try draft.seals())
        try record.write(to: draft)
    }

    private func image(_ draft: LabFiles, _ parts: LabParts.Fetched) async throws {
        let scripts = ["early": LabScripts.early, "main": LabScripts.main]
        for (name, text) in scripts { try PrivateTree.replace("\(draft.directory)/\(name)", with: Array(text.utf8)) }
        try await tools.call(
            "build its disk",
            [
                "fakeroot", "bash", "-c", LabScripts.image, "lab-image", parts.packages, parts.wheel, draft.directory,
                "\(draft.directory)/early", "\(draft.directory)/main",
            ],
            variables: [
                "LAB_UNNEEDED": LabDefinition.unneeded.joined(separator: " "),
                "LAB_MODULES": LabScripts.modules.joined(separator: " "),
                "LAB_SMOLVM": LabDefinition.smolvmDirectory, "LAB_GIGABYTES": "\(LabDefinition.diskGigabytes)",
            ], deadline: Self.buildTime)
        for name in scripts.keys { unlink("\(draft.directory)/\(name)") }
    }

    /// What a machine that came up for the first time says of itself.
    private struct Template {
        var smolvm: String
        var engine: String
        var kernel: String
    }

    private func template(_ draft: LabFiles) async throws -> Template {
        let machine = try await LabMachine.start(draft, .make, tools: tools, patience: Self.bootTime)
        do {
            let end = ContinuousClock.now + Self.bootTime
            func ask(_ script: String) async throws -> String {
                let output = try await machine.agent.run(["/bin/sh", "-c", script], until: end)
                guard output.status == 0 else {
                    let said = Quoted(String(decoding: output.stderr, as: UTF8.self), limit: 200)
                    throw BottleError(.launch, "The lab came up and could not say what is in it: \(said).")
                }
                return String(output.text.split(whereSeparator: \.isNewline).first ?? "")
            }
            let smolvm = try await ask("umask 022; \(LabDefinition.smolvmDirectory)/smolvm --version")
            let engine = try await ask("docker version --format '{{.Server.Version}}'")
            let kernel = try await ask("uname -r")
            // Only what is hot stays in the memory that every lab begins with.
            _ = try await ask(
                "sync; echo 3 >/proc/sys/vm/drop_caches; cat \(LabDefinition.smolvmDirectory)/smolvm /usr/bin/docker* /usr/bin/crun /usr/bin/containerd* >/dev/null; sync"
            )
            try await machine.monitor.stop(until: end)
            try await machine.monitor.save(to: draft.state, until: end)
            await machine.stop()
            return Template(smolvm: smolvm, engine: engine, kernel: kernel)
        } catch {
            let reason = machine.explained(error)
            await machine.stop()
            throw reason
        }
    }

    // MARK: - Using

    /// A machine of a lab, with a container engine that answers.
    ///
    /// One that does not come up is tried once more: emulated hardware virtualisation is not quite reliable.
    ///
    /// - Parameters:
    ///   - isRetry: Whether a machine has not come up already, so that this is the second try.
    ///   - progress: Told why the first one did not come up.
    /// - Throws: `.launch`, `.timeout` or `.transport` when the second one did not come up either.
    package func start(
        _ lab: HeldLab, hasTerminal: Bool = false, isRetry: Bool = false,
        _ progress: @Sendable (String) -> Void = { _ in }
    ) async throws -> LabMachine {
        func attempt() async throws -> LabMachine {
            try await LabMachine.start(
                lab.files, .restore, of: lab, hasTerminal: hasTerminal, tools: tools, patience: Self.restoreTime)
        }
        if !isRetry {
            do {
                return try await attempt()
            } catch let error as BottleError where Self.isFailedStart(error) {
                try Task.checkCancellation()
                progress("\(Self.again) \(error.message)")
            }
        }
        do {
            return try await attempt()
        } catch let error as BottleError where Self.isFailedStart(error) {
            try Task.checkCancellation()
            throw BottleError(
                error.code,
                "\(error.message) That was the second try: `bottle-conformance lab clean` removes this lab, and the next one is built anew."
            )
        }
    }

    /// Begins what is said of a machine that did not come up when it is tried once more.
    static let again = "the lab did not come up and is tried once more:"

    /// Whether a machine did not come up, in a way that another try may change.
    static func isFailedStart(_ error: BottleError) -> Bool { [.timeout, .transport, .launch].contains(error.code) }

    /// Removes every lab and what they are built from.
    ///
    /// - Returns: Whether there was any.
    /// - Throws: `.io` when a process uses one.
    package func clean() async throws -> Bool {
        guard FileManager.default.fileExists(atPath: root) else { return false }
        let guardian = try await buildLock(patience: .seconds(10)) { _ in }
        defer { guardian.release() }
        guard cache.removeUnused({ _ in true }).isEmpty else {
            throw BottleError(.io, "A process uses the lab in \(root): end it, and clean then.")
        }
        try FileManager.default.removeItem(atPath: root)
        return true
    }

    // MARK: - The cache

    /// Of everything that a lab is made from.
    func key() async throws -> String {
        let parts =
            [
                LabLock.tested, LabScripts.image, LabScripts.early, LabScripts.main, LabDefinition.wheelHash,
                LabDefinition.processorModel, LabDefinition.kernelArguments, "\(LabDefinition.memoryMegabytes)",
                "\(LabDefinition.diskGigabytes)", "\(LabDefinition.processors)", try await emulator(),
            ] + LabDefinition.packages + LabDefinition.unneeded
        return try await tools.digest(of: Array(parts.joined(separator: "\0").utf8))
    }

    /// The version of the emulator: another one does not read a state.
    private func emulator() async throws -> String {
        let text = try await tools.call(
            "ask QEMU for its version", LabTools.running + ["--version"], deadline: .seconds(20))
        return String(text.split(whereSeparator: \.isNewline).first ?? "")
    }
}

extension Lab {
    /// Runs a command as root in a machine of its own.
    ///
    /// - Parameter words: The command; a first word `bottle-conformance` is this tool, which is brought along.
    /// - Throws: What `start` throws; `.timeout` when it does not end within the deadline.
    package func run(
        _ words: [String], on lab: HeldLab, deadline: Duration, _ progress: @escaping @Sendable (String) -> Void
    ) async throws -> GuestAgent.Output {
        let isTool = words.first == "bottle-conformance"
        let machine = try await isTool ? startWithTool(lab, progress) : start(lab, progress)
        do {
            let end = ContinuousClock.now + deadline
            var argv = ["/bin/sh", "-c", "umask 022; exec \"$@\"", "sh"] + words
            var variables = try lab.record.variables
            if isTool {
                argv.replaceSubrange(4...4, with: ToolArchive.argv)
                variables.merge(ToolArchive.variables) { $1 }
            }
            let output = try await machine.agent.run(argv, variables: variables, until: end)
            await machine.stop()
            return output
        } catch {
            await machine.stop()
            throw error
        }
    }
}
