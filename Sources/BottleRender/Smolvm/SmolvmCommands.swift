// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// The argv of every call of smolvm that the backend makes; arrays, never joined, the program first.
///
/// A value gets onto a command line only where it cannot be taken for a flag: it is checked to begin with something
/// else than "-", or it stands behind "--".
package struct SmolvmCommands: Sendable, Hashable {
    /// The program, a name in PATH or an absolute path.
    package let program: String
    /// Where smolvm keeps everything, by `--state-dir` (release 1.32); nil leaves it to SMOLVM_DATA_DIR.
    package let stateDirectory: String?
    /// Whether a failure is one JSON line on stderr, by `--error-format json` (release 1.28).
    package let reportsErrorsAsJSON: Bool

    /// The calls of one smolvm with one state directory.
    ///
    /// - Throws: `.input` for a program or directory that would be taken for a flag.
    package init(
        program: String = "smolvm", stateDirectory: String?, reportsErrorsAsJSON: Bool = true
    ) throws(BottleError) {
        if program != "smolvm" { try RenderRules.path(program, "path of smolvm") }
        if let stateDirectory { try RenderRules.path(stateDirectory, "state directory of smolvm") }
        self.program = program
        self.stateDirectory = stateDirectory
        self.reportsErrorsAsJSON = reportsErrorsAsJSON
    }

    /// The environment of every call: none of the caller's own SMOLVM_ variables, which change the policy, and the
    /// confinement of the VMM on, which the command line leaves off.
    package static func environment(_ caller: [String: String]) -> [String: String] {
        var result = caller.filter { !$0.key.utf8.starts(with: "SMOLVM_".utf8) }
        result["SMOLVM_SECCOMP"] = "enforce"
        result["SMOLVM_LANDLOCK"] = "enforce"
        return result
    }

    /// Prints the version.
    package func version() -> [String] { [program, "--version"] }

    /// Turns an image into the file `<output>.smolmachine`, beside a launcher `<output>` that nobody needs.
    ///
    /// - Parameter output: An absolute path without that ending, which smolvm refuses.
    /// - Throws: `.input` for an image or a path that is none.
    package func packCreate(image: SmolvmImage, output: String) throws(BottleError) -> [String] {
        try RenderRules.path(output, "output of pack create")
        if output.hasSuffix(".smolmachine") {
            throw BottleError(
                .input, "The output \(Quoted(output)) ends in .smolmachine: leave the ending out, smolvm adds it.")
        }
        return base + ["pack", "create", "--image", try image.argument(), "-o", output]
    }

    /// Makes a machine whose guest reaches the bundle's address and nothing else; it does not start it.
    ///
    /// - Throws: `.input` for a variable, path or address that smolvm would drop, refuse or take for something else.
    package func create(_ machine: SmolvmMachine) throws(BottleError) -> [String] {
        let bundle = try RenderRules.bundleAddress(machine.bundleAddress)
        try RenderRules.environment(machine.environment)
        var argv = base + ["machine", "create", "--name", machine.name.description]
        switch machine.source {
        case .pack(let path):
            try RenderRules.path(path, "pack")
            argv += ["--from", path]
        case .archive(let path):
            try RenderRules.path(path, "image archive")
            argv += ["--image", path]
        }
        argv += ["--label", "bottle=\(machine.name)"]
        if let resources = machine.resources {
            argv += ["--cpus", "\(resources.processors)", "--mem", "\(resources.megabytes)"]
        }
        argv += (machine.policy ?? .only("\(bundle)")).flags
        argv += SmolvmCommands.flags(machine.environment)
        return argv + ["--"] + (try SmolvmCommands.argument(machine.command))
    }

    /// Starts a machine; returns when its agent answers.
    package func start(_ name: SmolvmMachine.Name) -> [String] { base + ["machine", "start", "--name", "\(name)"] }

    /// Runs a command in a machine.
    ///
    /// - Throws: `.input` for an empty command, or a variable, user or directory that is none.
    package func exec(_ name: SmolvmMachine.Name, _ exec: SmolvmMachine.Exec) throws(BottleError) -> [String] {
        try RenderRules.environment(exec.environment)
        guard exec.timeout > 0 else {
            throw BottleError(.input, "The timeout of a command is \(exec.timeout) s: give at least one second.")
        }
        var argv = base + ["machine", "exec", "--name", "\(name)", "--timeout", "\(exec.timeout)s"]
        if let user = exec.user { argv += ["-u", try SmolvmCommands.user(user)] }
        if let directory = exec.workingDirectory {
            if directory != "/" { try RenderRules.path(directory, "working directory") }
            argv += ["-w", directory]
        }
        if exec.forwardsInput { argv.append("-i") }
        if exec.terminal { argv.append("-t") }
        argv += SmolvmCommands.flags(exec.environment)
        return argv + ["--"] + (try SmolvmCommands.argument(exec.argv))
    }

    /// Copies one file into a machine, where it belongs to a user with a mode of its own from the start.
    ///
    /// - Parameter mode: Permission bits.
    /// - Throws: `.input` for a path that smolvm would take for something else.
    package func copyIn(
        _ name: SmolvmMachine.Name, from host: String, to guest: String, mode: UInt16, uid: UInt32, gid: UInt32
    ) throws(BottleError) -> [String] {
        try SmolvmCommands.hostPath(host)
        try RenderRules.path(guest, "path in the guest")
        let octal = String(mode & 0o7777, radix: 8)
        let owner = ["--uid", "\(uid)", "--gid", "\(gid)"]
        return base + ["machine", "cp", "--mode", octal] + owner + [host, "\(name):\(guest)"]
    }

    /// Copies one file out of a machine.
    ///
    /// - Throws: `.input` for a path that smolvm would take for something else.
    package func copyOut(
        _ name: SmolvmMachine.Name, from guest: String, to host: String
    ) throws(BottleError) -> [String] {
        try SmolvmCommands.hostPath(host)
        try RenderRules.path(guest, "path in the guest")
        return base + ["machine", "cp", "\(name):\(guest)", host]
    }

    /// What the gateway of a running machine refused: the policy's own evidence, as JSON.
    package func egressEvents(_ name: SmolvmMachine.Name) -> [String] {
        base + ["machine", "egress-events", "--name", "\(name)", "--json"]
    }

    /// Every machine with its policy in force, as JSON.
    package func list() -> [String] { base + ["machine", "ls", "--json"] }

    /// One machine with its policy in force, as JSON.
    package func status(_ name: SmolvmMachine.Name) -> [String] {
        base + ["machine", "status", "--name", "\(name)", "--json"]
    }

    /// Stops a machine.
    ///
    /// - Parameter grace: Seconds that the guest gets to end by itself (release 1.28); nil leaves the flag out.
    package func stop(_ name: SmolvmMachine.Name, grace: UInt8? = nil) -> [String] {
        base + ["machine", "stop", "--name", "\(name)"] + (grace.map { ["-t", "\($0)"] } ?? [])
    }

    /// Deletes a machine without asking: without a terminal, asking is a failure.
    package func delete(_ name: SmolvmMachine.Name) -> [String] {
        base + ["machine", "delete", "--name", "\(name)", "-f"]
    }

    private var base: [String] {
        [program] + (stateDirectory.map { ["--state-dir", $0] } ?? [])
            + (reportsErrorsAsJSON ? ["--error-format", "json"] : [])
    }

    /// Always `K=V`: a bare `K` would copy the caller's own value.
    private static func flags(_ environment: [String: String]) -> [String] {
        CodePointOrder.sorted(environment).flatMap { ["-e", "\($0.key)=\($0.value)"] }
    }

    private static func argument(_ argv: [String]) throws(BottleError) -> [String] {
        guard let program = argv.first, !program.isEmpty else {
            throw BottleError(.input, "There is no command to run in the guest: give at least the program.")
        }
        if let bad = argv.first(where: { $0.utf8.contains(0) }) {
            throw BottleError(.input, "The argument \(Quoted(bad)) contains a NUL byte: give one without.")
        }
        return argv
    }

    private static func user(_ user: String) throws(BottleError) -> String {
        let bytes = Array(user.utf8)
        let isWord = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x5f
        }
        guard let first = bytes.first, isWord(first), bytes.count <= 64,
            bytes.allSatisfy({ isWord($0) || "-.:".utf8.contains($0) })
        else {
            throw BottleError(
                .input, "The user \(Quoted(user)) cannot be used: expected a name or a number such as \"1000:1000\".")
        }
        return user
    }

    /// A path on this machine; with a colon in it, smolvm could take it for a path in a guest.
    private static func hostPath(_ path: String) throws(BottleError) {
        try RenderRules.path(path, "path on this machine")
        if path.utf8.contains(UInt8(ascii: ":")) {
            throw BottleError(
                .input, "The path \(Quoted(path)) contains \":\", which ends a machine's name: use a path without.")
        }
    }
}
